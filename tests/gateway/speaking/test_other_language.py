"""When a speaker is told that another language is heard."""

import pytest

from gateway.speaking.other_language import OtherLanguage, same
from schemas.socket import Caption, Warning
from tests.gateway.speaking.captions import final

SECOND_MS = 1_000


def told(*looks: str | None, seconds: int = 5, floor: str = "en", since_ms: int = 0) -> list[Warning | None]:
    """What follows from finals of so many seconds; None: the recogniser did not look."""
    other = OtherLanguage()
    captions = [final(n * seconds * SECOND_MS, seconds * SECOND_MS, look) for n, look in enumerate(looks)]
    return [other.notice(caption, floor, since_ms) for caption in captions]


def times(warnings: list[Warning | None]) -> list[int]:
    return [place for place, warning in enumerate(warnings) if warning]


def test_after_20_seconds_of_another_language_the_speaker_is_told_which() -> None:
    warnings = told("es", "es", "es", "es")
    assert times(warnings) == [3]
    warning = warnings[3]
    assert warning
    assert (warning.code, warning.language, warning.figures) == ("other-language", "es", {"heardMs": 20_000.0})
    assert "es, not en" in warning.message


def test_it_is_said_again_every_30_seconds_while_it_is_so() -> None:
    assert times(told(*["es"] * 16)) == [3, 9, 15]


def test_what_was_said_between_two_looks_counts_with_the_second() -> None:
    assert times(told(None, "es", None, "es", None, "es", seconds=3)) == []
    assert times(told(None, "es", None, "es", None, "es", None, "es", seconds=3)) == [7]


def test_a_look_tells_little_of_what_was_long_before_it() -> None:
    assert times(told(*[None] * 20, "es")) == []
    assert times(told(*[None] * 20, "es", *[None] * 20, "es")) == []


def test_single_wrong_looks_tell_nothing() -> None:
    assert times(told(*(["en"] * 4 + ["es"]) * 12)) == []
    assert times(told(*(["en", "es", "en", "pt"]) * 12)) == []


def test_a_single_wrong_look_hides_another_language_for_a_moment_only() -> None:
    assert times(told("es", "es", "fr", "es", "es", "es")) == [5]


def test_who_goes_back_to_the_chosen_language_is_told_no_more() -> None:
    assert times(told(*["es"] * 8, *["en"] * 12)) == [3]


def test_nothing_is_heard_of_what_nobody_looked_at() -> None:
    assert times(told(*[None] * 50)) == []


def test_another_choice_begins_anew_behind_what_was_said_before_it() -> None:
    other = OtherLanguage()
    for n in range(3):
        assert other.notice(final(n * 5_000, 5_000, "es"), "en", 0) is None
    assert other.notice(final(15_000, 5_000, "es"), "fr", 20_000) is None
    assert other.notice(final(20_000, 5_000, "es"), "fr", 20_000) is None


@pytest.mark.parametrize(
    ("heard", "chosen", "are"),
    [("en", "en-GB", True), ("no", "nb", True), ("pt", "pt-BR", True), ("es", "pt", False), ("gl", "es", False)],
)
def test_a_language_is_the_same_whatever_its_region(heard: str, chosen: str, are: bool) -> None:
    assert same(heard, chosen) is are


def caption_of_a_hole() -> Caption:
    return final(0, 60_000, "es", outcome="skipped")


def test_holes_tell_nothing() -> None:
    other = OtherLanguage()
    assert [other.notice(caption_of_a_hole(), "en", 0) for _ in range(5)] == [None] * 5
