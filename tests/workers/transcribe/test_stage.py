"""Finals tile the audio; a frame is settled when the final that accounts for it is delivered."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from schemas.audio import to_ms
from schemas.messages import End, Transcript, Usage
from tests.workers.driving import SESSION, Clock, Driven, everyone_waits, until
from tests.workers.transcribe.dictated import (
    CAPTURED_AT,
    FRAME,
    Dictated,
    frame,
    frames,
    heard,
    marker,
)
from workers.errors import AtCapacity, EngineCrashed, EngineEnded, EngineKilled, EngineRefused
from workers.outbox import MemoryOutbox, Outbox
from workers.stage import DRAIN, KEPT, Emit, Idle, Inbound, Outbound, Poisoned, Settle
from workers.transcribe.delivered import Said
from workers.transcribe.engine import Quiet, Recogniser
from workers.transcribe.engines.scripted import ScriptedRecogniser
from workers.transcribe.stage import LONGEST_UTTERANCE_MS, transcribe


class Bench(Driven):
    """The stage over engines of the test."""

    def __init__(self, *recognisers: Recogniser, outbox: Outbox | None = None, timeout_s: float = 10) -> None:
        self.clock = Clock()
        self.outbox = outbox or MemoryOutbox()
        super().__init__(
            lambda inbound: transcribe(
                inbound, recognisers=recognisers, outbox=self.outbox, now=self.clock.now, timeout_s=timeout_s
            )
        )

    async def idle(self) -> None:
        await self.give(Idle(self.clock.ms))

    async def other_fixes(self, final: Transcript) -> None:
        """Another worker is first."""
        await self.outbox.remember(SESSION, final, (await self.outbox.last(SESSION)).life)

    @property
    def finals(self) -> list[Transcript]:
        return [transcript for transcript in self.emitted(Transcript) if transcript.final]

    @property
    def spans(self) -> list[tuple[int, int]]:
        return [(final.segment, final.until) for final in self.finals]


def transcript(segment: int, until: int, text: str = "of another worker") -> Transcript:
    return Transcript(
        segment=segment,
        until=until,
        start=segment,
        end=until,
        spoken_at=0,
        final=True,
        revision=until - segment,
        language="en",
        engine="other",
        text=text,
    )


class Listed:
    """What a list of records yields, from a scripted engine to the end of the session."""

    def __init__(self, *items: Inbound, outbox: Outbox | None = None) -> None:
        self.items, self.outbox = items, outbox or MemoryOutbox()

    async def run(self) -> list[Outbound]:
        async def inbound() -> AsyncIterator[Inbound]:
            for item in self.items:
                yield item

        clock = itertools.count(1_000_000, 1_000)
        stage = transcribe(inbound(), recognisers=[ScriptedRecogniser()], outbox=self.outbox, now=lambda: next(clock))
        return [item async for item in stage]


def finals_of(outbound: list[Outbound]) -> list[Transcript]:
    messages = [item.message for item in outbound if isinstance(item, Emit)]
    return [message for message in messages if isinstance(message, Transcript) and message.final]


# What follows from a list of records


async def test_finals_tile_the_audio_and_their_text_is_the_span() -> None:
    outbound = await Listed(*frames(0, 80_000), marker(50, "end", 80_000)).run()
    finals = finals_of(outbound)
    assert [(final.segment, final.until) for final in finals] == [(0, 32_000), (32_000, 64_000), (64_000, 80_000)]
    assert [final.text for final in finals] == ["0 to 32000", "32000 to 64000", "64000 to 80000"]
    assert [final.revision for final in finals] == [32_000, 32_000, 16_000]
    assert [final.spoken_at for final in finals] == [CAPTURED_AT + to_ms(final.end) for final in finals]
    assert {final.engine for final in finals} == {"scripted"}


async def test_every_record_is_settled_once_and_none_before_its_final() -> None:
    outbound = await Listed(*frames(0, 80_000), marker(50, "end", 80_000)).run()
    settled = [item.record.offset for item in outbound if isinstance(item, Settle)]
    assert settled == list(range(51))
    covered = 0
    for item in outbound:
        if isinstance(item, Emit) and isinstance(item.message, Transcript) and item.message.final:
            covered = item.message.until
        if isinstance(item, Settle) and item.record.offset < 50:
            assert item.record.message.until <= covered  # type: ignore[attr-defined]  # a frame


async def test_the_end_comes_after_the_last_final_with_all_the_audio() -> None:
    outbound = await Listed(*frames(0, 40_000), marker(25, "end", 40_000)).run()
    texts = [item.message for item in outbound if isinstance(item, Emit) and item.topic == "transcripts"]
    assert isinstance(texts[-2], Transcript)
    assert texts[-2].final
    assert texts[-1] == End(position=40_000, language="en", ended_at=CAPTURED_AT + 2_500)
    assert isinstance(outbound[-1], Settle)


@pytest.mark.parametrize("kind", ["pause", "mute"])
async def test_pause_and_mute_finish_the_utterance_and_the_session_goes_on(kind: str) -> None:
    outbound = await Listed(
        *frames(0, 16_000),
        marker(10, kind, 16_000),  # type: ignore[arg-type]  # one of two
        *frames(16_000, 24_000, offset=11),
        marker(16, "end", 24_000),
    ).run()
    assert [final.text for final in finals_of(outbound)] == ["0 to 16000", "16000 to 24000"]
    assert [item.record.offset for item in outbound if isinstance(item, Settle)] == list(range(17))


async def test_a_gap_in_the_audio_is_tiled_by_the_final_behind_it() -> None:
    outbound = await Listed(*frames(0, 8_000), *frames(16_000, 24_000, offset=5), marker(10, "end", 24_000)).run()
    assert [(final.segment, final.until) for final in finals_of(outbound)] == [(0, 8_000), (8_000, 24_000)]


async def test_audio_that_comes_twice_is_heard_once() -> None:
    again = [frame(10, 8_000), frame(11, 0), frame(12, 15_000, 2_600)]
    outbound = await Listed(*frames(0, 16_000), *again, marker(13, "end", 17_600)).run()
    assert [final.text for final in finals_of(outbound)] == ["0 to 17600"]
    assert sorted(item.record.offset for item in outbound if isinstance(item, Settle)) == list(range(14))


async def test_poisoned_audio_becomes_a_hole_that_tiles_and_no_engine_hears_it() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(Poisoned(tuple(frames(0, 16_000))), *frames(16_000, 32_000))
        assert engine.opened[0].fed[0][0] == 16_000
        assert bench.spans == [(0, 16_000)]
        assert (bench.finals[0].outcome, bench.finals[0].text) == ("failed", "")
        assert bench.settled == list(range(10))
        assert (await bench.outbox.last(SESSION)).final == bench.finals[0]


async def test_of_poisoned_audio_what_a_final_accounts_for_makes_no_hole() -> None:
    outbox = MemoryOutbox()
    await outbox.remember(SESSION, transcript(0, 16_000), (await outbox.last(SESSION)).life)
    async with Bench(Dictated(), outbox=outbox) as bench:
        await bench.give(Poisoned(tuple(frames(0, 16_000))))
        assert bench.spans == [(0, 16_000)]
        assert bench.finals[0].engine == "other"
        assert bench.settled == list(range(10))


async def test_a_poisoned_end_still_ends_the_session() -> None:
    async with Bench(Dictated()) as bench:
        await bench.give(Poisoned((marker(0, "end", 0),)))
        await bench.returned()
        assert [end.position for end in bench.emitted(End)] == [0]
        assert bench.settled == [0]


async def test_a_session_without_audio_ends() -> None:
    outbound = await Listed(marker(0, "end", 0)).run()
    assert [type(item.message) for item in outbound if isinstance(item, Emit)] == [End]
    assert [item.record.offset for item in outbound if isinstance(item, Settle)] == [0]


async def test_usage_says_how_many_seconds_were_heard_by_whom() -> None:
    outbound = await Listed(*frames(0, 40_000), marker(25, "end", 40_000)).run()
    usage = [item for item in outbound if isinstance(item, Emit) and isinstance(item.message, Usage)]
    assert [(item.message.segment, item.message.seconds) for item in usage] == [(0, 2.0), (32_000, 0.5)]  # type: ignore[attr-defined]
    assert {(item.message.engine, item.message.outcome, item.awaited) for item in usage} == {  # type: ignore[attr-defined]
        ("scripted", "ok", False)
    }


async def test_usage_says_how_long_the_recogniser_took_whenever_it_was_spoken() -> None:
    """From the last frame of the segment to its final; in a replay the words are old, and that does not count."""
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        bench.clock.forward(0.25)
        engine.opened[0].say(heard(8_000))
        await everyone_waits()
        assert [usage.took_ms for usage in bench.emitted(Usage)] == [250]


async def test_a_lane_that_starts_in_the_middle_hears_on_and_emits_the_last_final_only_if_its_audio_comes_again() -> (
    None
):
    outbox = MemoryOutbox()
    last = transcript(0, 8_000)
    await outbox.remember(SESSION, last, outbox.life)
    again = await Listed(*frames(6_400, 16_000), marker(10, "end", 16_000), outbox=outbox).run()
    assert finals_of(again)[0] == last
    assert [final.text for final in finals_of(again)[1:]] == ["8000 to 16000"]

    outbox = MemoryOutbox()
    await outbox.remember(SESSION, last, outbox.life)
    on = await Listed(*frames(8_000, 16_000, offset=5), marker(10, "end", 16_000), outbox=outbox).run()
    assert [final.text for final in finals_of(on)] == ["8000 to 16000"]


async def test_two_runs_over_the_same_audio_make_one_version_of_it() -> None:
    outbox = MemoryOutbox()
    first = finals_of(await Listed(*frames(0, 40_000), DRAIN, outbox=outbox).run())
    assert [final.until for final in first] in ([], [32_000])
    second = finals_of(await Listed(*frames(3_200, 40_000), marker(25, "end", 40_000), outbox=outbox).run())
    versions = {final.segment: final.text for final in [*first, *second]}
    assert all(versions[final.segment] == final.text for final in [*first, *second])
    assert second[-1].until == 40_000


# What is open, and for how long


async def test_the_stage_goes_on_after_a_final_only_when_it_is_delivered() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        bench.deliver.clear()
        engine.opened[0].say(heard(8_000), Quiet(8_000))
        await everyone_waits()
        assert bench.spans == [(0, 8_000)]
        assert bench.settled == []
        bench.deliver.set()
        await everyone_waits()
        assert bench.settled == [0, 1, 2, 3, 4]


async def test_a_frame_that_is_partly_behind_the_final_stays_open() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        engine.opened[0].say(heard(7_000))
        await everyone_waits()
        assert bench.settled == [0, 1, 2, 3]
        engine.opened[0].say(heard(8_000, start=7_100))
        await everyone_waits()
        assert bench.spans == [(0, 7_000), (7_000, 8_000)]
        assert bench.settled == [0, 1, 2, 3, 4]


async def test_silence_is_settled_without_a_final() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        engine.opened[0].say(Quiet(5_000))
        await everyone_waits()
        assert bench.settled == [0, 1, 2]
        assert bench.finals == []


async def test_partials_are_at_most_five_a_second_and_nothing_waits_for_them() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        bench.deliver.clear()
        await bench.give(*frames(0, 8_000))
        for until in (1_600, 3_200, 4_800, 6_400, 8_000):
            engine.opened[0].say(heard(until, final=False))
            await everyone_waits()
            bench.clock.forward(0.1)
        assert [partial.revision for partial in bench.emitted(Transcript)] == [1_600, 4_800, 8_000]
        assert not any(item.awaited for item in bench.outbound if isinstance(item, Emit))
        assert bench.settled == []


async def test_draining_leaves_the_open_utterance_to_the_successor() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        engine.opened[0].say(heard(3_200), heard(8_000, start=3_200, final=False))
        await everyone_waits()
        await bench.give(DRAIN)
        await bench.returned()
        assert bench.settled == [0, 1]
        assert bench.spans == [(0, 3_200)]
        assert engine.opened[0].closed


async def test_a_lost_lane_frees_its_engine() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
    assert engine.opened[0].closed
    assert bench.settled == []


async def test_an_idle_speaker_has_the_utterance_finished_and_the_rest_settled() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        engine.opened[0].mute_finish = True
        await bench.idle()
        assert engine.opened[0].finishes == 1
        engine.opened[0].say(heard(6_400), Quiet(8_000))
        await everyone_waits()
        assert bench.spans == [(0, 6_400)]
        assert bench.settled == [0, 1, 2, 3, 4]
        await bench.idle()
        assert engine.opened[0].finishes == 1


async def test_audio_that_comes_while_an_utterance_is_finished_is_finished_by_the_next_idle() -> None:
    """The speaker came back for a moment before the engine was quiet, and vanished again."""
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        engine.opened[0].mute_finish = True
        await bench.idle()
        await bench.give(*frames(8_000, 16_000))
        engine.opened[0].say(heard(8_000), Quiet(8_000))
        await everyone_waits()
        await bench.idle()
        assert engine.opened[0].finishes == 2


async def test_what_waits_for_a_quiet_engine_goes_on_only_then() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000))
        engine.opened[0].mute_finish = True
        await bench.give(marker(5, "pause", 8_000))
        assert bench.settled == []
        engine.opened[0].say(heard(8_000), Quiet(6_400))
        await everyone_waits()
        assert bench.settled == [0, 1, 2, 3, 4]
        engine.opened[0].say(Quiet(8_000))
        await everyone_waits()
        assert bench.settled == [0, 1, 2, 3, 4, 5]


async def test_a_pause_that_comes_again_behind_later_audio_cuts_no_word() -> None:
    """A speaker's client that resumes sends again what was not acknowledged, markers too."""
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 8_000), marker(5, "pause", 8_000), *frames(8_000, 16_000, offset=6))
        assert engine.opened[0].finishes == 1
        await bench.give(marker(11, "pause", 8_000))
        assert engine.opened[0].finishes == 1
        assert 11 in bench.settled


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

    async def of(self, session_id: str, partition: int, since_ms: int) -> Said:
        return Said(transcript(0, 8_000), True)


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
