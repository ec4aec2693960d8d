"""What a lane does with engines that fail, hang, refuse or have no place."""

import asyncio

from schemas.messages import End, Transcript, Usage
from tests.workers.driving import everyone_waits, until
from tests.workers.transcribe.dictated import (
    FRAME,
    Dictated,
    frame,
    frames,
    heard,
    marker,
)
from tests.workers.transcribe.staged import Bench, transcript
from workers.errors import AtCapacity, EngineCrashed, EngineEnded, EngineKilled, EngineRefused
from workers.outbox import MemoryOutbox
from workers.transcribe.engine import Quiet
from workers.transcribe.stage import LONGEST_UTTERANCE_MS

# Engines that fail


async def test_an_utterance_is_heard_again_by_the_same_engine_then_by_the_next_and_then_announced_as_a_hole() -> None:
    first, second = Dictated("first"), Dictated("second")
    async with Bench(first, second) as bench:
        await bench.give(*frames(0, 8_000))
        first.opened[0].say(heard(3_200), EngineCrashed())
        await everyone_waits()
        assert first.opened[1].fed == [(3_200, 4_800), (4_800, 6_400), (6_400, 8_000)]
        first.opened[1].say(EngineCrashed())
        await everyone_waits()
        assert second.opened[0].fed == first.opened[1].fed
        second.opened[0].say(EngineCrashed())
        await everyone_waits()
        second.opened[1].say(EngineCrashed())
        await everyone_waits()
        assert bench.spans == [(0, 3_200), (3_200, 8_000)]
        hole = bench.finals[-1]
        assert (hole.outcome, hole.reason, hole.text) == ("failed", "engine", "")
        assert bench.settled == [0, 1, 2, 3, 4]
        usage = bench.emitted(Usage)[-1]
        assert (usage.outcome, usage.reason, usage.segment) == ("failed", "engine", 3_200)
        assert all(opened.closed for opened in [*first.opened, *second.opened])


async def test_a_final_names_the_engine_that_heard_it() -> None:
    first, second = Dictated("first"), Dictated("second")
    first.refuses = [AtCapacity()]
    async with Bench(first, second) as bench:
        await bench.give(*frames(0, 8_000))
        second.opened[0].say(heard(3_200), heard(4_800, start=3_200, final=False), heard(8_000, start=3_200))
        await everyone_waits()
        assert {message.engine for message in bench.emitted(Transcript)} == {"second"}
        assert {usage.engine for usage in bench.emitted(Usage)} == {"second"}


async def test_the_engine_that_failed_is_the_one_that_loses_a_try() -> None:
    first, second = Dictated("first"), Dictated("second")
    first.refuses = [AtCapacity(), AtCapacity()]
    async with Bench(first, second) as bench:
        await bench.give(*frames(0, 8_000))
        second.opened[0].say(heard(3_200))
        await everyone_waits()
        second.opened[0].say(EngineRefused())
        await everyone_waits()
        assert len(second.opened) == 1
        assert bench.spans == [(0, 3_200), (3_200, 8_000)]
        assert bench.finals[-1].outcome == "failed"


async def test_after_a_fallback_failed_the_first_engine_has_all_its_tries() -> None:
    first, second = Dictated("first"), Dictated("second")
    first.refuses = [AtCapacity()]
    async with Bench(first, second) as bench:
        await bench.give(*frames(0, 8_000))
        second.opened[0].say(heard(3_200))
        await everyone_waits()
        second.opened[0].say(EngineCrashed())
        await everyone_waits()
        first.opened[0].say(EngineCrashed())
        await everyone_waits()
        assert (len(first.opened), len(second.opened)) == (2, 1)


async def test_each_utterance_has_all_tries() -> None:
    first, second = Dictated("first"), Dictated("second")
    async with Bench(first, second) as bench:
        await bench.give(*frames(0, 8_000))
        first.opened[0].say(EngineCrashed())
        await everyone_waits()
        first.opened[1].say(heard(3_200), EngineCrashed())
        await everyone_waits()
        assert first.opened[2].fed[0] == (3_200, 4_800)
        assert second.opened == []


async def test_a_refusal_is_not_tried_again_on_the_same_engine() -> None:
    first, second = Dictated("first"), Dictated("second")
    async with Bench(first, second) as bench:
        await bench.give(*frames(0, 8_000))
        first.opened[0].say(EngineRefused())
        await everyone_waits()
        assert len(first.opened) == 1
        assert second.opened[0].fed[0] == (0, FRAME)


