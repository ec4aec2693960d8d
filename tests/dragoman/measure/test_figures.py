"""The figures of a measured session."""

import json

import pytest

from dragoman.client.connection import SpeechPart
from dragoman.measure.clips import Clip, place
from dragoman.measure.figures import Figures, figures
from dragoman.measure.hearing import ListenerNotes
from dragoman.measure.measure import RunFigures, Sent
from schemas.messages import Transcript, Word
from schemas.socket import Caption, TranslatedAudio

LOUD = b"\x00\x40" * 16_000


def caption(segment: int, until: int, text: str, language: str, *, final: bool = True) -> Caption:
    return Caption(
        segment=segment,
        revision=until - segment,
        final=final,
        language=language,
        text=text,
        stable_chars=0,
        start_ms=segment // 16,
        end_ms=segment // 16 + 1000,
        spoken_at=0,
        outcome="ok",
        reason="",
    )


def speech(segment: int) -> SpeechPart:
    header = TranslatedAudio(
        segment=segment,
        part=0,
        last=True,
        language="es",
        format="pcm16",
        sample_rate=16_000,
        duration_ms=1000,
        start_ms=0,
        end_ms=0,
        spoken_at=0,
        outcome="ok",
        reason="",
    )
    return SpeechPart(header, bytes(32_000))


@pytest.fixture
def measured() -> RunFigures:
    """Two clips of 1 s speech and 1 s silence, captured from time 100 on; the second is heard as two finals."""
    placed = place([Clip("one", "good morning", LOUD), Clip("two", "good night", LOUD)], silence_s=1)
    sent = Sent()
    for position in range(0, 64_000, 1600):
        sent.note(position, 100 + position / 16_000)
    english, spanish = ListenerNotes("en"), ListenerNotes("es")
    english.captions = [
        (100.75, caption(0, 8_000, "Good", "en", final=False)),
        (101.6, caption(0, 24_000, "Good warning.", "en")),
        (102.8, caption(24_000, 40_000, "", "en")),
        (103.1, caption(40_000, 44_000, "Good", "en")),
        (103.9, caption(44_000, 56_000, "night.", "en")),
    ]
    spanish.captions = [(101.7, caption(0, 24_000, "Buen aviso.", "es"))]
    spanish.speech = [(101.8, speech(0))]
    return RunFigures("calm-otter-1", placed, sent, {"en": english, "es": spanish}, "en", paced=True)


def test_word_errors_are_those_of_the_whole_session_and_of_each_clip(measured: RunFigures):
    found = figures(measured)
    assert (found.words, found.errors) == (4, 1)
    assert found.error_rate == 0.25
    assert [(clip.name, clip.words, clip.errors) for clip in found.clips] == [("one", 2, 1), ("two", 2, 0)]


def test_finals_belong_to_the_clip_in_which_their_words_lie(measured: RunFigures):
    found = figures(measured)
    assert [clip.finals for clip in found.clips] == [1, 2]
    assert found.one_final == ["one"]


def test_latency_counts_from_the_capture_of_the_end_of_speech(measured: RunFigures):
    """The first clip's speech ends at second 101, the second one's at 103."""
    found = figures(measured)
    first, second = found.clips
    assert first.caption_s == {"en": pytest.approx(0.6), "es": pytest.approx(0.7)}
    assert first.speech_s["es"] == pytest.approx(0.8)
    assert second.caption_s == {"en": pytest.approx(0.9), "es": None}
    assert found.captions["en"].count == 2
    assert found.captions["en"].p50 == pytest.approx(0.75)
    assert found.speech["es"].p50 == pytest.approx(0.8)


def test_the_first_partial_counts_from_the_end_of_the_first_word_as_the_recogniser_heard_it(measured: RunFigures):
    transcript = Transcript(
        segment=0,
        until=24_000,
        start=0,
        end=16_000,
        spoken_at=0,
        final=True,
        revision=24_000,
        language="en",
        engine="x",
        text="Good warning.",
        words=(Word(text="good", start=0, end=4_000, confidence=1),),
    )
    found = figures(measured, {0: transcript})
    assert found.first_word_from == "transcripts"
    assert found.first_partial.count == 1
    assert found.first_partial.p50 == pytest.approx(0.5)


def test_without_word_times_the_first_word_is_estimated(measured: RunFigures):
    found = figures(measured)
    assert found.first_word_from == "estimate"
    assert found.first_partial.p50 == pytest.approx(100.75 - (100 + 4 / 13), abs=0.001)


def test_without_pace_there_are_no_latencies(measured: RunFigures):
    found = figures(RunFigures("c", measured.placed, measured.sent, measured.hearings, "en", paced=False))
    assert found.captions["en"].count == found.first_partial.count == found.speech["es"].count == 0
    assert found.errors == 1


def test_holes_and_faults_are_listed_by_language(measured: RunFigures):
    measured.hearings["en"].captions.pop(2)
    measured.hearings["es"].speech.clear()
    found = figures(measured)
    assert len(found.languages["en"].holes) == 1
    assert len(found.languages["es"].speech_faults) == 1
    assert found.languages["en"].speech_faults == []


def test_the_figures_are_json(measured: RunFigures):
    found: Figures = figures(measured)
    assert json.loads(json.dumps(found.as_dict()))["error_rate"] == 0.25
