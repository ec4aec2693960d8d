"""The real client library, before a peer that checks every signature."""

import asyncio
import math

import numpy as np
import pytest

from schemas.audio import samples
from tests.workers.amazon.transcribe_peer import TranscribePeer
from tests.workers.transcribe.engines.amazon.conftest import Make
from tests.workers.transcribe.engines.speech import feed, finals, finals_of, heard
from workers.errors import AtCapacity, EngineRefused
from workers.transcribe.engine import Hypothesis, Quiet
from workers.transcribe.engines.amazon.recognition import StreamLimits


def tone(seconds: float) -> bytes:
    """Loud, as speech is for the peer."""
    return (np.sin(np.arange(int(16_000 * seconds)) * 0.2) * 8_000).astype("<i2").tobytes()


def silence(seconds: float) -> bytes:
    return bytes(2 * int(16_000 * seconds))


SPEECH = tone(1.6) + silence(1) + tone(2) + silence(1)


async def test_every_sample_is_sent_signed_and_accounted_for(make: Make, peer: TranscribePeer) -> None:
    recogniser = make()
    await recogniser.start()
    recognition = await recogniser.open("calm-otter-101", "en-GB", ())
    spoken = await finals_of(recognition, SPEECH, position=1_000)
    probe, stream = peer.streams
    assert probe.ended
    assert stream.ended
    assert bytes(stream.audio) == SPEECH
    assert stream.envelopes == math.ceil(samples(SPEECH) / 1_600) + 1
    assert stream.asked("language-code") == "en-GB"
    assert stream.asked("partial-results-stability") == "medium"
    assert [final.text for final in spoken] == ["The gentle art of.", "Gentle art of being heard."]
    assert [(final.start, final.until) for final in spoken] == [(1_000, 26_600), (42_600, 1_000 + samples(SPEECH))]
    assert [word.start for word in spoken[0].words] == [1_000, 7_400, 13_800, 20_200]
    assert peer.connections == 1


async def test_partials_say_what_is_stable(make: Make, peer: TranscribePeer) -> None:
    recogniser = make()
    await recogniser.start()
    recognition = await recogniser.open("calm-otter-101", "en", ())
    listening = asyncio.create_task(heard(recognition, samples(tone(2))))
    await feed(recognition, tone(2))
    await recognition.finish()
    partials = [result for result in await listening if isinstance(result, Hypothesis) and not result.final]
    assert ("The gentle art of", len("The gentle")) in [(each.text, each.stable_chars) for each in partials]


async def test_silence_is_said_to_be_quiet_while_the_stream_goes_on(make: Make, peer: TranscribePeer) -> None:
    recogniser = make()
    await recogniser.start()
    recognition = await recogniser.open("calm-otter-101", "en", ())
    await feed(recognition, silence(4))
    async for result in recognition.results():
        assert isinstance(result, Quiet)
        if result.until == 3 * 16_000:
            break
    assert not peer.streams[-1].ended
    await recognition.close()


async def test_loud_audio_of_which_nothing_is_said_ends_the_stream_which_proves_that_it_was_heard(
    make: Make, peer: TranscribePeer
) -> None:
    """Applause, to Transcribe, is nothing."""
    recogniser = make(limits=StreamLimits(doubt_s=0.5))
    await recogniser.start()
    recognition = await recogniser.open("calm-otter-101", "en", ())
    noise = (np.random.default_rng(1).normal(0, 120, 32_000)).astype("<i2").tobytes()
    await feed(recognition, noise)
    assert (await anext(aiter(recognition.results()))) == Quiet(32_000)
    assert peer.streams[-1].ended
    spoken = await finals_of(recognition, SPEECH, position=32_000)
    assert len(spoken) == 2
    assert len(peer.streams) == 3