async def test_an_engine_for_another_language_is_passed_over() -> None:
    french, any_language = Dictated("french", "fr"), Dictated("any", "*")
    async with Bench(french, any_language) as bench:
        await bench.give(*frames(0, 8_000))
        assert french.opened == []
        assert len(any_language.opened) == 1


async def test_a_language_that_no_engine_understands_is_a_hole() -> None:
    async with Bench(Dictated("french", "fr")) as bench:
        await bench.give(*frames(0, 1_600))
        assert [(final.outcome, final.until) for final in bench.finals] == [("failed", 1_600)]
        assert bench.settled == [0]


async def test_the_hole_covers_all_audio_that_waited_when_the_engine_could_not_be_opened_again() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        engine.refuses = [EngineCrashed() for _ in range(9)]
        engine.opened[0].say(EngineCrashed())
        await everyone_waits()
        assert bench.spans == [(0, 8_000)]
        assert bench.finals[0].outcome == "failed"
        assert bench.settled == [0, 1, 2, 3, 4]


async def test_a_lane_for_which_no_recogniser_is_free_does_not_announce_a_hole_every_second() -> None:
    engine = Dictated()
    engine.refuses = [AtCapacity()]
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 1_600))
        assert bench.spans == [(0, 1_600)]
        assert (bench.finals[0].outcome, bench.finals[0].reason) == ("failed", "at-capacity")
        assert bench.emitted(Usage)[0].reason == "at-capacity"
        bench.clock.forward(9)
        await bench.give(*frames(1_600, 3_200, offset=1))
        assert engine.opened == []
        bench.clock.forward(2)
        await bench.give(*frames(3_200, 4_800, offset=2))
        assert engine.opened[0].fed == [(1_600, 3_200), (3_200, 4_800)]


async def test_after_a_hole_the_lane_rests_and_then_hears_everything_since() -> None:
    engine = Dictated()
    engine.refuses = [EngineCrashed(), EngineCrashed()]
    async with Bench(engine) as bench:
        await bench.give(frame(0, 0))
        assert bench.spans == [(0, 1_600)]
        await bench.give(*frames(1_600, 4_800))
        assert engine.opened == []
        bench.clock.forward(1)
        await bench.give(frame(3, 4_800))
        assert engine.opened[0].fed == [(1_600, 3_200), (3_200, 4_800), (4_800, 6_400)]


async def test_a_session_that_ends_while_the_lane_rests_is_heard_to_its_end() -> None:
    engine = Dictated()
    engine.refuses = [EngineCrashed(), EngineCrashed()]
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 4_800), marker(3, "end", 4_800))
        assert bench.running
        bench.clock.forward(1)
        await bench.idle()
        await bench.returned()
        assert engine.opened[0].fed[-1] == (3_200, 4_800)
        assert bench.emitted(End)
        assert bench.settled == [0, 1, 2, 3]


class FarOutbox(MemoryOutbox):
    """Others go on while it fixes."""

    async def fix(self, session_id: str, final: Transcript, after: int | None, life: str) -> bool:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return await super().fix(session_id, final, after, life)


async def test_what_a_dropped_recognition_still_says_does_not_count() -> None:
    engine = Dictated()
    async with Bench(engine, outbox=FarOutbox()) as bench:
        await bench.give(*frames(0, 8_000))
        other = transcript(1_600, 3_200)
        bench.deliver.clear()
        engine.opened[0].say(heard(1_600), heard(4_800, start=1_600), heard(8_000, start=4_800))
        await everyone_waits()  # the first is being delivered, the others wait in the merge
        await bench.other_fixes(transcript(0, 1_600, "0 to 1600"))
        await bench.other_fixes(other)
        bench.deliver.set()
        await everyone_waits()
        assert bench.spans == [(0, 1_600), (1_600, 3_200)]
        assert bench.finals[-1] == other
        engine.opened[1].say(heard(8_000, start=3_200))
        await everyone_waits()
        assert bench.spans[2:] == [(3_200, 8_000)]


async def test_an_engine_that_fails_when_it_is_asked_to_finish_does_not_keep_the_session_from_ending() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        engine.opened[0].fail_finish = EngineCrashed()
        await bench.give(marker(5, "end", 8_000))
        await bench.returned()
        assert engine.opened[1].fed[-1] == (6_400, 8_000)
        assert bench.emitted(End)
        assert sorted(bench.settled) == list(range(6))


