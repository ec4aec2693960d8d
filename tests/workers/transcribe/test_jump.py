"""A lane that is too far behind jumps to live, and says what it passed over."""

from dataclasses import replace

from schemas.messages import End, Usage
from tests.workers.driving import Clock, Driven
from tests.workers.transcribe.dictated import Dictated, frame, heard, marker
from tests.workers.transcribe.spans import finals, spans
from workers.outbox import MemoryOutbox
from workers.stage import Idle, Record
from workers.transcribe.stage import transcribe


class Bench(Driven):
    def __init__(self, engine: Dictated, jump_s: float | None = 120) -> None:
        self.clock = Clock()
        super().__init__(
            lambda inbound: transcribe(
                inbound, recognisers=[engine], outbox=MemoryOutbox(), now=self.clock.now, jump_s=jump_s
            )
        )

    def written(self, seconds_ago: float, number: int) -> Record:
        return replace(frame(number, number * 1_600), written_at=self.clock.ms - round(seconds_ago * 1000))


async def test_a_lane_too_far_behind_hears_again_at_the_first_live_frame() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*(bench.written(ago, number) for number, ago in enumerate((121, 60, 5))))
        assert engine.opened == []
        assert bench.settled == []
        await bench.give(bench.written(4.9, 3))
        assert spans(bench) == [(0, 4_800)]
        (passed,) = finals(bench)
        assert (passed.outcome, passed.reason, passed.text, passed.engine) == ("skipped", "jump", "", "")
        (usage,) = bench.emitted(Usage)
        assert (usage.outcome, usage.reason, usage.seconds) == ("skipped", "jump", 0.3)
        assert bench.settled == [0, 1, 2]
        assert engine.opened[0].fed == [(4_800, 6_400)]


async def test_a_lane_that_is_not_that_far_behind_hears_everything() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(bench.written(120, 0))
        assert engine.opened[0].fed == [(0, 1_600)]


async def test_a_replay_never_jumps() -> None:
    engine = Dictated()
    async with Bench(engine, jump_s=None) as bench:
        await bench.give(bench.written(900, 0))
        assert engine.opened[0].fed == [(0, 1_600)]


async def test_a_lane_whose_engine_answers_too_late_jumps_by_the_age_of_what_it_holds() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(bench.written(0, 0), bench.written(0, 1))
        engine.opened[0].say(heard(1_600))
        await bench.give()
        bench.clock.forward(19)
        engine.opened[0].say(heard(3_000, start=1_600, final=False))
        await bench.give()
        bench.clock.forward(102)
        await bench.give(bench.written(0, 2))
        assert engine.opened[0].closed
        await bench.give(bench.written(0, 3))
        assert spans(bench) == [(0, 1_600), (1_600, 4_800)]
        assert engine.opened[1].fed == [(4_800, 6_400)]


async def test_a_jump_lands_when_nothing_more_is_queued() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(bench.written(130, 0), bench.written(129, 1), Idle(bench.clock.ms))
        assert spans(bench) == [(0, 3_200)]
        assert bench.settled == [0, 1]


async def test_markers_in_what_is_passed_over_come_out_in_order() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(bench.written(130, 0), marker(1, "pause", 1_600))
        assert spans(bench) == [(0, 1_600)]
        again = replace(frame(2, 1_600), written_at=bench.clock.ms - 125_000)
        await bench.give(again, marker(3, "end", 3_200))
        await bench.returned()
        assert spans(bench) == [(0, 1_600), (1_600, 3_200)]
        assert bench.emitted(End)[0].position == 3_200
        assert bench.settled == [0, 1, 2, 3]
