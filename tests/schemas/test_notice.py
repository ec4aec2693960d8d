"""Operators set the wording of what is said of machines, and not whether it is said."""

import pytest

from schemas.notice import NOTICE, own_words, worded


@pytest.mark.parametrize("wording", ["", " \t\n", "\x00\x1b", "\u200b \u200d", "\u202e", "\ud800"])
def test_nothing_is_no_wording(wording: str) -> None:
    assert (own_words(wording), worded(wording)) == ("", NOTICE)


def test_the_operators_wording_stands_on_one_line() -> None:
    assert worded("Made by\r\n  machines,\x00 the Council\u2028 of Oñati ") == "Made by machines, the Council of Oñati"


@pytest.mark.parametrize(
    "wording", ["\u0645\u06cc\u200c\u0634\u0648\u062f", "\u0915\u094d\u200d\u0937", "\u200fabc\u200e"]
)
def test_what_joins_letters_or_says_which_way_they_run_stays(wording: str) -> None:
    assert worded(wording) == wording


def test_the_direction_of_what_follows_is_not_turned() -> None:
    assert worded("made \u202eby\u2066 machines\u2069\ud800") == "made by machines"
