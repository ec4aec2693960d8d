"""What a lane does when another worker has fixed a final of its session."""

from schemas.messages import End
from tests.workers.driving import Clock, Driven, everyone_waits
from tests.workers.transcribe.dictated import (
    Dictated,
    frame,
    frames,
    heard,
    marker,
)
from tests.workers.transcribe.staged import Bench, transcript
from workers.errors import EngineCrashed
from workers.outbox import MemoryOutbox
from workers.stage import KEPT, Emit
from workers.transcribe.delivered import DeliveredFinals
from workers.transcribe.engine import Quiet
from workers.transcribe.stage import transcribe

# Another worker on the same session


async def test_an_overtaken_lane_goes_on_after_the_others_final_without_gap_or_overlap() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 16_000))
        other = transcript(0, 6_400)
        await bench.other_fixes(other)
        engine.opened[0].say(heard(8_000))
        await everyone_waits()
        assert engine.opened[0].closed
        assert engine.opened[1].fed[0] == (6_400, 8_000)
        assert engine.opened[1].fed[-1] == (14_400, 16_000)
        engine.opened[1].say(heard(16_000, start=7_000))
        await everyone_waits()
        assert bench.spans[-1] == (6_400, 16_000)
        assert bench.settled == list(range(10))


async def test_an_overtaken_lane_delivers_the_others_final_because_the_other_may_have_died_before_it_did() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 16_000))
        other = transcript(0, 6_400)
        await bench.other_fixes(other)
        bench.deliver.clear()
        engine.opened[0].say(heard(8_000))
        await everyone_waits()
        assert bench.finals == [other]
        assert bench.settled == []
        bench.deliver.set()
        await everyone_waits()
        assert bench.settled == [0, 1, 2, 3]


async def test_a_lane_overtaken_beyond_its_audio_drops_the_audio_that_was_heard_elsewhere() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        await bench.other_fixes(transcript(0, 20_000))
        engine.opened[0].say(heard(8_000))
        await everyone_waits()
        await bench.give(*frames(8_000, 24_000))
        assert bench.settled == list(range(12))
        assert engine.opened[1].fed == [(20_000, 20_800), (20_800, 22_400), (22_400, 24_000)]


async def test_a_hole_that_is_overtaken_loses_nothing_of_what_follows() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        engine.refuses = [EngineCrashed()]
        await bench.other_fixes(transcript(0, 3_200))
        engine.opened[0].say(EngineCrashed())
        await everyone_waits()
        assert bench.spans == [(0, 3_200)]
        assert bench.settled == [0, 1]
        await bench.give(frame(5, 8_000))
        assert engine.opened[1].fed == [(3_200, 4_800), (4_800, 6_400), (6_400, 8_000), (8_000, 9_600)]


async def test_a_lane_overtaken_while_it_ends_still_ends() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        engine.opened[0].mute_finish = True
        await bench.give(marker(5, "end", 8_000))
        await bench.other_fixes(transcript(0, 6_400))
        engine.opened[0].say(heard(8_000), Quiet(8_000))
        await everyone_waits()
        assert engine.opened[1].finishes == 1
        await bench.returned()
        assert bench.emitted(End)
        assert sorted(bench.settled) == list(range(6))


async def test_a_lane_that_kept_its_partition_goes_on_after_what_another_worker_fixed_meanwhile() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 16_000))
        await bench.give(KEPT)
        assert not engine.opened[0].closed
        other = transcript(0, 6_400)
        await bench.other_fixes(other)
        await bench.give(KEPT)
        assert engine.opened[0].closed
        assert bench.finals == [other]
        assert bench.settled == [0, 1, 2, 3]
        assert engine.opened[1].fed[0] == (6_400, 8_000)


class Ended:
    """Kafka holds the session's end."""

    async def of(self, session_id: str, partition: int, since_ms: int) -> DeliveredFinals:
        return DeliveredFinals(transcript(0, 8_000), True)


async def test_nothing_follows_an_end_that_was_delivered_and_its_record_is_settled_again() -> None:
    engine, clock = Dictated(), Clock()
    stage = Driven(
        lambda inbound: transcribe(
            inbound, recognisers=[engine], outbox=MemoryOutbox(), now=clock.now, delivered=Ended()
        )
    )
    async with stage:
        await stage.give(*frames(6_400, 11_200), marker(7, "end", 8_000))
        await stage.returned()
        assert stage.settled == [4, 5, 6, 7]
        assert engine.opened == []
        assert not [item for item in stage.outbound if isinstance(item, Emit)]
