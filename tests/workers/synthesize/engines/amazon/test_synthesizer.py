"""The real client library, before a peer that checks each request against the model of the service."""

import pytest

from tests.workers.amazon.rest_peer import Faults, RestPeer
from tests.workers.synthesize.engines.amazon.conftest import Make
from workers.errors import EngineRefused, EngineThrottled, EngineUnavailable
from workers.synthesize.engine import Tone


async def test_voices_and_languages_are_those_that_polly_lists_for_the_class(make: Make, peer: RestPeer) -> None:
    peer.pages = True
    synthesizer = make()
    await synthesizer.start()
    assert [voice.name for voice in synthesizer.voices["en-US"]] == ["Joanna", "Matthew", "Ivy"]
    assert [voice.name for voice in synthesizer.voices["es"]] == ["Lucia", "Sergio"]
    assert [voice.name for voice in synthesizer.voices["es-MX"]] == ["Mia"]
    assert [voice.name for voice in synthesizer.voices["zh"]] == ["Zhiyu"]
    assert [voice.name for voice in synthesizer.voices["en-IN"]] == ["Kajal"]
    assert [call.operation for call in peer.calls] == ["DescribeVoices", "DescribeVoices", "SynthesizeSpeech"]
    standard = make(kind="standard")
    await standard.start()
    assert standard.languages == {"en", "en-US", "es", "es-ES"}


@pytest.mark.parametrize(("pitch_hz", "name"), [(0, "Lucia"), (110, "Sergio"), (220, "Lucia")])
async def test_a_voice_suits_the_pitch_of_the_speaker_unless_one_is_pinned(
    pitch_hz: float, name: str, make: Make, peer: RestPeer
) -> None:
    for pinned in ({}, {"es": "Sergio"}):
        synthesizer = make(pinned=pinned)
        await synthesizer.start()
        await synthesizer.synthesize("Hola", "es", 1.0, Tone(pitch_hz=pitch_hz))
        assert peer.calls[-1].request["VoiceId"] == ("Sergio" if pinned else name)
        assert peer.calls[-1].request["LanguageCode"] == "es-ES"


async def test_a_neural_voice_is_told_rate_and_volume_a_standard_one_pitch_too(make: Make, peer: RestPeer) -> None:
    neural, standard = make(), make(kind="standard")
    for synthesizer in (neural, standard):
        await synthesizer.start()
    tone = Tone(gain_db=3.4, pitch_hz=230)
    await neural.synthesize("Tom & Ana < Eva", "es", 1.2, tone)
    told = '<speak><prosody rate="120%" volume="+3dB">Tom &amp; Ana Eva</prosody></speak>'
    assert peer.calls[-1].request["Text"] == told
    await standard.synthesize("Hola", "es", 0.75, tone)
    told = '<speak><prosody rate="75%" volume="+3dB" pitch="+12%">Hola</prosody></speak>'
    assert peer.calls[-1].request["Text"] == told


async def test_a_long_text_is_spoken_sentence_by_sentence(make: Make, peer: RestPeer) -> None:
    synthesizer = make()
    await synthesizer.start()
    before = len(peer.calls)
    sentence = "Esta frase se repite muchas veces hasta que nadie puede más. "
    sound = await synthesizer.synthesize(sentence * 100, "es", 1.0)
    assert len(peer.calls) - before > 6000 / 500
    assert all(call.request["Text"].count(".</prosody>") == 1 for call in peer.calls[before:])
    one = await synthesizer.synthesize(sentence, "es", 1.0)
    assert sound.duration_ms == pytest.approx(100 * one.duration_ms, rel=0.01)


async def test_a_bad_day_is_one_call_and_an_error_and_then_it_works_again(make: Make, peer: RestPeer) -> None:
    """The errors are those of the translator, by the same code."""
    synthesizer = make()
    await synthesizer.start()
    before, peer.faults = len(peer.calls), Faults("ThrottlingException")
    with pytest.raises(EngineThrottled):
        await synthesizer.synthesize("Hola", "es", 1.0)
    assert len(peer.calls) == before + 1
    peer.faults = Faults("InvalidSsmlException")
    with pytest.raises(EngineRefused):
        await synthesizer.synthesize("Hola", "es", 1.0)
    peer.faults = Faults()
    assert (await synthesizer.synthesize("Hola", "es", 1.0)).pcm


async def test_the_start_says_what_is_wrong(make: Make, peer: RestPeer) -> None:
    with pytest.raises(EngineUnavailable, match="region: it has no long-form voice"):
        await make(kind="long-form").start()
    peer.faults = Faults("AccessDeniedException", 403)
    with pytest.raises(EngineUnavailable, match=r"permission: .* polly:DescribeVoices"):
        await make().start()
