"""Word errors and chrF beside a reference."""

import pytest

from dragoman.measure.quality import chrf, text_scores


@pytest.mark.parametrize(
    ("reference", "text", "score"),
    [
        ("Go forward ten metres", "Go forward ten meters.", 82.11949679632215),
        ("El gato está en la casa", "El gato está en la casa", 100.0),
        ("xyz", "abc", 0.0),
        ("今天的天气很好。", "今天天气很好", 32.855510709633336),
        ("ab", "a", 55.55555555555556),
        ("the cat sat on the mat", "the cat", 27.25331540542631),
        ("words", "", 0.0),
    ],
)
def test_chrf_is_that_of_sacrebleu(reference: str, text: str, score: float):
    """Scores are those of `sacrebleu.metrics.CHRF()`, version 2.6.0."""
    assert chrf(reference, text) == pytest.approx(score)


def test_words_are_counted_without_case_and_marks():
    found = text_scores("The cat sat, on the mat.", "the cat set on mat", "en")
    assert (found.unit, found.reference, found.errors, found.error_rate) == ("words", 6, 2, pytest.approx(1 / 3))
    assert text_scores("", "something", "en").error_rate is None


def test_characters_are_counted_where_there_are_no_spaces_between_words():
    found = text_scores("今天的天气很好。", "今天天气很好", "zh-Hant")
    assert (found.unit, found.reference, found.errors) == ("characters", 7, 1)
