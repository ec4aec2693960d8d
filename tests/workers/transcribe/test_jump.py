"""A lane that is too far behind jumps to live, and says what it passed over."""

from dataclasses import replace

from schemas.messages import End, Usage
from tests.workers.driving import Clock, Driven
from tests.workers.transcribe.dictated import Dictated, frame, heard, marker
from tests.workers.transcribe.spans import finals, spans
from workers.outbox import MemoryOutbox
from workers.stage import Idle, Record
from workers.transcribe.jump import LONGEST, MEASURE_MS, Jump, live_in_ms
from workers.transcribe.stage import transcribe

MEASURE_S = MEASURE_MS / 1000


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

    async def jumped(self, *seconds_ago: float) -> None:
        """Gives frames that were written so long ago; the engine says nothing to the first, until the lane jumps."""
        await self.give(self.written(seconds_ago[0], 0))
        self.clock.forward(MEASURE_S)
        await self.give(*(self.written(ago, number) for number, ago in enumerate(seconds_ago[1:], 1)))


async def test_a_lane_too_far_behind_hears_again_at_the_first_live_frame() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.jumped(121, 60, 5)
        assert engine.opened[0].closed
        assert bench.settled == []
        await bench.give(bench.written(4.9, 3))
        assert spans(bench) == [(0, 4_800)]
        (passed,) = finals(bench)
        assert (passed.outcome, passed.reason, passed.text, passed.engine) == ("skipped", "jump", "", "")
        (usage,) = bench.emitted(Usage)
        assert (usage.outcome, usage.reason, usage.seconds) == ("skipped", "jump", 0.3)
        assert bench.settled == [0, 1, 2]
        assert engine.opened[1].fed == [(4_800, 6_400)]


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
        assert not engine.opened[0].closed  # its pace is not known yet
        bench.clock.forward(MEASURE_S)
        await bench.give(bench.written(0, 3))
        assert engine.opened[0].closed
        await bench.give(bench.written(0, 4))
        assert spans(bench) == [(0, 1_600), (1_600, 6_400)]
        assert engine.opened[1].fed == [(6_400, 8_000)]


async def test_a_jump_lands_when_nothing_more_is_queued() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.jumped(130, 129)
        await bench.give(Idle(bench.clock.ms))
        assert spans(bench) == [(0, 3_200)]
        assert bench.settled == [0, 1]


async def test_markers_in_what_is_passed_over_come_out_in_order() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.jumped(130, 129)
        await bench.give(marker(2, "pause", 3_200))
        assert spans(bench) == [(0, 3_200)]
        again = replace(frame(3, 3_200), written_at=bench.clock.ms - 125_000)
        await bench.give(again, marker(4, "end", 4_800))
        await bench.returned()
        assert spans(bench) == [(0, 3_200), (3_200, 4_800)]
        assert bench.emitted(End)[0].position == 4_800
        assert bench.settled == [0, 1, 2, 3, 4]


async def test_a_lane_whose_engine_is_much_faster_than_speech_works_on() -> None:
    """130 s behind, 60 s of speech heard in each second: live in 2 s."""
    engine = Dictated()
    async with Bench(engine) as bench:
        began = bench.clock.ms
        for number in range(130):
            audio = frame(number, number * 16_000, 16_000)
            await bench.give(replace(audio, written_at=began - 130_000 + number * 1_000))
            bench.clock.forward(1 / 60)
            engine.opened[0].say(heard((number + 1) * 16_000, start=number * 16_000))
            await bench.give()
        assert len(spans(bench)) == 130
        assert all(final.outcome == "ok" for final in finals(bench))


def test_how_soon_a_lane_is_live_follows_from_what_it_heard_while_the_speaker_went_on() -> None:
    assert live_in_ms(behind_ms=125_000, worked_ms=2_000, heard_ms=42_000) == 6_000
    assert live_in_ms(behind_ms=125_000, worked_ms=2_000, heard_ms=2_000) == float("inf")


def behind(clock: Clock, seconds: float, position: int = 0) -> Record:
    return replace(frame(0, position), written_at=clock.ms - round(seconds * 1000))


def test_the_pace_is_judged_by_what_is_left_of_the_ten_seconds() -> None:
    clock = Clock()
    jump = Jump(120, clock.now)
    oldest = behind(clock, 200)
    assert not jump.needed(oldest, oldest)
    clock.forward(MEASURE_S)  # 35 s heard in each second: 75 s ahead in 3 s, the rest would take 5 s
    oldest = replace(oldest, written_at=oldest.written_at + 78_000)
    assert not jump.needed(oldest, oldest)
    clock.forward(3)  # the engine has become slow: what is left takes 8 s more
    oldest = replace(oldest, written_at=oldest.written_at + 4_000)
    assert jump.needed(oldest, oldest)


def test_a_lane_that_is_no_longer_too_far_behind_is_measured_anew_the_next_time() -> None:
    clock = Clock()
    jump = Jump(120, clock.now)
    assert not jump.needed(behind(clock, 121), behind(clock, 0))
    clock.forward(MEASURE_S)
    assert not jump.needed(behind(clock, 119), behind(clock, 0))
    clock.forward(MEASURE_S)
    assert not jump.needed(behind(clock, 121), behind(clock, 0))


def test_a_lane_holds_no_more_audio_than_one_final_passes_over() -> None:
    clock = Clock()
    jump = Jump(120, clock.now)
    assert not jump.needed(behind(clock, 600), behind(clock, 301, LONGEST - 3_200))
    assert jump.needed(behind(clock, 600), behind(clock, 300, LONGEST - 1_600))
