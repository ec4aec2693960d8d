"""What is stable in a translation, and what is none at all."""

import pytest

from schemas.messages import Prosody
from tests.workers.texts import transcript
from workers.errors import EngineGarbled
from workers.translate.translations import MOST_CHARS, agreed, sensible, translation_of


@pytest.mark.parametrize(
    ("before", "after", "stable"),
    [("", "a b", 0), ("a b", "a b c", 3), ("a b", "a c", 1), ("a b c", "a b", 3), ("x", "a", 0), ("a", "ab", 0)],
)
def test_agreement_is_counted_in_whole_words(before: str, after: str, stable: int) -> None:
    assert agreed(before, after) == stable


@pytest.mark.parametrize(
    ("text", "answer"), [("one", "uno"), ("…", ""), ("a", "b" * MOST_CHARS), ("one", "日本語 \U0001f600"), ("5", "5")]
)
def test_a_translation_is_passed_on_as_it_is(text: str, answer: str) -> None:
    assert sensible(text, answer) == answer


@pytest.mark.parametrize(
    ("text", "answer"), [("one", ""), ("日本", " "), ("a", "b" * (MOST_CHARS + 11)), ("one", None), ("one", "\udc80")]
)
def test_what_cannot_be_a_translation_is_refused(text: str, answer: object) -> None:
    with pytest.raises(EngineGarbled):
        sensible(text, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("I know.", "Eu sei, sei, sei, sei, sei."),
        ("Go on and on.", "Siga por aqui, siga por aqui, siga por aqui, siga por aqui."),
        ("long " * 30, "longo"),
        ("He came.", "Ele veio. " * 12),
    ],
)
def test_a_loop_and_a_length_out_of_all_proportion_are_no_translation(text: str, answer: str) -> None:
    with pytest.raises(EngineGarbled):
        sensible(text, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("no no no no no", "não não não não não não"),
        ("very, very, very good", "muito, muito, muito bom"),
        (
            "The committee will meet again next Tuesday at ten o'clock in the town hall.",
            "委員会は来週火曜日に再び開かれます。",
        ),
        (
            "委員会は来週火曜日に再び開かれます。",
            "The committee will meet again next Tuesday at ten o'clock in the town hall.",
        ),
    ],
)
def test_what_was_said_over_and_over_or_is_written_shorter_is_one(text: str, answer: str) -> None:
    assert sensible(text, answer) == answer


def test_a_translation_says_how_its_words_were_spoken() -> None:
    prosody = Prosody(loudness_db=-23.5, pitch_hz=118.0, rate=1.1)
    assert translation_of(transcript(0, prosody=prosody), "es", "hola", at=1).prosody == prosody
    assert translation_of(transcript(0), "es", "hola", at=1).prosody is None
