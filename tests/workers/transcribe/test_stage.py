"""Finals tile the audio; a frame is settled when the final that accounts for it is delivered."""

import pytest

from schemas.audio import to_ms
from schemas.messages import End, Transcript, Usage
from tests.workers.driving import SESSION, everyone_waits
from tests.workers.transcribe.dictated import (
    CAPTURED_AT,
    Dictated,
    frame,
    frames,
    heard,
    marker,
)
from tests.workers.transcribe.staged import Bench, Listed, finals_of, transcript
from workers.outbox import MemoryOutbox
from workers.stage import DRAIN, Emit, Poisoned, Settle
from workers.transcribe.engine import Quiet

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
