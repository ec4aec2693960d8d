"""Faust around a stage: topic in, stage, topics out. The only file that imports faust.

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
from typing import Any

import faust
import structlog
from aiokafka.errors import KafkaConnectionError, KafkaError
from faust.exceptions import ProducerSendError
from faust.tables.manager import TableManager
from redis.exceptions import RedisError

from dragoman.runtime.addresses import kafka_connection
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.logs import configure_logs
from dragoman.runtime.operator import serve_operator_port
from dragoman.runtime.settings import Settings, read_settings
from dragoman.runtime.wall_clock import now_ms
from schemas import wire
from schemas.messages import MOST_BURIED_BYTES, TOPIC_MESSAGES, DeadLetter, Message
from schemas.topics import DEAD_LETTERS, STAGES
from workers import metrics, watchdog
from workers.answers import kafka_answers
from workers.errors import EngineUnavailable
from workers.inbound import Partition
from workers.lanes import Lanes, Produce, Stage
from workers.outgoing import Outgoing
from workers.stage import Emit, Record
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
        for chatty in ("mode", "faust", "aiokafka"):
            logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
        logging.getLogger("faust.topics").setLevel(logging.CRITICAL)  # its warnings hold whole messages: spoken words
        with TemporaryDirectory(prefix=f"dragoman-{name}-") as scratch:
            asyncio.run(_Shell(make(settings), settings, Path(scratch)).serve())
    except (DragomanError, EngineUnavailable) as error:
        sys.stderr.write(f"dragoman worker {name}: {error}\n")
        sys.exit(2)


class _Shell:
    def __init__(self, worker: Worker, settings: Settings, scratch: Path) -> None:
        self._worker, self._settings = worker, settings
        instance = settings.instance or os.uname().nodename
        self._app = faust.App(
            worker.name,
            broker="kafka://" + settings.kafka.replace(",", ";"),
            broker_credentials=_credentials(settings.kafka),
            datadir=str(scratch),
            consumer_group_instance_id=f"{worker.name}-{instance}",
            stream_wait_empty=False,
            table_standby_replicas=1,  # selects the sticky assignor, also without tables
            broker_commit_interval=0.5,
            broker_session_timeout=settings.session_timeout_s,
            broker_heartbeat_interval=settings.session_timeout_s / 4,
            # A join that the broker forgot is asked again after this; it must outlast the session and a rebalance.
            broker_request_timeout=settings.session_timeout_s + 10,
            broker_rebalance_timeout=10,
            producer_acks=-1,
            producer_linger=0,
            # Connecting takes no longer: a machine that is back is tried again within 4 s (TCP's pauses grow to half).
            producer_request_timeout=10,
            consumer_connections_max_idle_ms=86_400_000,
            producer_connections_max_idle_ms=86_400_000,
            consumer_auto_offset_reset="earliest",
            topic_disable_leader=True,
            topic_allow_declare=False,
            web_enabled=False,
            worker_redirect_stdouts=False,
            autodiscover=False,
            TableManager=_NoTables,
        )
        self._topics = {name: self._topic(name) for name in TOPIC_MESSAGES}
        self._outgoing = Outgoing(worker.name, self._topics, (KafkaError, ProducerSendError), now_ms)
        self._lanes = Lanes(
            worker.stage,
            self._outgoing.produce,
            ack=lambda event: event.ack(),  # type: ignore[attr-defined]  # the token is a Faust event
            bury=lambda record, event, reason: self._bury(record.session_id, event, reason),
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
        self._wire_up()
        threading.Thread(target=self._watch, daemon=True).start()
        log.info("worker.starting", operator_port=port)
        try:
            await self._app.start()
        except KafkaConnectionError as error:
            raise DragomanError(f"Kafka does not answer at {self._settings.kafka}: check DRAGOMAN_KAFKA") from error
        ticking = asyncio.create_task(self._tick())
        beside = asyncio.create_task(self._worker.beside(self._outgoing.produce)) if self._worker.beside else None
        stopped = asyncio.create_task(self._app.wait_until_stopped())
        asked = asyncio.create_task(self._stop.wait())
        endless = [task for task in (ticking, beside) if task]
        await asyncio.wait((*endless, stopped, asked), return_when=asyncio.FIRST_COMPLETED)
        if not self._stop.is_set():
            cause = next((task.exception() for task in endless if task.done()), self._app.crash_reason)
            _fatal(cause or RuntimeError("the worker stopped by itself"))
        ticking.cancel()
        if beside:
            beside.cancel()
            await asyncio.wait((beside,), timeout=BESIDE_S)
        await self._app.stop()
        await self._worker.close()
        await runner.cleanup()
        log.info("worker.stopped")

    def _wire_up(self) -> None:
        app = self._app
        for name in STAGES[self._worker.name]:
            app.agent(self._topics[name], name=f"{self._worker.name}-{name}")(self._reader())
        app.on_partitions_revoked.connect(self._revoked)
        app.on_partitions_assigned.connect(self._assigned)
        app.on_before_shutdown.connect(self._drain)

    def _reader(self) -> Callable[[Any], Awaitable[None]]:
        async def read(stream: Any) -> None:
            async for event in stream.noack().events():
                try:
                    self._read(event)
                except Exception as error:  # noqa: BLE001  # Faust would commit the record and go on
                    _fatal(error)

        return read

    def _read(self, event: Any) -> None:
        message = event.message
        session_id = (event.key or b"").decode("ascii", "replace")
        metrics.RECORDS.labels(self._worker.name, message.topic).inc()
        try:
            decoded = wire.decode(message.topic, event.value, event.headers)
        except wire.UndecodableError as error:
            work = self._bury(session_id, event, f"{type(error).__name__}: {error}")
            self._lanes.set_aside(Partition(message.topic, message.partition), message.offset, event, work)
            return
        record = Record(
            message.topic, message.partition, message.offset, session_id, decoded, round(message.timestamp * 1000)
        )
        if not self._lanes.dispatch(record, f"{session_id}/{self._worker.lane_of(decoded)}", event):
            metrics.AGAIN.labels(self._worker.name).inc()

    async def _bury(self, session_id: str, event: Any, error: str) -> None:
        """Returns when the record is in the dead letters."""
        letter = self._letter(event, error)
        await self._outgoing.produce(event.message.partition, session_id, Emit(DEAD_LETTERS, letter))

    def _letter(self, event: Any, error: str) -> DeadLetter:
        message = event.message
        metrics.DEAD.labels(self._worker.name).inc()
        log.error("record.dead", topic=message.topic, partition=message.partition, offset=message.offset)
        return DeadLetter(
            stage=self._worker.name,
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            error=error,
            headers={name: (value or b"").decode("latin-1") for name, value in dict(event.headers or {}).items()},
            value=(event.value or b"")[:MOST_BURIED_BYTES],
            at=now_ms(),
        )

    async def _revoked(self, *_: Any, **__: Any) -> None:
        self._waiting_since = time.monotonic()
        self._lanes.stalled = True

    async def _assigned(self, _: Any, /, *args: Any, **__: Any) -> None:
        (assigned,) = args
        await self._lanes.retain({Partition(tp.topic, tp.partition) for tp in assigned})
        self._waiting_since, self._assigned_at = None, time.monotonic()
        log.info("partitions.assigned", count=len(assigned))

    async def _drain(self, *_: Any, **__: Any) -> None:
        await self._lanes.drain(DRAIN_S)
        # aiokafka sends no LeaveGroup for static members: without this the partitions wait out the session timeout.
        coordinator = self._app.consumer._thread._consumer._coordinator  # type: ignore[attr-defined]
        coordinator._group_instance_id = None

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

    def _topic(self, name: str) -> Any:
        return self._app.topic(
            name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw", allow_empty=True
        )


def _credentials(brokers: str) -> faust.SASLCredentials | faust.SSLCredentials | None:
    """How the brokers are reached, in Faust's words."""
    found = kafka_connection(brokers)
    tls, user = found.get("ssl_context"), found.get("sasl_plain_username")
    if user:
        return faust.SASLCredentials(
            username=user, password=found["sasl_plain_password"], mechanism=found["sasl_mechanism"], ssl_context=tls
        )
    return faust.SSLCredentials(tls) if tls else None


class _NoTables(TableManager):
    """Faust's own waits a second for tables to be declared before it asks for partitions; there are none."""

    logger = logging.getLogger("faust.tables")

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


def _fatal(error: BaseException) -> None:
    log.critical("worker.failed", exc_info=error)
    _exit(70, "unexpected error")


def _exit(status: int, why: str) -> None:
    log.critical("worker.exits", status=status, why=why)
    sys.stderr.flush()
    os._exit(status)
