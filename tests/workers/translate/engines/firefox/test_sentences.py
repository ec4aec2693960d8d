"""A text is cut into what a model of sentences can read."""

import pytest

from workers.translate.engines.firefox.sentences import MOST_WORDS, units


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ('She said: "No." Then she left.', ['She said: "No."', "Then she left."]),
        ("Mr. Smith met Dr. Jones at 3.5 p.m. sharp.", ["Mr. Smith met Dr. Jones at 3.5 p.m. sharp."]),
        ("J. R. R. Tolkien wrote it.", ["J. R. R. Tolkien wrote it."]),
        ("version 0.85.2 is out", ["version 0.85.2 is out"]),
        ("今日は。明日", ["今日は。", "明日"]),
        ("", []),
    ],
)
def test_sentences_end_where_they_end(text: str, parts: list[str]) -> None:
    assert units(text) == parts


def test_a_long_sentence_is_cut_at_a_clause_and_loses_nothing() -> None:
    text = "one two three four five six, " * 30
    parts = units(text)
    assert all(len(part.split()) <= MOST_WORDS for part in parts)
    assert all(part.endswith("six,") for part in parts)
    assert " ".join(parts) == text.strip()


def test_endless_speech_without_marks_is_cut_into_equal_parts() -> None:
    assert [len(part.split()) for part in units("word " * 100)] == [50, 50]
