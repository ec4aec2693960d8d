"""Faust: membership in a stage's group, what is read, acknowledged and sent. The only file that imports faust.

Faust keeps the group: its sticky assignor, rebalances, commits, the producer. What it would do for each single record
(a message, an event, a queue, two tasks, a future, waking a thread) is left out: what is read is given to `deliver` as
aiokafka made it, and what is sent goes to aiokafka's producer.
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, cast

import faust
from aiokafka.errors import (
    ConsumerStoppedError,
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from faust.tables.manager import TableManager
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer
from mode.threads import WorkerThread

from dragoman.runtime.addresses import kafka_connection
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.rhythm import Rhythm
from dragoman.runtime.settings import Settings
from schemas import wire
from workers.shell.inbound import Partition

AWAY: Final = (KafkaError,)
"""What sending raises while Kafka is away."""
UNFIT: Final = (MessageSizeTooLargeError, RecordListTooLargeError)
"""Of these, what it raises at a record that no waiting makes fit."""
AT_ONCE: Final = 100
"""After so many records everything else has its turn."""
LAST_COMMIT_S: Final = 3.0
"""For so long a commit before the end is tried, while a rebalance is under way."""
READ_S: Final = 1.0
"""For so long a fetch is waited for before it is looked whether all shall stop."""


class Read(Protocol):
    """A record as it is read."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Unix ms."""
    key: bytes | None
    value: bytes | None
    headers: wire.Headers


class Bus:
    """Of one worker: it reads `topics` as a member of the group `name`."""

    def __init__(self, name: str, topics: tuple[str, ...], settings: Settings, scratch: Path) -> None:
        self._app = app = _app(name, settings, scratch)
        self._kafka = settings.kafka
        for topic in topics:
            app.topics.add(app.topic(topic, key_serializer="raw", value_serializer="raw"))

    def wire_up(
        self,
        deliver: Callable[[Read], None],
        *,
        revoked: Callable[[], None],
        assigned: Callable[[set[Partition]], Awaitable[None]],
        drain: Callable[[], Awaitable[None]],
    ) -> None:
        """Says who gets the records, in order; who is told of a rebalance, and who before a shutdown commits."""

        async def lost(*_: Any, **__: Any) -> None:
            revoked()

        async def given(_: Any, /, *args: Any, **__: Any) -> None:
            (partitions,) = args
            await assigned({Partition(tp.topic, tp.partition) for tp in partitions})

        async def leave(*_: Any, **__: Any) -> None:
            await drain()
            # aiokafka sends no LeaveGroup for static members: without this the partitions wait out the session timeout.
            coordinator = self._app.consumer._thread._consumer._coordinator  # type: ignore[attr-defined]
            coordinator._group_instance_id = None

        self._app.deliver = deliver
        self._kept = lost, given, leave  # Faust holds its listeners weakly
        self._app.on_partitions_revoked.connect(lost)
        self._app.on_partitions_assigned.connect(given)
        self._app.on_before_shutdown.connect(leave)

    async def start(self) -> None:
        """Raises DragomanError when Kafka does not answer."""
        try:
            await self._app.start()
        except KafkaConnectionError as error:
            raise DragomanError(f"Kafka does not answer at {self._kafka}: check DRAGOMAN_KAFKA") from error

    async def stopped(self) -> None:
        """Returns when Faust has stopped by itself."""
        await self._app.wait_until_stopped()

    @property
    def crash_reason(self) -> BaseException | None:
        """Why it did."""
        return self._app.crash_reason

    async def stop(self) -> None:
        """Drains, commits and leaves the group."""
        await self._app.stop()

    def acknowledge(self, record: Read) -> None:
        """All records of the partition up to this one are settled."""
        cast(_Consumer, self._app.consumer).acknowledge(record)

    async def send(
        self, topic: str, *, key: bytes, value: bytes, partition: int, timestamp_ms: int, headers: wire.Headers
    ) -> Awaitable[object]:
        """Returns when the record is on its way; what it returns, when it is delivered. Both raise one of AWAY."""
        producer = self._app.producer._ensure_producer()  # type: ignore[attr-defined]
        delivered: Awaitable[object] = await producer.send(
            topic, value, key=key, partition=partition, timestamp_ms=timestamp_ms, headers=headers
        )
        return delivered


class _App(faust.App):
    deliver: Callable[[Read], None]

    def _new_transport(self) -> Any:
        transport = super()._new_transport()
        transport.Consumer = _Consumer  # type: ignore[misc]
        return transport


