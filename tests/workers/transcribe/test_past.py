"""A session's last final, by the outbox and by what Kafka has."""

import pytest

from schemas.messages import End, Message
from tests.workers.driving import SESSION, record
from tests.workers.texts import transcript
from tests.workers.transcribe.dictated import frame
from workers.outbox import MemoryOutbox
from workers.stage import Record
from workers.transcribe.past import CLOCKS_MS, NothingTold, Past, TranscriptsTold

HOUR_MS = 3_600_000


class Partition:
    """Records of `transcripts` in place of a Tail, and how it was read."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.read: list[tuple[str, int]] = []

    def write(self, at_ms: int, message: Message, session_id: str = SESSION) -> None:
        self.records.append(Record("transcripts", 0, len(self.records), session_id, message, at_ms))

    async def since(self, topic: str, partition: int, at_ms: int) -> tuple[list[Record], int]:
        assert (topic, partition) == ("transcripts", 0)
        self.read.append(("since", at_ms))
        return [each for each in self.records if each.written_at >= at_ms], len(self.records)

    async def after(self, topic: str, partition: int, offset: int) -> tuple[list[Record], int]:
        self.read.append(("after", offset))
        return self.records[offset:], len(self.records)


def spoken(at_ms: int, position: int = 160_000, session_id: str = SESSION) -> Record:
    """A frame that was written then."""
    return Record("audio", 0, 0, session_id, frame(0, position).message, at_ms)


@pytest.fixture
def partition() -> Partition:
    return Partition()


@pytest.fixture
def told(partition: Partition) -> TranscriptsTold:
    return TranscriptsTold(partition)  # type: ignore[arg-type]  # a Tail


async def test_the_last_final_of_the_session_is_found_and_partials_and_others_are_not(
    partition: Partition, told: TranscriptsTold
) -> None:
    partition.write(HOUR_MS, transcript(0, until=32_000))
    partition.write(HOUR_MS, transcript(32_000, until=48_000))
    partition.write(HOUR_MS, transcript(48_000, until=64_000, final=False))
    partition.write(HOUR_MS, transcript(0, until=99_000), session_id="other")
    found = await told.last(spoken(HOUR_MS))
    assert found is not None
    assert found.until == 48_000


async def test_lanes_that_start_together_read_a_partition_once_and_then_what_is_new(
    partition: Partition, told: TranscriptsTold
) -> None:
    partition.write(HOUR_MS, transcript(0, until=32_000))
    for session_id in ("a", "b", SESSION):
        await told.last(spoken(HOUR_MS - 10_000, session_id=session_id))
    partition.write(HOUR_MS + 1, transcript(32_000, until=48_000))
    found = await told.last(spoken(HOUR_MS))
    assert found is not None
    assert found.until == 48_000
    assert [how for how, _ in partition.read] == ["since", "after", "after", "after"]


async def test_what_was_said_between_two_looks_hours_apart_is_not_read(
    partition: Partition, told: TranscriptsTold
) -> None:
    await told.last(spoken(HOUR_MS))
    partition.write(5 * HOUR_MS, transcript(0, until=32_000))
    await told.last(spoken(5 * HOUR_MS))
    assert partition.read[-1] == ("since", 5 * HOUR_MS - 2 * CLOCKS_MS)


async def test_a_session_that_ended_is_let_go(partition: Partition, told: TranscriptsTold) -> None:
    partition.write(HOUR_MS, transcript(0, until=32_000))
    partition.write(HOUR_MS, End(position=32_000, language="en", ended_at=0))
    assert await told.last(spoken(HOUR_MS)) is None


async def test_a_session_of_which_nothing_recent_is_known_is_looked_for_further_back(
    partition: Partition, told: TranscriptsTold
) -> None:
    """It was paused for half a day, and Redis forgot."""
    partition.write(HOUR_MS, transcript(0, until=32_000))
    past = Past(MemoryOutbox(), told)
    last = await past.last(spoken(12 * HOUR_MS))
    assert last is not None
    assert last.until == 32_000
    assert past.delivered


async def test_a_session_that_begins_is_not_looked_for_far_back(partition: Partition, told: TranscriptsTold) -> None:
    past = Past(MemoryOutbox(), told)
    assert await past.last(spoken(12 * HOUR_MS, position=0)) is None
    assert len(partition.read) == 1
    assert past.beginning(1_600) == 0


async def test_what_only_the_outbox_has_may_not_be_delivered(told: TranscriptsTold) -> None:
    outbox = MemoryOutbox()
    final = transcript(0, until=32_000)
    await outbox.fix(SESSION, final, (await outbox.last(SESSION)).life)
    past = Past(outbox, told)
    assert await past.last(spoken(HOUR_MS)) == final
    assert not past.delivered


async def test_what_the_lane_itself_fixed_counts_when_redis_and_kafka_have_less(told: TranscriptsTold) -> None:
    outbox = MemoryOutbox()
    past = Past(outbox, told)
    first, second = transcript(0, until=32_000), transcript(32_000, until=48_000)
    await past.last(spoken(HOUR_MS, 0))
    assert await past.fix(spoken(HOUR_MS), first)
    outbox.forget()
    assert await past.fix(spoken(HOUR_MS), second)
    assert await past.last(spoken(HOUR_MS)) == second


async def test_a_call_whose_answer_was_lost_with_the_life_of_redis_is_fixed_again(
    partition: Partition, told: TranscriptsTold
) -> None:
    """Redis came back with the final in its memory, or Kafka has it: it is the same one."""
    outbox = MemoryOutbox()
    past = Past(outbox, told)
    final = transcript(0, until=32_000)
    await past.last(spoken(HOUR_MS, 0))
    outbox.forget()
    partition.write(HOUR_MS, final)
    assert await past.fix(spoken(HOUR_MS), final)


async def test_in_a_replay_the_past_does_not_count() -> None:
    past = Past(MemoryOutbox(), NothingTold())
    assert await past.last(record("audio", 0, frame(0, 160_000).message)) is None
    assert past.beginning(160_000) == 160_000
