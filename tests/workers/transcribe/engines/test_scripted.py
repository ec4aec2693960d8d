"""The recogniser without a model: exact spans, set faults."""

import asyncio

import pytest

from dragoman.runtime.errors import SettingsError
from workers.errors import EngineCrashed
from workers.synthesize.clauses import clauses
from workers.transcribe.engine import Hypothesis, Quiet
from workers.transcribe.engines.scripted import ScriptedRecogniser, ScriptedRecognition


async def opened(latency_ms: float = 0, faults: str = "") -> ScriptedRecognition:
    return await ScriptedRecogniser(latency_ms, faults).open("calm-otter-101", "nl", ())


def pcm(samples: int) -> bytes:
    return bytes(2 * samples)


async def finals(recognition: ScriptedRecognition) -> list[tuple[str, int]]:
    """Text and until of every final up to the Quiet of `finish`."""
    spans = []
    async for result in recognition.results():
        if isinstance(result, Quiet):
            break
        if result.final:
            spans.append((result.text, result.until))
    return spans


@pytest.mark.parametrize("frame", [160, 1_600, 3_200, 4_999, 16_000])
async def test_finals_tile_the_audio_every_32000_samples_whatever_the_length_of_frames(frame: int) -> None:
    recognition = await opened()
    for position in range(0, 80_000, frame):
        await recognition.feed(position, pcm(min(frame, 80_000 - position)))
    await recognition.finish()
    assert await finals(recognition) == [
        ("0 to 32000", 32_000),
        ("32000 to 64000", 64_000),
        ("64000 to 80000", 80_000),
    ]


async def test_it_can_say_two_clauses_which_a_voice_speaks_apart() -> None:
    recognition = await ScriptedRecogniser(clauses=True).open("calm-otter-101", "nl", ())
    await recognition.feed(0, pcm(1_600))
    await recognition.feed(1_600, pcm(30_400))
    await recognition.finish()
    ((text, until),) = await finals(recognition)
    assert (clauses(text), until) == (["0 to 32000 were said,", "and that was all of it"], 32_000)
    assert len(clauses(text.replace("32000", "1600"))) == len(clauses(text.replace("0 to", "1600000 to"))) == 2


async def test_the_first_utterance_begins_at_the_first_position_fed() -> None:
    recognition = await opened()
    for position in range(5_000, 45_000, 8_000):
        await recognition.feed(position, pcm(8_000))
    await recognition.finish()
    assert await finals(recognition) == [("5000 to 37000", 37_000), ("37000 to 45000", 45_000)]


async def test_a_gap_finishes_the_utterance_and_the_next_one_tiles_over_it() -> None:
    recognition = await opened()
    await recognition.feed(0, pcm(8_000))
    await recognition.feed(100_000, pcm(40_000 - 1))
    await recognition.finish()
    assert await finals(recognition) == [
        ("0 to 8000", 8_000),
        ("8000 to 132000", 132_000),
        ("132000 to 139999", 139_999),
    ]


async def test_after_finish_the_next_utterance_begins_where_the_audio_ended() -> None:
    recognition = await opened()
    await recognition.feed(0, pcm(1_000))
    await recognition.finish()
    assert await finals(recognition) == [("0 to 1000", 1_000)]
    await recognition.feed(1_000, pcm(32_000))
    await recognition.finish()
    assert await finals(recognition) == [("1000 to 33000", 33_000)]


async def test_partials_grow_and_come_at_most_five_times_a_second_of_audio() -> None:
    recognition = await opened()
    for position in range(0, 16_000, 320):
        await recognition.feed(position, pcm(320))
    await recognition.finish()
    partials = []
    async for result in recognition.results():
        if not isinstance(result, Hypothesis) or result.final:
            break
        partials.append(result.until)
    assert partials == [3_200, 6_400, 9_600, 12_800, 16_000]


async def test_a_fault_breaks_the_recognition_for_good() -> None:
    recognition = await opened(faults="fail:1")
    await recognition.feed(0, pcm(32_000))
    with pytest.raises(EngineCrashed):
        await finals(recognition)
    with pytest.raises(EngineCrashed):
        await recognition.feed(32_000, pcm(160))


async def test_a_share_of_finals_fails_and_the_same_share_every_time() -> None:
    async def failed() -> list[bool]:
        recogniser = ScriptedRecogniser(faults="fail:0.3")
        outcomes = []
        for _ in range(40):
            recognition = await recogniser.open("calm-otter-101", "en", ())
            await recognition.feed(0, pcm(32_000))
            outcome = await asyncio.gather(anext(recognition.results()), return_exceptions=True)
            if isinstance(outcome[0], Hypothesis) and not outcome[0].final:
                outcome = await asyncio.gather(anext(recognition.results()), return_exceptions=True)
            outcomes.append(isinstance(outcome[0], EngineCrashed))
        return outcomes

    first = await failed()
    assert 4 <= sum(first) <= 20
    assert await failed() == first


async def test_a_call_that_hangs_answers_nothing_until_it_is_closed() -> None:
    recognition = await opened(faults="hang:1")
    await recognition.feed(0, pcm(32_000))
    hanging = asyncio.create_task(finals(recognition))
    done, _ = await asyncio.wait({hanging}, timeout=0.05)
    assert not done
    await recognition.close()
    assert await hanging == []


def test_faults_that_are_none_are_refused() -> None:
    with pytest.raises(SettingsError):
        ScriptedRecogniser(faults="explode:1")
