"""Word error rate and percentiles."""

import pytest

from dragoman.measure.scoring import errors, percentile, words


def test_case_and_punctuation_do_not_count():
    assert words("Go forward, ten METERS.") == ["go", "forward", "ten", "meters"]


def test_an_apostrophe_belongs_to_its_word():
    assert words("I'm it\u2019s 'quoted'") == ["i'm", "it's", "quoted"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Go forward 10 metres, Mr. Dashwood!", "go forward ten meters mister dashwood"),
        ("5, 5", "five five"),
        ("20 or 42", "twenty or forty two"),
        ("1,001 and 01", "one zero zero one and zero one"),
        ("nine oh two", "nine zero two"),
        ("b2b", "b2b"),
    ],
)
def test_how_a_number_is_written_does_not_count(written: str, said: str):
    assert words(written) == said.split()


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("हिन्दी में, नमस्ते!", "hi", ["हिन्दी", "में", "नमस्ते"]),
        ("ที่นี่", "th", ["ที่นี่"]),
        ("cafe\u0301 CAFÉ", "fr", ["café", "café"]),
        ("a las 10 h, 1,5 km", "es-ES", ["a", "las", "10", "h", "1", "5", "km"]),
        ("at 10", "en-GB", ["at", "ten"]),
    ],
)
def test_signs_belong_to_their_words_and_numbers_are_said_in_english_alone(
    text: str, language: str, expected: list[str]
):
    assert words(text, language) == expected


@pytest.mark.parametrize(
    ("wanted", "heard", "expected"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a x c", 1),
        ("a b c", "a c", 1),
        ("a c", "a b c", 1),
        ("a b c", "", 3),
        ("", "a b", 2),
        ("a b c d", "b c d a", 2),
    ],
)
def test_errors_are_the_fewest_changes(wanted: str, heard: str, expected: int):
    assert errors(wanted.split(), heard.split()) == expected


@pytest.mark.parametrize(("share", "expected"), [(0, 1), (0.5, 2.5), (1, 4), (0.95, 3.85)])
def test_a_percentile_lies_between_ranks(share: float, expected: float):
    assert percentile([4, 1, 3, 2], share) == pytest.approx(expected)


def test_of_nothing_there_is_no_percentile():
    assert percentile([], 0.5) is None
