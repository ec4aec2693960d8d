"""Apertium: routes of one or two pipelines."""

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path

from workers.errors import EngineError, EngineRefused, EngineTimeout, EngineUnavailable
from workers.translate.engines.apertium.framing import FRAMES, one_line
from workers.translate.engines.apertium.modes import MODES, Mode, read_mode
from workers.translate.engines.apertium.spanish import opened
from workers.translate.processes.pipeline import Pipeline
from workers.translate.routes import APERTIUM, GOOD, PACKAGES, package_of

_PROBES = {"en": "Good morning.", "es": "La casa es grande.", "pt": "A casa é grande."}


class ApertiumTranslator:
    """Offers the languages whose pairs are installed. Pipelines are shared by routes: one eng-spa serves all pivots."""

    name = "apertium"
    partials = True
    at_once = 1  # a pipeline does one text after the other, in milliseconds

    def __init__(self, timeout_s: float = 10, reap_s: float = 30, modes: Path = MODES, memory_mb: int = 1024) -> None:
        """`timeout_s`: for a call; `reap_s`: a pipeline without use for this long is ended; `modes`: their folder;
        `memory_mb`: of each process."""
        self._timeout_s = timeout_s
        self._reap_s = reap_s
        self._pipelines = {mode.name: Pipeline(mode, timeout_s, memory_mb, FRAMES) for mode in _installed(modes)}
        self._routes = {
            pair: tuple(self._pipelines[name] for name in names)
            for pair, names in APERTIUM.items()
            if all(name in self._pipelines for name in names)
        }
        self.sources = frozenset(source for source, _ in self._routes)
        self._reaper: asyncio.Task[None] | None = None

    def targets(self, source: str) -> frozenset[str]:
        """The languages whose pairs are installed."""
        return frozenset(target for known, target in self._routes if known == _base(source))

    def rough(self, source: str) -> frozenset[str]:
        """All but close relatives."""
        return frozenset(target for target in self.targets(source) if (_base(source), target) not in GOOD)

    def missing(self) -> tuple[str, ...]:
        """The apt packages that would add languages, in alphabetical order."""
        absent = {name for names in APERTIUM.values() for name in names if name not in self._pipelines}
        return tuple(sorted({package_of(name) for name in absent}))

    async def start(self) -> None:
        """Translates one sentence by a direct pair. Raises EngineUnavailable."""
        direct = [pair for pair, route in self._routes.items() if len(route) == 1 and pair[0] in _PROBES]
        if not direct:
            wanted = " ".join(dict.fromkeys(PACKAGES.values()))
            raise EngineUnavailable(f"No pair of apertium translates here: apt-get install {wanted}")
        source, target = direct[0]
        way = f"apertium's {source} to {target}"
        try:
            answer = await self.translate(_PROBES[source], source, target)
        except EngineError as error:
            raise EngineUnavailable(f"{way} does not work: {error}") from error
        if answer in ("", _PROBES[source]):
            raise EngineUnavailable(f"{way} does not translate: reinstall its package")
        self._reaper = asyncio.create_task(self._reap(), name="apertium-reaper")

    async def translate(self, text: str, source: str, target: str) -> str:
        """One line; what cannot be said (control characters, `~`) is left out, nothing to say gives nothing.

        Raises EngineTimeout and EngineCrashed, and EngineRefused for a language that is not in `targets`.
        """
        route = self._routes.get((_base(source), target))
        if route is None:
            raise EngineRefused(f"apertium has no way from {source} to {target} here.")
        try:
            async with asyncio.timeout(self._timeout_s):
                for pipeline in route:
                    text = one_line(text)
                    # What apertium drops altogether ("will") stays, like a word that it does not know.
                    text = await pipeline.translate(text) or text if text else ""
        except TimeoutError as error:
            raise EngineTimeout from error
        return opened(text) if target == "es" else text

    async def close(self) -> None:
        """Ends every process; calls that are under way raise EngineCrashed."""
        if self._reaper:
            self._reaper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reaper
        await asyncio.gather(*(pipeline.close() for pipeline in self._pipelines.values()))

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(self._reap_s / 2)
            await asyncio.gather(*(pipeline.reap(self._reap_s) for pipeline in self._pipelines.values()))


def _installed(folder: Path) -> Iterable[Mode]:
    names = dict.fromkeys(name for route in APERTIUM.values() for name in route)
    modes = (read_mode(name, folder) for name in names)
    return [mode for mode in modes if mode and not mode.absent()]


def _base(tag: str) -> str:
    return tag.split("-")[0].lower()