class _Consumer(Consumer):
    """Reads in batches, and commits what it is told is settled.

    Faust's own looks for gaps among single acknowledgements, and commits past an open record at the head of a
    partition. The ledger knows better: what it acknowledges is the end of the settled part.
    """

    logger = logging.getLogger("faust.transport.drivers.aiokafka")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._settled: dict[Any, int] = {}
        """By partition, the offset to be committed."""
        self._stays: set[Any] | None = None
        """Of one that drains: partitions that were in every assignment since. None: there was none since."""
        self._rhythm = Rhythm()

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _NoThread(self, loop=self.loop, beacon=self.beacon, thread_loop=self.loop, Worker=_Task)

    def acknowledge(self, record: Read) -> None:
        """All before it are, too."""
        partition = record.topic, record.partition
        self._settled[partition] = max(record.offset + 1, self._settled.get(partition, 0))

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """What was not committed is read, and acknowledged, again; not by one that drains, which reads no more."""
        if not self.app.should_stop:
            for partition in revoked:
                self._settled.pop(partition, None)
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Any, generation_id: int = 0) -> None:
        """What another worker had while this one drains is that one's, though it come back: it may be further on."""
        if self.app.should_stop:
            self._stays = set(assigned) if self._stays is None else self._stays & set(assigned)
        await super().on_partitions_assigned(assigned, generation_id)
        if not self.app.should_stop:
            # Work on records goes on until here. What was settled of a partition that another worker now has would be
            # committed when it comes back, though that one went further.
            self._settled = {tp: offset for tp, offset in self._settled.items() if tp in assigned}

    async def commit_and_end_transactions(self) -> None:
        """At the end. Faust's own leaves out what was settled since another commit began."""
        over_at = time.monotonic() + LAST_COMMIT_S
        while self._due(self._settled) and not self.crashed and time.monotonic() < over_at:
            if not await self.commit():
                await asyncio.sleep(0.1)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[Any]:
        return (
            self._new_topicpartition(*partition)
            for partition in tuple(self._settled)
            if topics is None or partition in topics or partition[0] in topics
        )

    async def _commit_tps(self, tps: Any, start_new_transaction: bool) -> bool:
        """Faust's own forgets what it could not commit in a rebalance."""
        if not self._due(tps):
            return False
        await self.app.producer.flush()
        # Seen only now: meanwhile a partition may have gone to another worker, gone on there, and come back.
        offsets = self._due(tps)
        if not offsets or not await self._commit(offsets):
            return False
        for tp, offset in offsets.items():
            if self._settled.get(tp) == offset:
                del self._settled[tp]
        return True

    def _due(self, tps: Any) -> dict[Any, int]:
        """What is settled and not committed of these partitions, if they are this worker's still."""
        if not tps:
            return {}
        mine = self.assignment() if self._stays is None else self.assignment() & self._stays
        return {tp: self._settled[tp] for tp in mine if tp in tps and tp in self._settled}

    async def verify_all_partitions_active(self) -> None:
        """Faust would say of each stream that there is none; whether all is well the watchdog knows."""

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109  # Faust's signature
        return await self._thread._fetch_records(self._thread._ensure_consumer(), active_partitions, timeout=timeout)

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                await asyncio.sleep(self._rhythm.wait_s(time.monotonic()))
                records, active = await self._wait_next_records(READ_S)
                self._rhythm.turn(time.monotonic())
                if not self.flow_active:  # a rebalance: what was read is read again
                    await self._seek_back()
                elif records:
                    await self._deliver(records, active or set())
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    async def _deliver(self, records: Mapping[Any, Any], active: set[Any]) -> None:
        deliver, count = cast(_App, self.app).deliver, 0
        for partition, batch in records.items():
            if partition not in active:
                continue
            for record in batch:
                deliver(record)
                count += 1
                if count % AT_ONCE == 0:
                    await asyncio.sleep(0)
                    if not self.flow_active:
                        return
        await asyncio.sleep(0)

    async def perform_seek(self) -> None:
        """To what is committed; where nothing is yet, to the beginning: aiokafka would go on behind what it read.

        A fetch that waits through a rebalance reads from the new partitions before they are begun.
        """
        await super().perform_seek()
        consumer = self._thread._ensure_consumer()
        if fresh := [tp for tp in consumer.assignment() if not self._read_offset.get(tp)]:
            await consumer.seek_to_beginning(*fresh)

    async def _seek_back(self) -> None:
        try:
            await self.perform_seek()
        except Exception as error:  # noqa: BLE001  # as Faust: the rebalance seeks anew
            self.log.warning(f"seeking in a rebalance: {error!r}")


class _NoThread(AIOKafkaConsumerThread):
    """In the loop of everything else: that a thread is woken for each fetch costs more than the fetch."""

    async def _gather_remaining_tasks(self) -> None:
        """Faust's own would end whatever else runs in the loop."""

    def close(self) -> None:
        """Faust's own ends the membership at a rebalance while it drains: nothing more could be committed, and as a
        static member is not missed at once, its partitions would stand still. It stays a member until it leaves."""


class _Task(WorkerThread):
    """Runs a service of Faust's, in place of a thread."""

    def __init__(self, service: Any, **_: Any) -> None:
        self._service = service

    def start(self) -> None:
        """Until it is told to stop."""
        self._running = asyncio.get_running_loop().create_task(self._serve())

    def stop(self) -> None:
        """It has stopped when this is called."""

    async def _serve(self) -> None:
        try:
            await self._service._serve()
        except Exception:  # noqa: BLE001  # the service has told who started it
            self._service.set_shutdown()


class _NoTables(TableManager):
    """Faust's own waits a second for tables to be declared before it asks for partitions; there are none."""

    logger = logging.getLogger("faust.tables")

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


def _app(name: str, settings: Settings, scratch: Path) -> _App:
    instance = settings.instance or os.uname().nodename
    return _App(
        name,
        broker="kafka://" + settings.kafka.replace(",", ";"),
        broker_credentials=_credentials(settings.kafka),
        datadir=str(scratch),
        consumer_group_instance_id=f"{name}-{instance}",
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


def _credentials(brokers: str) -> faust.SASLCredentials | faust.SSLCredentials | None:
    """How the brokers are reached, in Faust's words."""
    found = kafka_connection(brokers)
    tls, user = found.get("ssl_context"), found.get("sasl_plain_username")
    if user:
        return faust.SASLCredentials(
            username=user, password=found["sasl_plain_password"], mechanism=found["sasl_mechanism"], ssl_context=tls
        )
    return faust.SSLCredentials(tls) if tls else None
