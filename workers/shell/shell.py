"""A process of a stage: topics in, stage, topics out.

Each rule here was found by losing data without it: acknowledge in offset order only (the ledger), await delivery before
settling, agents never raise (an unexpected error ends the process and Kafka gives the records again), no waiting for
empty streams on a rebalance, the sticky assignor, static membership with an explicit leave, watchdogs in a thread.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
import uvloop
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.logs import configure_logs
from dragoman.runtime.operator import serve_operator_port
from dragoman.runtime.settings import Settings, read_settings, warn_of_misspelt
from dragoman.runtime.wall_clock import now_ms
from schemas import wire
from schemas.messages import Message
from schemas.topics import DEAD_LETTERS, STAGES
from workers import metrics
from workers.errors import EngineUnavailable
from workers.shell import bus, watchdog
from workers.shell.answers import kafka_answers
from workers.shell.inbound import Partition
from workers.shell.lanes import Lanes
from workers.shell.letters import letter_of
from workers.shell.outgoing import Outgoing
from workers.stage import Emit, Produce, Record, Stage
from workers.waiting import FOR_SERVERS

log = structlog.get_logger()

DRAIN_S = 10
BESIDE_S = 2
"""What runs beside the lanes may take so long to end: what it leaves open is taken over."""
AFTER_REBALANCE_S = 5
"""For so long after a rebalance silence is not taken for the speaker's."""


@dataclass(frozen=True)
class Worker:
    """What makes a process of a stage."""

    name: str
    """The stage, and its consumer group."""
    stage: Stage
    lane_of: Callable[[Message], str]
    """What besides the session names the lane of a message."""
    start: Callable[[], Awaitable[None]]
    """Proves engines and connections; raises DragomanError with one line that says what is missing."""
    close: Callable[[], Awaitable[None]]
    segments: bool = False
    """What a lane has open is one piece of work (an utterance); else each record is one."""
    beside: Callable[[Produce], Coroutine[None, None, None]] | None = None
    """Runs beside the lanes, from the start to the end, and produces as they do. It never returns: that, or what it
    raises, ends the process."""


def main(name: str, make: Callable[[Settings], Worker]) -> None:
    """Runs a worker until SIGTERM or SIGINT. What a person can mend is one line and exit status 2."""
    try:
        settings = read_settings()
        for server in ("kafka", "redis"):
            if not getattr(settings, server):
                raise DragomanError(f"set DRAGOMAN_{server.upper()}, or start everything with `dragoman up`")
        configure_logs(settings.log_level, settings.log_format, process=name)
        warn_of_misspelt()
        for chatty in ("mode", "faust", "aiokafka"):
            logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
        logging.getLogger("faust.topics").setLevel(logging.CRITICAL)  # its warnings hold whole messages: spoken words
        with TemporaryDirectory(prefix=f"dragoman-{name}-") as scratch:
            factory = uvloop.new_event_loop if settings.loop == "uvloop" else asyncio.new_event_loop
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(_run(make, settings, Path(scratch)))
    except (DragomanError, EngineUnavailable) as error:
        sys.stderr.write(f"dragoman worker {name}: {error}\n")
        sys.exit(2)


async def _run(make: Callable[[Settings], Worker], settings: Settings, scratch: Path) -> None:
    await _Shell(make(settings), settings, scratch).serve()


