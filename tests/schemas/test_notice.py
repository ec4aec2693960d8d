"""Operators set the wording of what is said of machines, and not whether it is said."""

import pytest

from schemas.notice import NOTICE, own_words, worded


@pytest.mark.parametrize("wording", ["", " \t\n", "\x00\x1b"])
def test_nothing_is_no_wording(wording: str) -> None:
    assert (own_words(wording), worded(wording)) == ("", NOTICE)


def test_the_operators_wording_stands_on_one_line() -> None:
    assert worded("Made by\r\n  machines,\x00 the Council\u2028 of Oñati ") == "Made by machines, the Council of Oñati"
