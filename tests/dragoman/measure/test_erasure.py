"""What was shown and did not stay."""

import pytest

from dragoman.measure.erasure import Erasure, Shown, erasure, first_seen


def shown(text: str, at: float = 0, *, stable: str = "", final: bool = False, ms: tuple[int, int] = (0, 1000)) -> Shown:
    return Shown(at, text, len(stable), final, *ms)


def test_words_that_change_or_go_are_counted_and_case_and_marks_are_no_change() -> None:
    results = [shown("go some"), shown("Go, somewhere"), shown("go"), shown("Go somewhere else.", final=True)]
    assert erasure(results) == Erasure(shown=2, stable=0, words=3)  # "some", then "somewhere"


def test_a_word_before_others_takes_these_with_it() -> None:
    assert erasure([shown("a b c d"), shown("a x c d", final=True)]).shown == 3


def test_what_was_said_to_stay_is_counted_apart() -> None:
    results = [shown("one two three", stable="one two"), shown("one too three", final=True)]
    assert erasure(results) == Erasure(shown=2, stable=1, words=3)


def test_what_is_left_of_an_utterance_comes_in_its_next_final() -> None:
    first = shown("one two", final=True, ms=(0, 600))
    goes_on = [shown("one two three four"), first, shown("three four", final=True, ms=(620, 1200))]
    assert erasure(goes_on).shown == 0
    assert erasure([*goes_on[:2], shown("five six", final=True, ms=(2000, 2500))]).shown == 2
    assert erasure(goes_on[:2]).shown == 2


def test_the_share_is_of_the_words_of_the_finals() -> None:
    found = erasure([shown("a", stable="a"), shown("b c d e", final=True)])
    assert (found.shown_per_100, found.stable_per_100) == (25, 25)
    assert erasure([]).shown_per_100 == 0


def test_a_word_is_first_seen_where_it_stands_in_its_place() -> None:
    results = [
        shown("go", 1),
        shown("go there", 2),
        shown("Go somewhere", 3),
        shown("Go somewhere else", 4, final=True),
    ]
    assert first_seen(results) == [1, 3, 4]


@pytest.mark.parametrize("text", ["", " "])
def test_a_final_without_words_shows_none(text: str) -> None:
    assert first_seen([shown("a", 1), shown(text, 2, final=True)]) == []
