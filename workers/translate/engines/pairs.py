"""Models of pairs of languages: one process for each pair that is in use, through English where no pair is direct."""

import asyncio
import contextlib
import re
import sys
import unicodedata
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from dragoman.models.folder import ModelsFolder
from dragoman.models.manifest import SHIPPED, read_manifest
from workers.errors import EngineCrashed, EngineError, EngineRefused, EngineTimeout, EngineUnavailable
from workers.translate.processes.pipeline import Pipeline
from workers.translate.processes.program import Program
from workers.translate.sentences import units, wordless

PIVOT = "en"
_PROBE = "Madrid, 1985."

Pair = tuple[str, str]
"""Source and target, BCP-47 base tags."""


class PairsTranslator:
    """Offers each pair that the folder holds; `look` finds those that come later."""

    name: str
    partials: bool
    at_once = 1  # a process does one sentence after the other
    child: ClassVar[str]
    """The module that loads the model of a folder and serves it."""
    library: ClassVar[str]
    """What the module needs and may not be installed."""

    def __init__(
        self,
        folder: ModelsFolder,
        timeout_s: float = 10,
        reap_s: float = 30,
        memory_mb: int = 1024,
        manifest: Path = SHIPPED,
    ) -> None:
        """`timeout_s`: for a call; `reap_s`: a process without use for this long is ended; `memory_mb`: of each."""
        self._folder, self._manifest = folder, manifest
        self._timeout_s, self._reap_s, self._memory_mb = timeout_s, reap_s, memory_mb
        self._places, self.absent = self._found()
        self._pipelines = {pair: self._pipeline(pair) for pair in self._places}
        self._reaper: asyncio.Task[None] | None = None

    @property
    def sources(self) -> frozenset[str]:
        """Of the pairs that are there."""
        return frozenset(source for source, _ in self._places)

    @property
    def pairs(self) -> frozenset[Pair]:
        """Those that are there."""
        return frozenset(self._places)

    async def look(self) -> bool:
        """Takes up pairs that came, and lets go those that went; True if there are some."""
        places, self.absent = await asyncio.to_thread(self._found)
        before, self._places = self._places, places
        if places == before:
            return False
        let_go = [self._pipelines.pop(pair) for pair, place in before.items() if places.get(pair) != place]
        for pair in places.keys() - self._pipelines.keys():
            self._pipelines[pair] = self._pipeline(pair)
        await asyncio.gather(*(pipeline.close() for pipeline in let_go))
        return True

    def targets(self, source: str) -> frozenset[str]:
        """What a pair leads to, and from English the next one."""
        direct = self._direct(_base(source))
        return direct | (self._direct(PIVOT) - {_base(source)} if PIVOT in direct else frozenset())

    def rough(self, source: str) -> frozenset[str]:
        """What needs two pairs: their errors add up."""
        return self.targets(source) - self._direct(_base(source))

    async def start(self) -> None:
        """Translates something by one pair. Raises EngineUnavailable."""
        if not self._pipelines:
            raise EngineUnavailable(
                f"{self._folder.path} holds no pair of {self.name}: dragoman models fetch --default"
            )
        if find_spec(self.library) is None:
            raise EngineUnavailable(f"{self.library} is not installed: pip install 'dragoman[local]'")
        source, target = next(iter(self._pipelines))
        try:
            await self.translate(_PROBE, source, target)
        except EngineError as error:
            raise EngineUnavailable(f"{self.name} from {source} to {target} does not work: {error}") from error
        self._reaper = asyncio.create_task(self._reap(), name=f"{self.name}-reaper")

    async def translate(self, text: str, source: str, target: str) -> str:
        """One line; nothing to say gives nothing. Raises EngineTimeout, EngineCrashed, and EngineRefused for a language
        that is not in `targets`."""
        source = _base(source)
        if target not in self.targets(source):
            raise EngineRefused(f"No pair of {self.name} leads from {source} to {target} here.")
        hops = [(source, target)] if (source, target) in self._pipelines else [(source, PIVOT), (PIVOT, target)]
        try:
            async with asyncio.timeout(self._timeout_s):
                for hop in hops:
                    text = " ".join([await self._unit(unit, hop) for unit in units(_one_line(text))])
        except TimeoutError as error:
            raise EngineTimeout from error
        return text

    async def close(self) -> None:
        """Ends every process; calls that are under way raise EngineCrashed."""
        if self._reaper:
            self._reaper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reaper
        await asyncio.gather(*(pipeline.close() for pipeline in self._pipelines.values()))

    def _found(self) -> tuple[dict[Pair, Path], dict[Pair, str]]:
        """The folder of each pair that is there, and the name of the model of each that could be."""
        places, known = pairs(self._folder, self.name, self._manifest), read_manifest(self._manifest).models
        able = [model for model in known if (model.engine, model.kind) == (self.name, "translation")]
        absent: dict[Pair, str] = {}
        for source, target, name in ((*model.languages[:2], model.name) for model in able if find_spec(self.library)):
            if (source, target) not in places:
                absent.setdefault((source, target), name)
        return places, absent

    def _pipeline(self, pair: Pair) -> Pipeline:
        return Pipeline(self._program(pair, self._places[pair]), self._timeout_s, self._memory_mb)

    def _program(self, pair: Pair, model: Path) -> Program:
        return Program(f"{self.name}-{pair[0]}-{pair[1]}", ((sys.executable, "-m", self.child, str(model)),))

    async def _unit(self, text: str, hop: Pair) -> str:
        if wordless(text):
            return text
        if (pipeline := self._pipelines.get(hop)) is None:
            raise EngineCrashed("(its model was removed)")
        return await pipeline.translate(text)

    def _direct(self, source: str) -> frozenset[str]:
        return frozenset(target for known, target in self._places if known == source)

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(self._reap_s / 2)
            await asyncio.gather(*(pipeline.reap(self._reap_s) for pipeline in self._pipelines.values()))


def pairs(folder: ModelsFolder, engine: str, listed: Path = SHIPPED) -> dict[Pair, Path]:
    """Folder of each pair's best model. Those that `listed` does not have count, too, by their names."""
    manifest = read_manifest(listed)
    names = [model.name for model in folder.present(manifest) if model.engine == engine]
    found: dict[Pair, Path] = {}
    for name in [*names, *folder.unknown(manifest)]:
        if match := re.fullmatch(rf"{engine}-([a-z]{{2,3}})-([a-z]{{2,3}})(-\w+)?", name):
            found.setdefault((match[1], match[2]), folder.place(name))
    return found


def _base(tag: str) -> str:
    return tag.split("-")[0].lower()


def _one_line(text: str) -> str:
    """Without control characters and lone surrogates, which no frame can carry."""
    return " ".join("".join(" " if unicodedata.category(each) in ("Cc", "Cs") else each for each in text).split())
