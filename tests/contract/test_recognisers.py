"""What every recogniser keeps."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio

from dragoman.runtime.settings import read_settings
from schemas.audio import samples
from tests.workers.amazon.peers import peers_of
from tests.workers.transcribe.engines.speech import SECOND, feed, finals, finals_of, heard, recorded
from workers.transcribe.engine import Hypothesis, Quiet, Recogniser
from workers.transcribe.engines import NAMES, create

SPEECH = ("cards/004.wav", "goforward.raw")
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(params=NAMES, scope="module", loop_scope="module")
async def recogniser(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Recogniser]:
    """One for all tests: to load a model takes longer than most of them."""
    async with peers_of(request.param, tmp_path_factory.mktemp("peers")) as there:
        settings = read_settings(recognisers=1, sessions_per_recogniser=4, engine_timeout_s=120, **there)
        recogniser = create(request.param, settings)
        await recogniser.start()
        yield recogniser
        await recogniser.close()


@pytest.fixture
def speech() -> bytes:
    return b"".join(recorded(name) for name in SPEECH)


def gist(spoken: list[Hypothesis]) -> list[tuple[str, int, int, int]]:
    """What must be equal when the same is heard twice; confidences differ in the fourth decimal."""
    return [(final.text, final.start, final.end, final.until) for final in spoken]


async def test_finals_are_in_order_and_do_not_overlap(recogniser: Recogniser, speech: bytes) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    spoken = await finals_of(recognition, speech)
    assert len(spoken) >= len(SPEECH)
    for final in spoken:
        assert 0 <= final.start <= final.end <= final.until <= samples(speech)
        assert final.stable_chars == len(final.text)
    assert all(before.until <= after.start for before, after in pairwise(spoken))
    await recognition.close()


async def test_what_is_heard_only_grows(recogniser: Recogniser, speech: bytes) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    listening = asyncio.create_task(heard(recognition, samples(speech)))
    await feed(recognition, speech)
    await recognition.finish()
    results = await listening
    hypotheses = [result for result in results if isinstance(result, Hypothesis)]
    assert any(not hypothesis.final for hypothesis in hypotheses)
    assert all(before.until <= after.until for before, after in pairwise(hypotheses))
    assert all(0 <= hypothesis.stable_chars <= len(hypothesis.text) for hypothesis in hypotheses)
    floor = 0
    for result in results:
        if isinstance(result, Quiet):
            assert result.until >= floor
            floor = result.until
        else:
            assert result.start >= floor or result.until > floor
            floor = result.until if result.final else floor
    await recognition.close()


async def test_no_speech_is_heard_where_it_was_said_to_be_quiet(recogniser: Recogniser, speech: bytes) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    listening = asyncio.create_task(heard(recognition, samples(speech)))
    await feed(recognition, speech)
    await recognition.finish()
    quiet = 0
    for result in await listening:
        if isinstance(result, Quiet):
            quiet = result.until
        else:
            assert result.start >= quiet
    await recognition.close()


async def test_finish_accounts_for_everything_that_was_fed(recogniser: Recogniser, speech: bytes) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    end = 1_234 + 20_123
    listening = asyncio.create_task(heard(recognition, end))
    await feed(recognition, speech[: 2 * 20_123], position=1_234, step=777)
    await recognition.finish()
    results = await listening
    assert results[-1] == Quiet(end)
    assert [final.until for final in finals(results)] == [end]
    await recognition.close()


async def test_finish_without_speech_is_quiet_at_once(recogniser: Recogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    await recognition.feed(500, b"\0\0" * 100)
    await recognition.finish()
    await recognition.finish()
    results = await heard(recognition, 600)
    assert results[-1] == Quiet(600)
    await recognition.close()


async def test_it_goes_on_after_finish(recogniser: Recogniser, speech: bytes) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    first = await finals_of(recognition, speech)
    second = await finals_of(recognition, speech, position=samples(speech))
    assert second[0].start >= first[-1].until
    assert len(second) >= len(SPEECH)
    await recognition.close()


async def test_a_jump_in_position_finishes_the_utterance(recogniser: Recogniser, speech: bytes) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    listening = asyncio.create_task(heard(recognition, 1_000_000 + samples(speech)))
    cut = await feed(recognition, speech[: 2 * 18_000])
    await feed(recognition, speech, position=1_000_000)
    await recognition.finish()
    spoken = finals(await listening)
    assert spoken[0].until == cut
    assert all(final.start >= 1_000_000 for final in spoken[1:])
    await recognition.close()


@pytest.mark.parametrize("step", [511, 16_000])
async def test_the_length_of_the_frames_does_not_matter(recogniser: Recogniser, speech: bytes, step: int) -> None:
    one = await recogniser.open("calm-otter-101", "en", ())
    other = await recogniser.open("wise-heron-202", "en", ())
    assert gist(await finals_of(one, speech)) == gist(await finals_of(other, speech, step=step))
    await one.close()
    await other.close()


async def test_sessions_do_not_hear_each_other(recogniser: Recogniser, speech: bytes) -> None:
    one = await recogniser.open("calm-otter-101", "en", ())
    alone = await finals_of(one, speech)
    await one.close()
    pair = [await recogniser.open(session, "en", ()) for session in ("wise-heron-202", "bold-finch-303")]
    together = await asyncio.gather(finals_of(pair[0], speech), finals_of(pair[1], SECOND + speech))
    assert gist(together[0]) == gist(alone)
    assert len(together[1]) >= len(alone)
    for recognition in pair:
        await recognition.close()


async def test_close_ends_the_results(recogniser: Recogniser, speech: bytes) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    listening = asyncio.create_task(heard(recognition, until=10**12))
    await feed(recognition, speech)
    await recognition.close()
    await listening
    assert [result async for result in recognition.results()] == []


async def test_a_language_that_is_to_be_found_out_is_told_and_certain_in_the_end(
    recogniser: Recogniser, speech: bytes
) -> None:
    assert "auto" in recogniser.languages
    recognition = await recogniser.open("calm-otter-101", "auto", ())
    spoken = await finals_of(recognition, speech + speech)
    assert spoken[-1].language
    assert spoken[-1].certain
    certain = [final for final in spoken if final.certain]
    assert {final.language for final in certain} == {spoken[-1].language}
    assert certain == spoken[len(spoken) - len(certain) :]
    await recognition.close()


async def test_a_language_that_was_said_is_not_told(recogniser: Recogniser, speech: bytes) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    assert {(final.language, final.certain) for final in await finals_of(recognition, speech)} == {("", False)}
    await recognition.close()
