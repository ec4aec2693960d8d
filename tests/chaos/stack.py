"""The whole system as processes that can be killed, stopped, held down and started again, one by one."""

import asyncio
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from dragoman.local.broker import fetch_jars, prepare_broker
from dragoman.local.child import Child, Program
from dragoman.local.ports import free_ports
from dragoman.local.reach import kafka_trouble, redis_trouble, until_fine
from dragoman.local.redis_server import prepare_redis
from dragoman.ops.topics import apply_topics
from schemas.topics import topics

STAGES = ("transcribe", "translate", "synthesize", "broadcast")
RESTART_S = 0.2
READY_S = 60.0


class Process:
    """One program that is started again when it ends, unless it is held down."""

    def __init__(self, program: Program, logs: Path) -> None:
        self.name = program.name
        self._child = Child(program, logs, say=lambda line: None)
        self._up = asyncio.Event()
        self._up.set()
        self._task: asyncio.Task[None] | None = None
        self.starts = 0

    def start(self) -> None:
        """Runs it from now on."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def _run(self) -> None:
        while True:
            await self._up.wait()
            self._child.start()
            self.starts += 1
            await self._child.ended()
            await asyncio.sleep(RESTART_S)

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._child.pid

    @property
    def begun(self) -> bool:
        """It said that it works since it was last started."""
        if self.name in ("kafka", "redis"):
            return self.pid is not None
        beginning = b'"worker.starting"' if b"worker.starting" in self.output else b'"gateway.listening"'
        since = self.output.rfind(beginning)
        working = b'"partitions.assigned"' if self.name.partition("-")[0] in STAGES else beginning
        return self.pid is not None and since >= 0 and self.output.find(working, since) >= 0

    @property
    def output(self) -> bytes:
        """The newest part of its log."""
        return self._child.log.read_bytes() if self._child.log.exists() else b""

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, if it runs."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def down(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Ends it and keeps it from starting."""
        self._up.clear()
        self.send(number)
        await self._child.ended()

    def up(self) -> None:
        """Lets it start again."""
        self._up.set()

    async def stop(self) -> None:
        """Ends it for good."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._child.kill()
        self._child.close()


class Stack:
    """Kafka, Redis, two gateways and several workers of every stage; `folder` holds their files and logs."""

    def __init__(
        self, folder: Path, *, engines: str = "scripted", workers: int = 2, partitions: int = 8, **settings: str
    ) -> None:
        self.folder, self.partitions, self._workers = folder, partitions, workers
        kafka_port, controller, redis_port, *self.gateway_ports = free_ports(5)
        self.kafka, self.redis = f"127.0.0.1:{kafka_port}", f"redis://127.0.0.1:{redis_port}/0"
        self.redis_folder = folder / "redis"
        plain = {name: value for name, value in os.environ.items() if not name.startswith("DRAGOMAN_")}
        self._environment = plain | {
            "DRAGOMAN_KAFKA": self.kafka,
            "DRAGOMAN_REDIS": self.redis,
            "DRAGOMAN_ENGINES": engines,
            "DRAGOMAN_SECRET": secrets.token_hex(16),
            "DRAGOMAN_OPERATOR_PORT": "0",
            "DRAGOMAN_PARTITIONS": str(partitions),
            "DRAGOMAN_ENGINE_TIMEOUT_S": "2",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(folder),
            **{f"DRAGOMAN_{name.upper()}": value for name, value in settings.items()},
        }
        self.processes: dict[str, Process] = {}
        broker = prepare_broker(folder / "kafka", fetch_jars(lambda line: None), kafka_port, controller)
        self._add("kafka", broker, {})
        self._add("redis", prepare_redis(self.redis_folder, redis_port), {})

    @property
    def urls(self) -> list[str]:
        """Of the gateways."""
        return [f"http://127.0.0.1:{port}" for port in self.gateway_ports]

    def names(self, kind: str) -> list[str]:
        """Processes of a stage, or the gateways."""
        return [name for name in self.processes if name.startswith(f"{kind}-")]

    async def start(self) -> None:
        """Returns when speakers and listeners can be served."""
        for name in ("kafka", "redis"):
            self.processes[name].start()
        await self.servers_answer()
        await apply_topics(self.kafka, topics(24, 168), self.partitions, 1)
        for number, port in enumerate(self.gateway_ports):
            self.add_gateway(number, port)
        for stage in STAGES:
            for number in range(self._workers):
                self.add_worker(stage, number)
        await self.ready()

    async def ready(self, *names: str) -> None:
        """Waits until these processes, or all of ours, have begun their work since they were last started."""
        async with asyncio.timeout(READY_S):
            for name in names or self.processes:
                process = self.processes[name]
                while not process.begun:  # noqa: ASYNC110  # a log tells of nothing
                    await asyncio.sleep(0.05)

    async def servers_answer(self) -> None:
        """Waits for Kafka and Redis."""
        await until_fine(lambda: kafka_trouble(self.kafka), READY_S)
        await until_fine(lambda: redis_trouble(self.redis), READY_S)

    def add_gateway(self, number: int, port: int) -> None:
        """Starts one."""
        self._start(f"gateway-{number}", "gateway", {"DRAGOMAN_PORT": str(port)})

    def add_worker(self, stage: str, number: int, **environment: str) -> Process:
        """Starts one."""
        return self._start(f"{stage}-{number}", f"workers.{stage}", environment)

    async def remove(self, name: str) -> None:
        """Ends one by SIGTERM, for good."""
        process = self.processes.pop(name)
        await process.down(signal.SIGTERM)
        await process.stop()

    async def stop(self) -> None:
        """Ends everything."""
        for process in reversed(list(self.processes.values())):
            await process.stop()

    def forget(self) -> None:
        """Takes the memory of a Redis that is down."""
        shutil.rmtree(self.redis_folder / "appendonlydir", ignore_errors=True)

    def remember(self, where: Path) -> None:
        """Keeps a copy of Redis's memory as it is on disk."""
        shutil.rmtree(where, ignore_errors=True)
        shutil.copytree(self.redis_folder / "appendonlydir", where)

    def restore(self, where: Path) -> None:
        """Gives a Redis that is down the memory of that copy."""
        self.forget()
        shutil.copytree(where, self.redis_folder / "appendonlydir")

    def _start(self, name: str, module: str, environment: Mapping[str, str]) -> Process:
        process = self._add(name, [sys.executable, "-m", module], {**environment, "DRAGOMAN_INSTANCE": name})
        process.start()
        return process

    def _add(self, name: str, argv: Sequence[str], environment: Mapping[str, str]) -> Process:
        program = Program(name, argv, {**self._environment, **environment}, patience_s=20)
        process = self.processes[name] = Process(program, self.folder / "logs")
        return process
