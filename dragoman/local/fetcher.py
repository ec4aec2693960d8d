"""Fetches models while `dragoman up` runs: those that a language lacks which somebody listens to.

The gateways say in Redis which are asked for, and read there what can be fetched and what becomes of it. Each fetch is
a child process: a download blocks.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.local.asked import WantedModels
from dragoman.local.disk import TO_START_B, free_bytes, shown
from dragoman.local.supervisor import Say
from dragoman.models.fetch_child import Report
from dragoman.models.fetching import hosts_of, kind_of
from dragoman.models.folder import ModelsFolder, models_folder
from dragoman.models.manifest import SHIPPED, Manifest, Model, read_manifest
from dragoman.runtime.children import dying_with_parent
from dragoman.runtime.settings import Settings
from schemas.fetching import TOLD_MS, Absent, Fetching, asked_key, fetching_key

LOOK_S: Final = 1.0
FETCH_S: Final = 3600.0
"""A fetch that takes longer is ended, and goes on later: others wait for it."""
REACH_AGAIN_S: Final = 600.0
"""How often it is looked whether the official places answer, while one does not."""
UNSEEN_AGAIN_S: Final = 30.0
"""The same, where no process could be started that looks."""


class Children(Protocol):
    """Runs what fetches."""

    async def run(self, name: str) -> Report:
        """`name` of a model, or `--reach`."""


class Fetcher:
    """Of one machine. Whatever fails is said, and tried again."""

    def __init__(
        self,
        settings: Settings,
        redis: Redis,
        say: Say,
        children: Children | None = None,
        clock: Callable[[], float] = time.monotonic,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        """Raises DragomanError for a list of models that cannot be read."""
        manifest = read_manifest(Path(settings.models_manifest or SHIPPED))
        self._folder = ModelsFolder(models_folder(settings.models))
        self._kinds = settings.listed("models_from")
        engines = {name for stage in ("translate", "synthesize") for name in settings.engines_of(stage)}
        self._models = {model.name: model for model in _fetchable(manifest, engines)}
        self._redis: Any = redis  # its types do not know that answers are bytes
        self._say, self._clock, self._free = say, clock, free
        self._children = children or Processes(settings.environment())
        self._asked = WantedModels()
        self._hosts: tuple[str, ...] = ()
        self._reach_at = clock()
        self._reaching: asyncio.Task[None] | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._known: set[str] = set()
        """What was missing at any time: what of it is there now came meanwhile."""

    async def run(self) -> None:
        """Looks until it is cancelled; then nothing is fetched any more."""
        if not self._models:
            return
        looking: asyncio.Task[None] | None = None
        try:
            while True:
                looking = asyncio.create_task(self.look())
                with suppress(RedisError, OSError):  # whoever keeps Redis says that it is away
                    await asyncio.shield(looking)  # redis-py now and then loses a cancellation
                await asyncio.sleep(LOOK_S)
        finally:
            if looking:
                await asyncio.wait({looking}, timeout=LOOK_S)
            under_way = [task for task in (self._reaching, self._fetching) if task]
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def look(self) -> None:
        """Begins what is due, and tells how everything stands. Raises RedisError."""
        if self._clock() >= self._reach_at and (self._reaching is None or self._reaching.done()):
            self._reaching = asyncio.create_task(self._reach())
        self._asked.ask(await self._names())
        # from here on nothing is awaited: a fetch that ends meanwhile would be begun once more
        absent = {name for name in self._models if self._folder.state(self._models[name]) not in ("there", "other")}
        self._known |= absent
        able = {name for name in self._known if self._can_be_had(self._models[name])}
        if name := self._asked.next(absent & able, self._clock()):
            self._asked.fetching = name
            self._fetching = asyncio.create_task(self._fetch(self._models[name]))
        told = {
            name: Absent(size=self._models[name].bytes, state=self._asked.state(name) if name in absent else "fetched")
            for name in sorted(able)
        }
        await self._redis.set(fetching_key(), msgspec.json.encode(Fetching(models=told)), px=TOLD_MS)

    async def _names(self) -> list[str]:
        seconds, microseconds = await self._redis.time()
        now_ms = seconds * 1000 + microseconds // 1000
        await self._redis.zremrangebyscore(asked_key(), "-inf", now_ms - TOLD_MS)
        return [name.decode() for name in await self._redis.zrange(asked_key(), 0, -1)]

    def _can_be_had(self, model: Model) -> bool:
        packaged = any(kind_of(source) == "packages" for source in model.sources) and "packages" in self._kinds
        return packaged or ("official" in self._kinds and bool(set(hosts_of(model)) & set(self._hosts)))

    async def _reach(self) -> None:
        wanted = {host for model in self._models.values() for host in hosts_of(model)}
        try:
            self._hosts = (await self._children.run("--reach")).hosts if "official" in self._kinds else ()
        except OSError as error:
            self._reach_at = self._clock() + UNSEEN_AGAIN_S
            self._say(f"cannot look where models can be had, and tries again in {UNSEEN_AGAIN_S:.0f} s: {error}")
            return
        whole = wanted <= set(self._hosts) or "official" not in self._kinds
        self._reach_at = self._clock() + (float("inf") if whole else REACH_AGAIN_S)

    async def _fetch(self, model: Model) -> None:
        try:
            self._say(f"fetching {model.name} ({shown(model.bytes)}), as somebody listens to a language that lacks it")
            report = await self._report(model)
            if self._folder.state(model) == "there":
                self._asked.came(model.name)
                self._say(f"{model.name} is there")
                return
            pause_s = self._asked.failed(model.name, self._clock())
            instead = f", {model.stand_in} serves instead" if report.fetched else ""
            tried = "; ".join(report.troubles) or "nobody says why"
            self._say(f"{model.name} could not be had{instead}, and is tried again in {pause_s:.0f} s: {tried}")
        finally:
            self._asked.fetching = ""

    async def _report(self, model: Model) -> Report:
        try:
            free = self._free(self._folder.path)
            if free < 2 * model.bytes + TO_START_B:
                return Report(troubles=(f"only {shown(free)} are free on the disk of {self._folder.path}",))
            async with asyncio.timeout(FETCH_S):
                return await self._children.run(model.name)
        except TimeoutError:
            return Report(troubles=(f"it took longer than {FETCH_S / 60:.0f} minutes",))
        except OSError as error:
            return Report(troubles=(str(error),))


def _fetchable(manifest: Manifest, engines: set[str]) -> Iterator[Model]:
    """What makes a language, of engines that run here; a stand-in comes by itself, in place of the other."""
    spare = {model.stand_in for model in manifest.models}
    for model in manifest.models:
        if model.kind in ("translation", "voice") and model.engine in engines and model.name not in spare:
            yield model


class Processes:
    """Children that end with this process."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        """`settings`: the variables that make a child read them."""
        self._environment = {**os.environ, **settings}

    async def run(self, name: str) -> Report:
        """As the protocol says; raises OSError if it cannot be started."""
        child = await asyncio.create_subprocess_exec(
            *dying_with_parent([sys.executable, "-m", "dragoman.models.fetch_child", name]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
        )
        try:
            answer, said = await child.communicate()
            return msgspec.json.decode(answer, type=Report)
        except msgspec.MsgspecError:
            last = said.decode(errors="replace").strip().splitlines()[-1:] or ["nothing"]
            return Report(troubles=(f"its process ended with status {child.returncode} and said: {last[0]}",))
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
