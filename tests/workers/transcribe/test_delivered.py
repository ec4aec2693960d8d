"""What `transcripts` holds of a session, read once for many lanes."""

import asyncio
from uuid import uuid4

from schemas.messages import Message
from tests.workers.driving import record
from tests.workers.texts import end, transcript
from tests.workers.worker_process import connected
from workers.stage import Record
from workers.tail import Tail
from workers.transcribe.delivered import NOTHING_SAID, DeliveredFinals, DeliveredInKafka

FIRST, SECOND = transcript(0), transcript(16_000)


class Log:
    """A partition in memory; the time of a record is its offset."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.reads: list[tuple[str, int, int]] = []

    def add(self, session_id: str, *messages: Message) -> None:
        for message in messages:
            self.records.append(record("transcripts", len(self.records), message, session_id=session_id))

    async def since(self, topic: str, partition: int, at_ms: int) -> tuple[list[Record], int]:
        self.reads.append(("since", partition, at_ms))
        await asyncio.sleep(0)
        return self.records[max(0, at_ms) :], len(self.records)

    async def after(self, topic: str, partition: int, offset: int) -> tuple[list[Record], int]:
        self.reads.append(("after", partition, offset))
        return self.records[offset:], len(self.records)


async def test_the_last_final_and_the_end_of_each_session_are_found() -> None:
    log = Log()
    log.add("a", FIRST, SECOND, FIRST, transcript(32_000, final=False))
    log.add("b", FIRST, end(16_000))
    delivered = DeliveredInKafka(log, lambda: 6)
    assert await delivered.of("a", 0, 0) == DeliveredFinals(SECOND, False)
    assert await delivered.of("b", 0, 0) == DeliveredFinals(FIRST, True)
    assert await delivered.of("c", 0, 0) == NOTHING_SAID


async def test_what_fills_a_hole_of_the_past_is_not_the_last_final() -> None:
    log = Log()
    log.add("a", SECOND, transcript(0, until=8_000, revised=True), transcript(8_000, until=90_000, revised=True))
    log.add("b", transcript(0, revised=True))
    delivered = DeliveredInKafka(log, lambda: 9)
    assert await delivered.of("a", 0, 0) == DeliveredFinals(SECOND, False)
    assert await delivered.of("b", 0, 0) == NOTHING_SAID


async def test_lanes_that_start_together_read_a_partition_once() -> None:
    log = Log()
    log.add("a", FIRST, SECOND)
    delivered = DeliveredInKafka(log, lambda: 2)
    await asyncio.gather(*(delivered.of("a", 0, since) for since in range(3) for _ in range(10)))
    assert [read for read in log.reads if read[0] == "since"] == [("since", 0, 0)]


async def test_what_was_written_since_the_last_look_is_found() -> None:
    log = Log()
    log.add("a", FIRST)
    delivered = DeliveredInKafka(log, lambda: 5)
    await delivered.of("a", 0, 0)
    log.add("a", SECOND)
    assert (await delivered.of("a", 0, 1)).final == SECOND


async def test_a_lane_that_needs_something_older_or_much_newer_reads_anew() -> None:
    log = Log()
    log.add("a", FIRST, SECOND)
    delivered = DeliveredInKafka(log, lambda: 5)
    assert (await delivered.of("a", 0, 1)).final == SECOND
    await delivered.of("a", 0, 0)
    await delivered.of("a", 0, 9)
    assert log.reads == [("since", 0, 1), ("since", 0, 0), ("since", 0, 9)]


async def test_a_real_kafka_is_read_back(kafka: str) -> None:
    session_id, tail = f"calm-otter-{uuid4().hex[:6]}", Tail(kafka)
    try:
        async with connected(kafka) as broker:
            await broker.send("transcripts", session_id, FIRST, 1)
            delivered = DeliveredInKafka(tail, lambda: 2**45)
            assert await delivered.of(session_id, 1, 0) == DeliveredFinals(FIRST, False)
            await broker.send("transcripts", session_id, SECOND, 1)
            await broker.send("transcripts", session_id, end(32_000), 1)
            assert await delivered.of(session_id, 1, 0) == DeliveredFinals(SECOND, True)
    finally:
        await tail.close()