async def test_a_stream_without_audio_is_ended_before_the_service_does_it(make: Make, peer: TranscribePeer) -> None:
    recogniser = make(limits=StreamLimits(idle_s=0.2))
    await recogniser.start()
    peer.faults.idle_s = 5.0
    recognition = await recogniser.open("calm-otter-101", "en", ())
    await feed(recognition, tone(1))
    results = await heard(recognition, 16_000)
    assert [final.until for final in finals(results)] == [16_000]
    assert peer.streams[-1].ended


async def test_a_stream_is_renewed_in_a_silence_and_no_word_is_lost(make: Make, peer: TranscribePeer) -> None:
    recogniser = make(limits=StreamLimits(renew_s=0.0))
    await recogniser.start()
    recognition = await recogniser.open("calm-otter-101", "en", ())
    spoken = await finals_of(recognition, SPEECH)
    streams = peer.streams[1:]
    assert len(streams) > 2
    assert b"".join(bytes(stream.audio) for stream in streams) == SPEECH
    assert sum(len(final.words) for final in spoken) == 4 + 5
    assert all(stream.ended for stream in streams)
    for stream in streams[:-1]:
        assert not any(stream.audio[-2 * 4_800 :])


async def test_a_stream_that_is_far_too_old_is_renewed_even_in_speech(make: Make, peer: TranscribePeer) -> None:
    recogniser = make(limits=StreamLimits(renew_s=0.0, renew_at_latest_s=0.0))
    await recogniser.start()
    recognition = await recogniser.open("calm-otter-101", "en", ())
    await finals_of(recognition, tone(1), step=4_000)
    assert b"".join(bytes(stream.audio) for stream in peer.streams[1:]) == tone(1)
    assert len(peer.streams) == 1 + 4


async def test_what_is_to_be_found_out_is_asked_for_and_told_to_the_next_stream(
    make: Make, peer: TranscribePeer
) -> None:
    recogniser = make(vocabularies={"en-US": "medicine"}, filters={"es-US": "curses"})
    await recogniser.start()
    recognition = await recogniser.open("calm-otter-101", "auto", ())
    spoken = await finals_of(recognition, SPEECH)
    assert {(final.language, final.certain) for final in spoken} == {("en", True)}
    await finals_of(recognition, SPEECH, position=samples(SPEECH))
    first, second = peer.streams[1:]
    assert first.asked("identify-language") == "True"
    assert first.asked("language-options") == "en-US,es-US"
    assert first.asked("vocabulary-names") == "medicine"
    assert first.asked("vocabulary-filter-names") == "curses"
    assert first.asked("vocabulary-filter-method") == "mask"
    assert second.asked("language-code") == "en-US"
    assert second.asked("vocabulary-name") == "medicine"
    assert second.asked("vocabulary-filter-method") is None


async def test_a_session_that_is_closed_in_the_midst_of_a_word_ends_without_an_error(
    make: Make, peer: TranscribePeer
) -> None:
    recogniser = make()
    await recogniser.start()
    recognition = await recogniser.open("calm-otter-101", "en", ())
    spoken: asyncio.Queue[Hypothesis | Quiet] = asyncio.Queue()

    async def hear() -> None:
        async for result in recognition.results():
            spoken.put_nowait(result)

    hearing = asyncio.create_task(hear())
    await feed(recognition, tone(1))
    await spoken.get()
    await recognition.close()
    await hearing
    assert recogniser.capacity[0] == 0


async def test_a_session_too_many_is_refused_and_a_closed_one_makes_room(make: Make, peer: TranscribePeer) -> None:
    recogniser = make(streams=1)
    await recogniser.start()
    first = await recogniser.open("calm-otter-101", "en", ())
    assert recogniser.capacity == (1, 1)
    with pytest.raises(AtCapacity):
        await recogniser.open("wise-heron-202", "en", ())
    await first.close()
    await recogniser.open("wise-heron-202", "en", ())
    with pytest.raises(EngineRefused, match="tlh"):
        await recogniser.open("bold-finch-303", "tlh", ())
