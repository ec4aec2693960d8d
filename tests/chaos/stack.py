"""The system under test: a broker, a Redis, two gateways and several workers of every stage, each kept running."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from dragoman.kafka.topics import apply_topics
from dragoman.local.child import Child, ChildProgram
from dragoman.local.folder import locked
from dragoman.local.plan import Part, make_plan
from dragoman.local.ports import free_ports
from dragoman.local.supervisor import until_ready
from dragoman.runtime.reach import Probe, kafka_trouble, redis_trouble, until_fine
from dragoman.runtime.settings import Settings
from schemas.topics import STAGES, topics
from tests.chaos.cluster import cluster
from tests.chaos.door import Address

GATEWAYS: Final = ("gateway", "gateway-1")
SESSION_TIMEOUT_S: Final = 6.0
LISTENERS: Final = 100
LINGER_S: Final = 5.0
"""Short, so that holes come to be, which must be filled."""
_START_S: Final = 60.0
_HOST: Final = "127.0.0.1"


class Stack:
    """`async with` starts all of it and returns when it is ready; nothing of it is left afterwards."""

    def __init__(
        self, data: Path, *, workers: int = 2, engines: str = "scripted", translate_ms: int = 0, brokers: int = 1
    ) -> None:
        """`translate_ms`: what each call of translate takes. Of several `brokers` everything has a replica on each."""
        self.said: list[str] = []
        """What the supervising of the processes said."""
        self._brokers = cluster(data, brokers, self.said.append) if brokers > 1 else {}
        self._settings = Settings(
            data=data,
            engines=engines,
            workers=",".join(f"{stage}={workers}" for stage in STAGES),
            port=0,
            operator_port=0,
            auth="open",
            kafka=",".join(self._brokers),
            replication=brokers,
            session_rate="none",  # all speakers of a soak come from one address
            sessions_per_address=0,
            listeners_per_session=LISTENERS,
            linger_s=LINGER_S,
            speech_linger_s=LINGER_S,
            scripted_clauses=engines == "scripted",
            engine_timeout_s=2 if engines == "scripted" and not translate_ms else 10,
            session_timeout_s=SESSION_TIMEOUT_S,
        )
        self._translate_ms = translate_ms
        self.logs = data / "logs"
        self._children: dict[str, Child] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._parts: dict[str, Part] = {}
        self._plain: dict[str, Part] = {}
        """Those that were started anew, as they were before."""
        self._ports: dict[str, int] = {}
        self._lock = locked(data)
        self.stopped: set[str] = set()
        """Those that stand still: a load balancer sends nobody there."""

    async def __aenter__(self) -> "Stack":
        self._lock.__enter__()
        try:
            await self._start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        for child in self._children.values():
            child.kill()
            child.close()
        self._lock.__exit__(None, None, None)

    @property
    def kafka(self) -> str:
        """Address of the broker."""
        return self._plan.kafka

    @property
    def redis(self) -> str:
        """URL of the Redis."""
        return self._plan.redis

    @property
    def redis_files(self) -> Path:
        """What it remembers across a restart."""
        return self._settings.data / "redis" / "appendonlydir"

    def gateways(self, first: int) -> Sequence[Address]:
        """Where a client may try its luck, the `first` before the others."""
        names = [*GATEWAYS[first:], *GATEWAYS[:first]]
        return [(_HOST, self._ports[name]) for name in names if name not in self.stopped]

    def names(self, stage: str) -> list[str]:
        """The workers of a stage, the gateways, or a server."""
        return [name for name in self._children if name == stage or name.rpartition("-")[0] == stage]

    def pid(self, name: str) -> int | None:
        """Of the process that now has this name; None while there is none."""
        return self._children[name].pid

    def send(self, name: str, signal_number: int) -> None:
        """A signal; its supervisor starts again what ends."""
        if pid := self.pid(name):
            os.kill(pid, signal_number)

    async def leave_dead(self, name: str) -> None:
        """Kills it and does not start it again."""
        keeper = self._keepers.pop(name)
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        self._children[name].kill()

    async def revive(self, name: str) -> None:
        """Starts again what was left dead; returns when it is ready."""
        self._keep(name)
        await self.ready(name)

    async def ready(self, name: str) -> None:
        """Returns when it can serve."""
        async with asyncio.timeout(_START_S):
            if name in self._parts:
                await until_ready(self._children[name], _HOST, self._parts[name].operator_port, self.said.append)
            else:
                await until_fine(self._probes[name], _START_S)

    async def add(self, name: str, **environment: str) -> None:
        """One more worker, `STAGE-NUMBER`; or another one of that name, with these settings of its own."""
        if name in self._keepers:
            await self.dismiss(name)
        like = self._parts[f"{name.rpartition('-')[0]}-0"]
        self._register(self._like(like, name, environment))
        await self.revive(name)

    async def start_anew(self, name: str, **environment: str) -> None:
        """Ends a process of ours in order, and starts it again with these settings; without any as it was at first."""
        part = self._plain.setdefault(name, self._parts[name])
        await self.dismiss(name)
        self._register(self._with(part, name, environment))
        await self.revive(name)

    async def dismiss(self, name: str) -> None:
        """SIGTERM, and it is not started again."""
        keeper = self._keepers.pop(name)
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        child = self._children.pop(name)
        child.terminate()
        try:
            async with asyncio.timeout(child.program.patience_s):
                await child.ended()
        except TimeoutError:
            self.said.append(f"{name} does not end: killed")
        child.kill()
        child.close()
        del self._parts[name]

    def forget(self) -> None:
        """Redis's files are gone."""
        shutil.rmtree(self.redis_files, ignore_errors=True)

    async def _start(self) -> None:
        self._plan = make_plan(self._settings, self.said.append)
        self._probes: dict[str, Probe] = {
            "kafka": lambda: kafka_trouble(self._plan.kafka),
            "redis": lambda: redis_trouble(self._plan.redis),
            **{program.name: partial(kafka_trouble, address) for address, program in self._brokers.items()},
        }
        servers = [*self._brokers.values(), *self._plan.servers]
        for program in servers:
            self._children[program.name] = self._child(program)
            self._keep(program.name)  # of a cluster none is ready before two are there
        await asyncio.gather(*(self.ready(program.name) for program in servers))
        settings = self._settings
        wanted = topics(settings.audio_retention_h, settings.text_retention_h)
        await apply_topics(self._plan.kafka, wanted, settings.partitions, settings.replication)
        port = int(self._plan.url.rpartition(":")[2])
        (other,) = free_ports(1)
        self._ports = {GATEWAYS[0]: port, GATEWAYS[1]: other}
        own = {"DRAGOMAN_PORT": str(other)}
        slow = {"DRAGOMAN_SCRIPTED_LATENCY_MS": str(self._translate_ms)} if self._translate_ms else {}
        for part in (*self._plan.parts, self._like(self._plan.gateway, GATEWAYS[1], own)):
            of_part = slow if part.program.name.startswith("translate-") else {}
            self._register(self._with(part, part.program.name, of_part))
            self._keep(part.program.name)
        await asyncio.gather(*(self.ready(name) for name in self._parts))

    def _register(self, part: Part) -> None:
        self._parts[part.program.name] = part
        self._children[part.program.name] = self._child(part.program)

    def _child(self, program: ChildProgram) -> Child:
        return Child(program, self.logs, self.said.append)

    def _keep(self, name: str) -> None:
        self._keepers[name] = asyncio.create_task(self._children[name].keep_running(), name=name)

    def _like(self, part: Part, name: str, own: dict[str, str]) -> Part:
        """Another process with the same settings but these."""
        (port,) = free_ports(1)
        own = {"DRAGOMAN_INSTANCE": name, "DRAGOMAN_OPERATOR_PORT": str(port), **own}
        return replace(self._with(part, name, own), operator_port=port)

    def _with(self, part: Part, name: str, own: dict[str, str]) -> Part:
        program = part.program
        return replace(part, program=replace(program, name=name, environment={**program.environment, **own}))
