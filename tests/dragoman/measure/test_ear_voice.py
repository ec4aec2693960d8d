"""How long after a word its translation is heard."""

import pytest

from dragoman.client.connection import SpeechPart
from dragoman.measure.ear_voice import grown, heard_after
from schemas.messages import Transcript, Word
from schemas.socket import TranslatedAudio


def part(segment: int, duration_ms: int, number: int = 0) -> SpeechPart:
    header = TranslatedAudio(
        segment=segment,
        part=number,
        last=True,
        language="es",
        format="pcm16",
        sample_rate=16_000,
        duration_ms=duration_ms,
        start_ms=0,
        end_ms=0,
        spoken_at=0,
        outcome="ok",
        reason="",
    )
    return SpeechPart(header, b"\0" * 32 * duration_ms)


def transcript(segment: int, *ends: int) -> Transcript:
    words = tuple(Word(text="x", start=end - 100, end=end, confidence=1) for end in ends)
    return Transcript(
        segment=segment,
        until=segment + 16_000,
        start=segment,
        end=segment + 16_000,
        spoken_at=0,
        final=True,
        revision=16_000,
        language="en",
        engine="x",
        text=" ".join("x" for _ in ends),
        words=words,
    )


def captured_at(position: int) -> float:
    return position / 16_000


def test_a_word_is_heard_at_its_share_of_the_speech() -> None:
    found = heard_after([(2.0, part(0, 2000))], {0: transcript(0, 8_000, 16_000)}, captured_at)
    assert found == [(0.5, pytest.approx(2.5 - 0.5)), (1.0, pytest.approx(3.5 - 1.0))]


def test_speech_waits_for_what_is_still_playing() -> None:
    """The second part of the first segment came while the first played, the next segment too."""
    speech = [(2.0, part(0, 2000)), (2.1, part(0, 1000, 1)), (2.2, part(16_000, 1000))]
    found = heard_after(speech, {0: transcript(0, 16_000), 16_000: transcript(16_000, 32_000)}, captured_at)
    assert found == [(1.0, pytest.approx(3.5 - 1.0)), (2.0, pytest.approx(5.5 - 2.0))]


def test_what_has_no_speech_or_no_known_words_is_left_out() -> None:
    silent = part(0, 0)
    assert heard_after([(2.0, silent), (2.0, part(16_000, 500))], {0: transcript(0, 16_000)}, captured_at) == []


def test_the_delay_has_grown_by_what_the_last_words_wait_longer_than_those_after_a_minute() -> None:
    found = [(float(second), 3.0 + max(0, second - 70) / 10) for second in range(121)]
    assert grown(found) == pytest.approx(4.0)
    assert grown(found[:90]) is None
    assert grown([]) is None
