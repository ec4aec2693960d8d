"""From a voice to a voice: one Pico speaks English fast and slow, loud and soft, high and low; another one, which the
stages tell how that was, speaks Spanish."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from schemas.audio import SAMPLE_RATE, samples
from schemas.messages import Audio, Prosody, Speech, Transcript
from tests.workers.driving import Clock, Driven, record, until_true
from tests.workers.texts import Room, tags
from tests.workers.transcribe.dictated import FRAME, Dictated, heard
from workers.outbox import MemoryOutbox
from workers.synthesize.choice import Choice
from workers.synthesize.encoder import encode
from workers.synthesize.engine import Encoded, Sound, Tone
from workers.synthesize.engines.pico import PicoSynthesizer
from workers.synthesize.stage import synthesize
from workers.transcribe.prosody import prosody
from workers.transcribe.stage import transcribe
from workers.translate.translations import translation_of

SENTENCES = Path(__file__).parents[1] / "bench" / "sentences"
ENGLISH, SPANISH = [(SENTENCES / f"{tag}.txt").read_text().splitlines()[:4] for tag in ("en", "es")]


@dataclass(frozen=True)
class Manner:
    """How the speaker speaks."""

    rate: float = 1.0
    gain_db: float = 0.0
    pitch_hz: float = 0.0


@dataclass(frozen=True)
class Heard:
    """What a listener hears of the four sentences."""

    seconds: float
    prosody: Prosody


@pytest.fixture
async def pico() -> AsyncIterator[PicoSynthesizer]:
    pytest.importorskip("py_nanotts", reason="not installed: py-nanotts")
    synthesizer = PicoSynthesizer(timeout_s=60)
    await synthesizer.start()
    yield synthesizer
    await synthesizer.close()


async def said(pico: PicoSynthesizer, manners: list[Manner]) -> list[Transcript]:
    """The four sentences in each of these manners, as transcribe gives them out."""
    engine, position, offset = Dictated(), 0, 0
    stage = Driven(
        lambda inbound: transcribe(inbound, recognisers=[engine], outbox=MemoryOutbox(), now=Clock().now, timeout_s=60)
    )
    async with stage:
        for manner in manners:
            for text in ENGLISH:
                tone = Tone(gain_db=manner.gain_db, pitch_hz=manner.pitch_hz)
                pcm = (await pico.synthesize(text, "en", manner.rate, tone)).pcm + bytes(16_000)
                begins = position
                for at in range(0, samples(pcm), FRAME):
                    piece = pcm[2 * at : 2 * (at + FRAME)]
                    audio = Audio(kind="frame", position=position, captured_at=0, language="en", pcm=piece)
                    await stage.give(record("audio", offset, audio))
                    position, offset = position + samples(piece), offset + 1
                engine.opened[0].say(heard(position, start=begins, text=text))
                await stage.give()
        return [transcript for transcript in stage.emitted(Transcript) if transcript.final]


async def encoded(sound: Sound, audio_format: str) -> Encoded:
    """Here instead of in a process."""
    return encode(sound, audio_format)


async def spoken(pico: PicoSynthesizer, transcripts: list[Transcript]) -> Heard:
    """The last four sentences in Spanish. A listener has always heard what came before."""
    room, clock = Room(hearing={"es": tags("pcm16")}), Clock()
    stage = Driven(
        lambda inbound: synthesize(
            inbound, choice=Choice([pico]), encode=encoded, audience=room, now=clock.now, deadline_s=None, timeout_s=60
        )
    )
    async with stage:
        for offset, transcript in enumerate(transcripts):
            text = SPANISH[offset % len(SPANISH)]
            await stage.give(record("translations", offset, translation_of(transcript, "es", text, at=1)))
            await until_true(lambda: not stage.running or len(stage.settled) > offset)  # noqa: B023  # at once
            clock.forward(60)
        speech = stage.emitted(Speech)
    assert [part.outcome for part in speech if part.last] == ["ok"] * len(transcripts)
    last = {transcript.segment for transcript in transcripts[-len(SPANISH) :]}
    pcm = b"".join(part.audio for part in speech if part.segment in last)
    found = prosody(pcm, " ".join(SPANISH), "es")
    assert found is not None
    return Heard(samples(pcm) / SAMPLE_RATE, found)


async def listened(pico: PicoSynthesizer, *manners: Manner) -> Heard:
    return await spoken(pico, await said(pico, list(manners)))


async def test_a_fast_speaker_is_heard_fast_and_a_slow_one_slowly(pico: PicoSynthesizer) -> None:
    slow, usual, fast = [await listened(pico, *[Manner(rate=rate)] * 2) for rate in (0.7, 0.85, 1.3)]
    assert slow.seconds > 1.05 * usual.seconds
    assert usual.seconds > 1.15 * fast.seconds
    assert slow.prosody.rate < usual.prosody.rate < fast.prosody.rate


async def test_who_becomes_louder_is_heard_louder_and_who_becomes_softer_is_heard_softer(
    pico: PicoSynthesizer,
) -> None:
    before = [Manner()] * 2
    soft, usual, loud = [await listened(pico, *before, Manner(gain_db=gain_db)) for gain_db in (-8, 0, 6)]
    assert usual.prosody.loudness_db - soft.prosody.loudness_db > 3
    assert loud.prosody.loudness_db - usual.prosody.loudness_db > 2
    assert soft.seconds == pytest.approx(loud.seconds, rel=0.1)


async def test_a_low_voice_is_heard_low_and_a_high_one_high(pico: PicoSynthesizer) -> None:
    low, high = [await listened(pico, Manner(pitch_hz=hertz)) for hertz in (130, 230)]
    assert low.prosody.pitch_hz < 160
    assert high.prosody.pitch_hz > 210


async def test_what_is_played_is_never_at_full_scale(pico: PicoSynthesizer) -> None:
    loudest = await pico.synthesize(" ".join(SPANISH), "es", 1.0, Tone(gain_db=6, pitch_hz=250))
    levels = np.abs(np.frombuffer(loudest.pcm, "<i2").astype(int))
    assert (levels > 32_000).mean() < 0.001
