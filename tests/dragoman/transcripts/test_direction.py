"""Marks for what is read from right to left."""

import pytest

from dragoman.transcripts.direction import is_right_to_left, marked
from dragoman.transcripts.formats import Transcribed, written
from tests.dragoman.transcripts.spoken import SECOND, SESSION, said_of, transcript

ARABIC = "صباح الخير."  # Arabic letters are meant


@pytest.mark.parametrize("language", ["ar", "he", "fa-IR", "ur", "pa-Arab", "ku-Arab-IQ", "uz-Arab", "dv"])
def test_languages_that_are_read_from_right_to_left(language: str) -> None:
    assert is_right_to_left(language)


@pytest.mark.parametrize("language", ["en", "pa", "ku", "arn", "hi"])
def test_others_are_not(language: str) -> None:
    assert not is_right_to_left(language)


def test_a_line_is_marked_as_a_whole_if_anything_in_it_goes_that_way() -> None:
    assert marked("NATO قالت.") == "\u202bNATO قالت.\u202c"
    assert marked("[missing]") == "[missing]"


@pytest.mark.parametrize(("marks", "line"), [(True, f"\u202b{ARABIC}\u202c"), (False, ARABIC)])
def test_srt_is_marked_unless_that_is_not_wanted(marks: bool, line: str) -> None:
    said = said_of(transcript(0, ARABIC, language="ar"), transcript(2 * SECOND, "", language="ar"), language="ar")
    arabic = Transcribed(SESSION, "ar", said, marks=marks)
    assert written(arabic, "srt").decode().splitlines()[2] == line
    for form in ("txt", "vtt", "json"):
        assert "\u202b" not in written(arabic, form).decode()  # type: ignore[arg-type]  # a format
