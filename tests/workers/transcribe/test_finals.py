"""What a lane knows of its last final, over a Redis that forgets and a Kafka that does not."""

from dragoman.runtime.wall_clock import CLOCKS_DIFFER_MS
from schemas.messages import Transcript
from tests.workers.driving import SESSION
from tests.workers.texts import transcript
from tests.workers.transcribe.dictated import frame
from workers.outbox import MemoryOutbox
from workers.transcribe.delivered import DeliveredFinals
from workers.transcribe.finals import LaneFinals

FIRST = transcript(0, "one", until=8_000)
SECOND = transcript(8_000, "two", until=12_000)


class Topic:
    """What `transcripts` holds: a final, and when it was written."""

    def __init__(self, final: Transcript | None = None, written_at: int = 2_000_000) -> None:
        self.final, self.written_at, self.ended = final, written_at, False
        self.looks: list[int] = []

    async def of(self, session_id: str, partition: int, since_ms: int) -> DeliveredFinals:
        self.looks.append(since_ms)
        return DeliveredFinals(self.final if self.written_at >= since_ms else None, self.ended)


async def begun(outbox: MemoryOutbox, topic: Topic, position: int = 0) -> LaneFinals:
    finals = LaneFinals(outbox, topic, frame(0, position))
    await finals.look()
    return finals


async def remembering(final: Transcript | None) -> MemoryOutbox:
    outbox = MemoryOutbox()
    await outbox.remember(SESSION, final, outbox.life)
    return outbox


async def test_the_later_of_outbox_and_kafka_is_the_last_final() -> None:
    ahead = await begun(await remembering(SECOND), Topic(FIRST))
    assert (ahead.last, ahead.undelivered) == (SECOND, True)
    behind = await begun(await remembering(FIRST), Topic(SECOND))
    assert (behind.last, behind.undelivered) == (SECOND, False)


async def test_an_outbox_that_forgot_is_told_what_kafka_holds() -> None:
    outbox = MemoryOutbox()
    await begun(outbox, Topic(FIRST))
    assert (await outbox.last(SESSION)).final == FIRST


async def test_a_final_is_fixed_under_a_new_life_when_kafka_knows_nothing_later() -> None:
    outbox, topic = MemoryOutbox(), Topic()
    finals = await begun(outbox, topic)
    assert await finals.fix(FIRST)
    topic.final = FIRST
    outbox.life, outbox._last = "another", {}
    assert await finals.fix(SECOND)
    assert (await outbox.last(SESSION)).final == SECOND


async def test_a_redis_set_back_lets_no_zombie_make_a_second_version() -> None:
    """The zombie knows FIRST. SECOND was fixed and delivered; then Redis went back to FIRST in another life."""
    outbox, topic = await remembering(FIRST), Topic(FIRST)
    zombie = await begun(outbox, topic)
    topic.final = SECOND
    outbox.life = "another"
    assert not await zombie.fix(transcript(8_000, "too", until=11_000))
    assert (zombie.last, (await outbox.last(SESSION)).final) == (SECOND, SECOND)


async def test_a_redis_emptied_in_the_same_life_lets_no_second_version_pass() -> None:
    outbox, topic = await remembering(FIRST), Topic(FIRST)
    zombie = await begun(outbox, topic)
    topic.final, outbox._last = SECOND, {}
    assert not await zombie.fix(transcript(8_000, "too", until=11_000))
    assert zombie.last == SECOND


async def test_a_lane_that_fixed_a_final_knows_it_even_if_nobody_else_does() -> None:
    outbox = MemoryOutbox()
    finals = await begun(outbox, Topic())
    await finals.fix(FIRST)
    outbox.life, outbox._last = "another", {}
    assert await finals.fix(SECOND)


async def test_a_lane_looks_far_back_only_when_nobody_knows_where_the_last_final_ended() -> None:
    hours_ago = Topic(FIRST, written_at=0)
    first = frame(0, 16_000)
    late = type(first)(first.topic, 0, 0, SESSION, first.message, written_at=10 * 3_600_000)
    finals = LaneFinals(MemoryOutbox(), hours_ago, late)
    await finals.look()
    assert finals.last == FIRST
    assert hours_ago.looks[0] == late.written_at - CLOCKS_DIFFER_MS
    assert hours_ago.looks == sorted(hours_ago.looks, reverse=True)
    known = Topic(FIRST, written_at=-1)
    finals = LaneFinals(await remembering(None), known, late)
    await finals.look()
    assert known.looks == [late.written_at - CLOCKS_DIFFER_MS]
    beginning = Topic()
    await begun(MemoryOutbox(), beginning, position=0)
    assert len(beginning.looks) == 1


async def test_a_final_of_another_worker_and_an_end_are_noticed_by_comparing() -> None:
    outbox, topic = await remembering(FIRST), Topic(FIRST)
    finals = await begun(outbox, topic)
    assert not await finals.overtaken()
    await outbox.remember(SESSION, SECOND, outbox.life)
    assert await finals.overtaken()
    assert finals.last == SECOND


async def test_nothing_is_fixed_after_the_end() -> None:
    outbox, topic = await remembering(FIRST), Topic(FIRST)
    finals = await begun(outbox, topic)
    topic.ended, outbox.life = True, "another"
    assert not await finals.fix(SECOND)
    assert finals.ended
