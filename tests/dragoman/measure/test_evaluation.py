"""A past session beside a reference, from its records."""

from typing import Any

import pytest

from dragoman.measure.evaluation import evaluate
from schemas.messages import Speech, Transcript, Translation, Word

SECOND = 16_000
BASE: dict[str, Any] = {"final": True, "language": "en", "engine": "scripted", "revision": 1}


def transcript(segment: int, until: int, text: str, ready_ms: int, **changes: Any) -> Transcript:
    """Spoken at its position: sample 0 at 0 ms."""
    where = {"segment": segment, "until": until, "start": segment, "end": until, "spoken_at": until // 16}
    return Transcript(**(BASE | where | {"text": text, "transcribed_at": ready_ms} | changes))


def translation(segment: int, until: int, text: str, ready_ms: int, **changes: Any) -> Translation:
    where = {"segment": segment, "until": until, "start": segment, "end": until, "spoken_at": until // 16}
    more = {"language": "es", "source_text": "", "source_language": "en", "text": text, "translated_at": ready_ms}
    return Translation(**(BASE | where | more | changes))


def speech(segment: int, until: int, ready_ms: int, **changes: Any) -> Speech:
    where = {"segment": segment, "until": until, "start": segment, "end": until, "spoken_at": until // 16}
    sound = {"part": 0, "last": True, "format": "pcm16", "sample_rate": SECOND, "duration_ms": 1, "audio": b"s"}
    more = {"language": "es", "source_language": "en", "synthesized_at": ready_ms}
    return Speech(**(BASE | where | sound | more | changes))


def test_a_word_is_seen_when_it_first_stood_in_its_place_and_what_did_not_stay_was_taken_back():
    words = (
        Word(text="good", start=0, end=SECOND, confidence=1),
        Word(text="morning", start=SECOND, end=2 * SECOND, confidence=1),
    )
    found = evaluate(
        [
            transcript(0, SECOND, "Good", 1_500, final=False),
            transcript(0, 2 * SECOND, "Good warning", 2_100, final=False, revision=2),
            transcript(0, 2 * SECOND, "Good morning.", 2_750, revision=3, words=words),
            transcript(0, 2 * SECOND, "Good morning.", 9_000, revision=3, words=words),  # a worker that took over
        ],
        "en",
        "good morning",
    )
    assert (found.scores.errors, found.finals, found.lost) == (0, 1, 0)
    assert (found.word.count, found.word.p50) == (2, pytest.approx((0.5 + 0.75) / 2))
    assert (found.caption.count, found.caption.p50) == (1, 0.75)
    assert found.normalised_erasure == 0.5


def test_only_records_of_the_language_count_and_speech_from_its_first_part():
    records = [
        transcript(0, SECOND, "Good", 1_500),
        translation(0, SECOND, "Bueno", 1_600),
        translation(SECOND, 2 * SECOND, "", 2_100, outcome="failed", reason="engine"),
        speech(0, SECOND, 1_900, last=False),
        speech(0, SECOND, 5_000, part=1),
        speech(SECOND, 2 * SECOND, 2_500, outcome="skipped", reason="deadline", format="", audio=b""),
    ]
    found = evaluate(records, "es", "bueno")
    assert (found.finals, found.lost, found.scores.errors) == (1, 1, 0)
    assert (found.caption.count, found.caption.p50) == (1, pytest.approx(0.6))
    assert (found.speech.count, found.speech.p50) == (1, pytest.approx(0.9))
    assert found.word.count == 0
    assert found.normalised_erasure is None, "there was no partial"


def test_what_was_revised_later_is_the_text_and_no_time():
    found = evaluate(
        [
            translation(0, SECOND, "Mal", 1_500),
            translation(SECOND, 2 * SECOND, "día", 2_500),
            translation(0, SECOND, "Buen", 60_000, revision=2, revised=True),
        ],
        "es",
        "buen día",
    )
    assert found.scores.errors == 0
    assert (found.caption.count, found.caption.p50) == (2, pytest.approx(0.5))
    assert found.as_dict()["error_rate"] == 0
