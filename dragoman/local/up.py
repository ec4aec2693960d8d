"""`dragoman up`: Kafka, Redis, the gateway and the workers on one machine, from the first to the last."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from dragoman.kafka.bounds import GB, bounded, least_bytes
from dragoman.local import folder
from dragoman.local.disk import Disk, free_bytes
from dragoman.local.plan import Plan, count_workers, make_plan, reachable
from dragoman.local.refusal import refuse_early
from dragoman.local.supervisor import Say, Supervisor, until_ready
from dragoman.runtime.errors import DragomanError, first_of
from dragoman.runtime.reach import Probe, kafka_trouble, redis_trouble, until_fine
from dragoman.runtime.settings import Settings
from schemas.languages import abilities_key
from schemas.topics import topics

Demo = Callable[[str], Awaitable[None]]
"""Takes the gateway's URL and returns only when it is cancelled."""

_SERVER_START_S = 60.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(settings: Settings, say: Say, demo: Demo | None = None) -> None:
    """Starts everything, says `ready` and the gateway's URL, and returns when a signal has stopped it.

    Whatever happens, nothing that was started still runs afterwards. Call it in the main thread. Raises DragomanError.
    """
    refuse_early(settings, count_workers(settings.workers))
    disk = Disk(settings.data, say)
    disk.require()
    with folder.locked(settings.data):
        try:
            asyncio.run(_require_given_servers(settings))
            asyncio.run(_Machine(settings, make_plan(settings, say), disk, say).run(demo))
        finally:
            folder.forget_run(settings.data)


async def _require_given_servers(settings: Settings) -> None:
    troubles = [
        await kafka_trouble(settings.kafka) if settings.kafka else "",
        await redis_trouble(settings.redis) if settings.redis else "",
    ]
    for trouble in filter(None, troubles):
        raise DragomanError(trouble)


class _Machine:
    """What runs on this machine."""

    def __init__(self, settings: Settings, plan: Plan, disk: Disk, say: Say) -> None:
        self._settings, self._plan, self._disk, self._say = settings, plan, disk, say
        self._supervisor = Supervisor(settings.data / "logs", say, self._note_run)
        self._stopping = False

    async def run(self, demo: Demo | None) -> None:
        """Starts everything and keeps it running until a signal stops it."""
        serving = asyncio.ensure_future(self._serve(demo))
        with self._signals(serving):
            try:
                await asyncio.wait({serving})
            finally:
                await self._supervisor.stop(self._plan.stop_order)
        if serving.cancelled():
            self._say("everything is stopped")
        else:
            serving.result()

    async def _serve(self, demo: Demo | None) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._disk.watch(), name="disk")
                await self._start(tasks)
                self._supervisor.start(self._plan.ops.program, tasks).steady = True  # nobody waits for it
                self._say(f"ready {self._plan.url}")
                if self._settings.fetch_models:
                    tasks.create_task(self._fetch_models(), name="models")
                self._say(f"operators see how all is at {self._plan.ops_url}")
                if demo:
                    await demo(self._plan.url)
                else:
                    self._say(f"speak at {self._plan.url}/speak; Ctrl-C stops everything")
        except BaseExceptionGroup as group:
            if mendable := first_of(group, DragomanError):
                raise mendable from group
            raise

    async def _start(self, tasks: asyncio.TaskGroup) -> None:
        """Returns when a speaker and a listener can be served."""
        await self._start_servers(tasks)
        await self._create_topics()
        self._say("starting the gateway and the workers…")
        children = [(self._supervisor.start(part.program, tasks), part.operator_port) for part in self._plan.parts]
        host = reachable(self._settings.operator_host)
        await asyncio.gather(*(until_ready(child, host, port, self._say) for child, port in children))
        await self._until_abilities_known()

    async def _start_servers(self, tasks: asyncio.TaskGroup) -> None:
        if not self._plan.servers:
            return
        self._say(f"starting {' and '.join(program.name.capitalize() for program in self._plan.servers)}…")
        probes: dict[str, Probe] = {
            "kafka": lambda: kafka_trouble(self._plan.kafka),
            "redis": lambda: redis_trouble(self._plan.redis),
        }
        children = [self._supervisor.start(program, tasks) for program in self._plan.servers]
        for child in children:
            child.may_start = self._disk.until_there_is
            await until_fine(probes[child.program.name], _SERVER_START_S)
            child.steady = True

    async def _create_topics(self) -> None:
        from dragoman.kafka.topics import apply_topics

        settings = self._settings
        wanted = topics(settings.audio_retention_h, settings.text_retention_h)
        if size := self._kept_bytes(least_bytes(wanted, settings.partitions)):
            wanted = bounded(wanted, size, settings.partitions)
        for outcome in await apply_topics(self._plan.kafka, wanted, settings.partitions, settings.replication):
            if outcome.state == "differs":
                raise DragomanError(f"topic {outcome.topic} {outcome.remark}")

    def _kept_bytes(self, least: int) -> int:
        """What all topics may take; 0: no bound, as the broker is somebody else's."""
        if self._settings.keep_gb:
            return round(self._settings.keep_gb * GB)
        if self._settings.kafka:
            return 0
        return max(folder.kept_size(self._settings.data, free_bytes(self._settings.data)), least)

    async def _fetch_models(self) -> None:
        from dragoman.local.fetcher import Fetcher
        from dragoman.runtime.redis_client import redis_client

        async with redis_client(self._plan.redis, socket_timeout=5) as redis:
            await Fetcher(self._settings, redis, self._say).run()

    async def _until_abilities_known(self) -> None:
        """The gateway learns from Redis which languages there are."""
        from dragoman.runtime.redis_client import redis_client

        keys = {abilities_key(part.program.name.rpartition("-")[0]) for part in self._plan.workers}
        keys.discard(abilities_key("broadcast"))
        async with redis_client(self._plan.redis) as redis:

            async def trouble() -> str:
                known = await redis.exists(*keys) if keys else 0
                return "" if known == len(keys) else "a worker did not say which languages it has"

            await until_fine(trouble, _SERVER_START_S)

    @contextmanager
    def _signals(self, serving: asyncio.Future[None]) -> Iterator[None]:
        """The first signal stops in order, the second at once."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            if self._stopping:
                self._supervisor.hurry()
                return
            self._stopping = True
            self._say("stopping… (again: at once)")
            serving.cancel()

        for number in _SIGNALS:
            loop.add_signal_handler(number, stop)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def _note_run(self) -> None:
        """Tells others in `run.json` where everything is."""
        plan, children = self._plan, self._supervisor.children
        ports = {part.program.name: part.operator_port for part in (*plan.parts, plan.ops)}
        processes = {
            name: {"pid": child.pid, "operator_port": ports.get(name), "log": str(child.log.absolute())}
            for name, child in children.items()
        }
        folder.write_run(
            self._settings.data,
            {"url": plan.url, "ops": plan.ops_url, "kafka": plan.kafka, "redis": plan.redis, "processes": processes},
        )