class _Shell:
    def __init__(self, worker: Worker, settings: Settings, scratch: Path) -> None:
        self._worker, self._settings = worker, settings
        self._bus = bus.Bus(worker.name, STAGES[worker.name], settings, scratch)
        self._outgoing = Outgoing(worker.name, self._bus, bus.AWAY, now_ms, unfit=bus.UNFIT)
        self._lanes = Lanes(
            worker.stage,
            self._outgoing.produce,
            ack=self._bus.acknowledge,
            bury=lambda record, read, reason: self._bury(record.session_id, read, reason),
            segments=worker.segments,
            failed=self._lane_failed,
            fatal=_fatal,
            now=now_ms,
            clock=time.monotonic,
            idle_s=settings.idle_s,
            reap_s=settings.reap_s,
            outside=(OSError, MemoryError, KafkaError, RedisError),
        )
        self._beat = time.monotonic()
        self._waiting_since: float | None = time.monotonic()
        """Since when no partitions are assigned; None while they are."""
        self._assigned_at = 0.0
        self._stop = asyncio.Event()

    async def serve(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        await self._worker.start()
        runner, port = await serve_operator_port(
            self._settings.operator_host, self._settings.operator_port, self._missing
        )
        self._bus.wire_up(self._read, revoked=self._revoked, assigned=self._assigned, drain=self._drain)
        threading.Thread(target=self._watch, daemon=True).start()
        log.info("worker.starting", operator_port=port)
        await self._bus.start()
        ticking = asyncio.create_task(self._tick())
        beside = asyncio.create_task(self._worker.beside(self._outgoing.produce)) if self._worker.beside else None
        stopped = asyncio.create_task(self._bus.stopped())
        asked = asyncio.create_task(self._stop.wait())
        endless = [task for task in (ticking, beside) if task]
        await asyncio.wait((*endless, stopped, asked), return_when=asyncio.FIRST_COMPLETED)
        if not self._stop.is_set():
            cause = next((task.exception() for task in endless if task.done()), self._bus.crash_reason)
            _fatal(cause or RuntimeError("the worker stopped by itself"))
        ticking.cancel()
        if beside:
            beside.cancel()
            await asyncio.wait((beside,), timeout=BESIDE_S)
        await self._bus.stop()
        await self._worker.close()
        await runner.cleanup()
        log.info("worker.stopped")

    def _read(self, read: bus.Read) -> None:
        try:
            self._dispatch(read)
        except Exception as error:  # noqa: BLE001  # the record must not pass for read
            _fatal(error)

    def _dispatch(self, read: bus.Read) -> None:
        session_id = (read.key or b"").decode("ascii", "replace")
        metrics.RECORDS.labels(self._worker.name, read.topic).inc()
        try:
            decoded = wire.decode(read.topic, read.value, read.headers)
        except wire.UndecodableError as error:
            work = self._bury(session_id, read, f"{type(error).__name__}: {error}")
            self._lanes.set_aside(Partition(read.topic, read.partition), read.offset, read, work)
            return
        record = Record(read.topic, read.partition, read.offset, session_id, decoded, read.timestamp)
        if not self._lanes.dispatch(record, f"{session_id}/{self._worker.lane_of(decoded)}", read):
            metrics.AGAIN.labels(self._worker.name).inc()

    async def _bury(self, session_id: str, read: bus.Read, error: str) -> None:
        """Returns when the record is in the dead letters."""
        at, value, headers = now_ms(), read.value or b"", read.headers
        letter = letter_of(self._worker.name, read.topic, read.partition, read.offset, value, headers, error, at)
        await self._outgoing.produce(read.partition, session_id, Emit(DEAD_LETTERS, letter))

    def _revoked(self) -> None:
        self._waiting_since = time.monotonic()
        self._lanes.stalled = True

    async def _assigned(self, partitions: set[Partition]) -> None:
        await self._lanes.retain(partitions)
        self._waiting_since, self._assigned_at = None, time.monotonic()
        log.info("partitions.assigned", count=len(partitions))

    async def _drain(self) -> None:
        await self._lanes.drain(DRAIN_S)

    async def _tick(self) -> None:
        while True:
            self._beat = time.monotonic()
            if self._waiting_since is None and self._beat - self._assigned_at > AFTER_REBALANCE_S:
                self._lanes.stalled = False
                await self._lanes.reap()
            metrics.LANES.labels(self._worker.name).set(len(self._lanes))
            metrics.OPEN.labels(self._worker.name).set(self._lanes.open_records)
            metrics.OLDEST.labels(self._worker.name).set(self._lanes.oldest_open_s)
            await asyncio.sleep(1)

    def _watch(self) -> None:
        unassigned = watchdog.Unassigned(lambda: kafka_answers(self._settings.kafka))
        while True:
            time.sleep(1)
            waiting_s = unassigned.waiting_s(self._waiting_since, time.monotonic())
            now = time.monotonic()
            stuck_s = min(self._lanes.stuck_s, FOR_SERVERS.over_s)
            if found := watchdog.verdict(waiting_s, now - self._beat, stuck_s):
                _exit(*found)

    def _lane_failed(self, error: BaseException) -> None:
        metrics.LANE_FAILURES.labels(self._worker.name).inc()
        log.error("lane.failed", exc_info=error)

    def _missing(self) -> str:
        return "" if self._waiting_since is None else "waiting for partitions"


def _fatal(error: BaseException) -> None:
    log.critical("worker.failed", exc_info=error)
    _exit(70, "unexpected error")


def _exit(status: int, why: str) -> None:
    log.critical("worker.exits", status=status, why=why)
    sys.stderr.flush()
    os._exit(status)
