"""Syllables by the letters, and what rate that is."""

import pytest

from workers.transcribe.syllables import rate_of, syllables


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Hmm.", 0),
        ("go forward ten meters", 6),
        ("Buenos días a todos", 6),  # `ía` is one group
        ("Größe, Äpfel", 4),
        ("ÉTÉ", 2),
        ("Добрый день", 3),
        ("καλημέρα", 4),
        ("你好世界", 4),
        ("こんにちは", 5),
        ("안녕하세요", 5),
        ("room 42", 3),
        ("مرحبا", 0),
    ],
)
def test_groups_of_vowels_and_characters_that_are_syllables_are_counted(text: str, count: int) -> None:
    assert syllables(text) == count


def test_a_composed_letter_counts_as_a_decomposed_one() -> None:
    assert syllables("e\u0301te\u0301") == syllables("\u00e9t\u00e9") == 2


SAID = "had he married a more amiable woman"


def test_the_usual_rate_is_one_and_twice_as_fast_is_two() -> None:
    usual_s = syllables(SAID) / 4.5
    assert rate_of(SAID, "en", usual_s) == pytest.approx(1)
    assert rate_of(SAID, "en-GB", usual_s / 2) == pytest.approx(2)


def test_what_is_usual_depends_on_the_language() -> None:
    assert rate_of(SAID, "es", 3) < rate_of(SAID, "tlh", 3) < rate_of(SAID, "en", 3)


@pytest.mark.parametrize(
    ("text", "seconds"), [("seven of clubs", 2.0), (SAID, 0.9), (SAID, 0.0), (SAID, 30.0), (SAID, 1.0), ("مرحبا", 3.0)]
)
def test_of_too_little_and_of_what_cannot_be_speech_nothing_is_told(text: str, seconds: float) -> None:
    assert rate_of(text, "en", seconds) == 0
