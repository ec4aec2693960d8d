"""What no engine may change has a placeholder, and comes back."""

import pytest

from workers.translate.kept import digits, keep


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("see https://example.org/a?b=c.", "see XG1X."),
        ("write to ann.lee@mail.example.org, please", "write to XG1X, please"),
        ('"x < y --> z"', '"x XG1X y XG2X z"'),
        ("he said <b>no</b>", "he said XG1X no XG2X"),
        ("good 😀👍🏽 day", "good XG1X day"),
        ("well-known, 3 - 2 & so on", "well-known, 3 - 2 & so on"),
        ("XG7X is taken 😀", "XG7X is taken XG8X"),
    ],
)
def test_the_engine_sees_placeholders(text: str, seen: str) -> None:
    kept = keep(text)
    assert kept.text == seen
    assert (kept.restored(kept.text) or "").replace(" ", "") == text.replace(" ", "")


def test_numbers_are_kept_when_asked_for() -> None:
    kept = keep("12 of 1,234.5 at 10:45", numbers=True)
    assert kept.text == "XG1X of XG2X at XG3X"
    assert kept.restored("às XG3X, XG1X de XG2X") == "às 10:45, 12 de 1,234.5"


def test_a_term_goes_before_what_stands_in_it() -> None:
    kept = keep("see www.example.org now", [(0, 19, "vea X")])
    assert (kept.text, kept.restored("XG1X ya")) == ("XG1X now", "vea X ya")


@pytest.mark.parametrize("answer", ["no", "XG1X XG1X", "XG11X", "xg1x"])
def test_an_answer_that_lost_or_doubled_a_placeholder_is_not_restored(answer: str) -> None:
    assert keep("I love it 😀").restored(answer) is None


def test_a_text_of_placeholders_only_has_nothing_to_translate() -> None:
    assert keep("😀 https://example.org!").empty
    assert not keep("😀 no").empty
    assert not keep("").empty


def test_digits_of_every_script_are_counted() -> None:
    assert digits("1,234") == digits("4.321") == digits("٤٣٢١")
    assert digits("one") == digits("")
