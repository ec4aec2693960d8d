"""What one listener of a measured session got."""

import io
from itertools import count

import av
import msgspec
import numpy as np
import pytest

from dragoman.client.connection import SpeechPart
from dragoman.client.listener import Missed
from dragoman.measure.hearing import ListenerNotes, decoded_ms, fits, holes, speech_faults
from schemas.socket import Caption, SessionEnded, TranslatedAudio

COMMON = {"language": "es", "start_ms": 0, "end_ms": 0, "spoken_at": 0}


def caption(segment: int, revision: int, text: str = "hola", *, final: bool = True, outcome: str = "ok") -> Caption:
    fields = {**COMMON, "stable_chars": 0, "outcome": outcome, "reason": ""}
    return Caption(segment=segment, revision=revision, final=final, text=text, **fields)  # type: ignore[arg-type]  # fields


def part(segment: int, audio: bytes, duration_ms: int, audio_format: str = "pcm16") -> SpeechPart:
    fields = {**COMMON, "part": 0, "last": True, "sample_rate": 16_000, "outcome": "ok", "reason": "deadline"}
    header = TranslatedAudio(segment=segment, format=audio_format, duration_ms=duration_ms, **fields)  # type: ignore[arg-type]
    return SpeechPart(header, audio)


def heard(*messages: object) -> ListenerNotes:
    ticks = count(1)
    hearing = ListenerNotes("es", now=lambda: float(next(ticks)))
    for message in messages:
        hearing.note(message)  # type: ignore[arg-type]  # what a listener yields
    return hearing


def test_the_first_of_each_kind_counts():
    hearing = heard(
        caption(0, 5, "", final=False),
        caption(0, 6, "ho", final=False),
        caption(0, 7, "hol", final=False),
        part(0, b"", 0),
        part(0, b"ab", 1),
        caption(0, 8),
        caption(0, 8),
    )
    assert (hearing.partial_at(0), hearing.speech_at(0), hearing.final_at(0)) == (2, 5, 6)


def test_what_is_revised_later_counts_neither_for_latency_nor_as_a_repetition():
    late = msgspec.structs.replace(caption(0, 9), revised=True)
    hearing = heard(caption(0, 8, "", outcome="skipped"), caption(8, 4), late)
    assert hearing.final_at(0) == 1
    assert [final.revision for final in hearing.finals] == [8, 4]
    assert holes(hearing.finals, hearing.revised) == []
    assert heard(late).final_at(0) is None


def test_a_final_that_was_revised_before_it_came_is_accounted_for():
    """Who comes back gets the newest revision in its place."""
    hearing = heard(caption(0, 8), msgspec.structs.replace(caption(8, 99), revised=True), caption(12, 4))
    assert holes(hearing.finals, hearing.revised) == []
    assert holes(hearing.finals) == ["nothing accounts for 8 to 12"]


def test_a_final_is_no_partial():
    assert heard(caption(0, 8)).partial_at(0) is None
    assert heard().final_at(0) is None


def test_what_was_missed_and_the_end_are_noted():
    hearing = heard(Missed("captions", "es"), SessionEnded(session_id="x"))
    assert (hearing.missed, hearing.ended) == (1, True)


def test_a_revised_final_accounts_for_no_more_than_it_may_have_replaced():
    revised = [msgspec.structs.replace(caption(segment, 99), revised=True) for segment in (8, 50)]
    hearing = heard(caption(0, 8), *revised, caption(5_000_000, 4))
    assert holes(hearing.finals, hearing.revised) == ["nothing accounts for 149 to 5000000"]


def test_finals_that_tile_have_no_holes():
    assert holes([caption(0, 100), caption(100, 50), caption(150, 1)]) == []


def test_a_gap_between_finals_is_a_hole():
    assert holes([caption(0, 100), caption(120, 50)]) == ["nothing accounts for 100 to 120"]


def test_finals_out_of_order_are_said():
    assert len(holes([caption(100, 50), caption(0, 100)])) == 1


@pytest.mark.parametrize(
    ("text", "seconds", "plausible"),
    [("x" * 40, 2.5, True), ("x" * 40, 0.5, False), ("1 2 3!", 3.0, True), ("a b c!", 3.0, False)],
)
def test_speech_must_fit_its_text(text: str, seconds: float, plausible: bool):
    assert fits(text, seconds) is plausible
    assert not fits(text, 60)


def ogg(duration_ms: int) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48 * duration_ms), "<i2"), format="s16", layout="mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def test_the_length_of_speech_is_that_of_what_decodes():
    assert decoded_ms(part(0, bytes(3200), 100)) == 100
    length = decoded_ms(part(0, ogg(500), 500, "ogg-opus"))
    assert length is not None
    assert abs(length - 500) <= 20
    assert decoded_ms(part(0, b"no sound", 500, "ogg-opus")) is None


def test_good_speech_has_no_faults():
    assert speech_faults(heard(caption(0, 8, "x" * 20), part(0, bytes(32_000), 1000))) == []


def test_captions_without_words_need_no_speech():
    assert speech_faults(heard(caption(0, 8, ""), caption(8, 8, outcome="skipped"))) == []


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        ([], "no speech"),
        ([part(0, b"", 0)], "no speech (deadline)"),
        ([part(0, b"xx", 500, "ogg-opus")], "does not decode"),
        ([part(0, bytes(32_000), 500)], "lasts 1000 ms, not 500 ms"),
        ([part(0, bytes(3_200), 100)], "100 ms for 20 characters"),
    ],
)
def test_each_fault_of_speech_is_said(messages: list[SpeechPart], fault: str):
    (found,) = speech_faults(heard(caption(0, 8, "x" * 20), *messages))
    assert fault in found