async def test_an_engine_that_always_fails_to_finish_leaves_a_hole_and_not_a_dead_worker() -> None:
    class Unfinished(Dictated):
        async def open(self, *args: object) -> "object":  # type: ignore[override]
            recognition = await super().open("", "", ())
            recognition.fail_finish = EngineCrashed()
            return recognition

    async with Bench(Unfinished()) as bench:  # type: ignore[arg-type]
        await bench.give(*frames(0, 8_000), marker(5, "end", 8_000))
        await bench.returned()
        assert [(final.outcome, final.until) for final in bench.finals] == [("failed", 8_000)]
        assert bench.emitted(End)
        assert sorted(bench.settled) == list(range(6))


async def test_an_engine_that_dies_in_silence_does_not_keep_the_session_from_ending() -> None:
    """All audio is settled, so that nothing is left to hear again; the end must come all the same."""
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 16_000))
        engine.opened[0].say(heard(8_000), Quiet(16_000))
        await everyone_waits()
        engine.opened[0].fail_finish = EngineCrashed()
        await bench.give(marker(10, "end", 16_000))
        await bench.returned()
        assert bench.spans == [(0, 8_000)]
        assert bench.emitted(End)[0].position == 16_000


async def test_an_engine_that_hangs_is_left_when_its_time_is_over() -> None:
    engine = Dictated()
    async with Bench(engine, timeout_s=10) as bench:
        await bench.give(*frames(0, 8_000))
        bench.clock.forward(19)
        await bench.give(frame(5, 8_000))
        assert len(engine.opened) == 1
        bench.clock.forward(2)
        await bench.give(frame(6, 9_600))
        assert engine.opened[0].closed
        assert engine.opened[1].fed[-1] == (9_600, 11_200)
        bench.clock.forward(1)
        await bench.give(frame(7, 11_200))
        assert len(engine.opened) == 2  # the second try has a time of its own
        assert bench.finals == []


async def test_an_engine_that_hangs_while_it_finishes_is_left_when_its_time_is_over() -> None:
    engine = Dictated()
    async with Bench(engine, timeout_s=10) as bench:
        await bench.give(*frames(0, 8_000))
        engine.opened[0].mute_finish = True
        await bench.give(marker(5, "end", 8_000))
        bench.clock.forward(21)
        await bench.idle()
        await bench.returned()
        assert engine.opened[1].finishes == 1
        assert bench.emitted(End)


async def test_an_engine_is_not_blamed_for_a_time_without_audio() -> None:
    """A broker that was away for half a minute, with a tail of silence unsettled."""
    engine = Dictated()
    async with Bench(engine, timeout_s=10) as bench:
        await bench.give(*frames(0, 8_000))
        engine.opened[0].say(heard(6_400))
        await everyone_waits()
        bench.clock.forward(30)
        await bench.give(frame(5, 8_000))
        assert len(engine.opened) == 1


async def test_an_engine_that_hangs_while_it_opens_is_left_when_its_time_is_over() -> None:
    stuck, fine = Dictated("stuck"), Dictated("fine")
    stuck.hangs = True
    almost_none_s = 0.001 - LONGEST_UTTERANCE_MS / 1000
    async with Bench(stuck, fine, timeout_s=almost_none_s) as bench:
        await bench.give(*frames(0, 1_600))
        await until(lambda: fine.opened)
        await everyone_waits()
        assert fine.opened[0].fed == [(0, 1_600)]


async def test_audio_that_ends_the_recognisers_process_three_times_is_buried_and_announced_as_a_hole() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        for life in range(3):
            assert not bench.buried
            engine.opened[life].say(EngineEnded("(SIGSEGV)"))
            await everyone_waits()
        assert [(final.segment, final.until, final.outcome) for final in bench.finals] == [(0, 8_000, "failed")]
        assert bench.buried == [(offset, "ended its engine's process 3 times (SIGSEGV)") for offset in range(5)]
        assert bench.settled == list(range(5))
        bench.clock.forward(1)
        await bench.give(*frames(8_000, 16_000))
        engine.opened[3].say(EngineEnded(), heard(16_000, start=8_000))
        await everyone_waits()
        engine.opened[4].say(heard(16_000, start=8_000))
        await everyone_waits()
        assert bench.spans[-1] == (8_000, 16_000)
        assert len(bench.buried) == 5


async def test_a_recogniser_that_was_killed_from_outside_costs_no_try_and_no_word() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        for life in range(9):
            engine.opened[life].say(EngineKilled("(SIGKILL)"))
            await everyone_waits()
        engine.opened[9].say(heard(8_000))
        await everyone_waits()
        assert [(final.segment, final.until, final.outcome) for final in bench.finals] == [(0, 8_000, "ok")]
        assert not bench.buried
