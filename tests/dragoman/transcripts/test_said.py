"""What was said, put together again."""

import pytest

from dragoman.transcripts.said import Finals
from tests.dragoman.transcripts.spoken import SECOND, said_of, transcript, translation


def test_the_text_is_the_finals_in_order_each_in_its_last_revision():
    said = said_of(
        transcript(2 * SECOND, "second"),
        transcript(0, "open", final=False, revision=9),
        transcript(0, "first", revision=2),
        transcript(0, "the same again", revision=2),
        transcript(0, "an older one", revision=1),
        transcript(2 * SECOND, "second, better", revision=3),
        translation(0, "primero"),
    )
    assert [text.text for text in said] == ["first", "second, better"]


def test_a_stretch_without_any_record_is_a_hole():
    said = said_of(transcript(SECOND, "late", seconds=1), transcript(3 * SECOND, "later"))
    assert [(text.segment, text.until, text.missing) for text in said] == [
        (0, SECOND, True),
        (SECOND, 2 * SECOND, False),
        (2 * SECOND, 3 * SECOND, True),
        (3 * SECOND, 5 * SECOND, False),
    ]


@pytest.mark.parametrize(
    ("reason", "mark"),
    [
        ("deadline", "[missing: too late]"),
        ("no-audience", "[missing: nobody listened]"),
        ("jump", "[missing: the service was too far behind]"),
        ("engine", "[missing: the engine failed]"),
        ("undecodable", "[missing: it could not be read]"),
        ("at-capacity", "[missing: no recogniser was free]"),
        ("", "[missing]"),
    ],
)
def test_a_hole_says_why_it_is_one(reason: str, mark: str):
    (hole,) = said_of(transcript(0, "", outcome="skipped", reason=reason))
    assert (hole.missing, hole.mark) == (True, mark)


def test_what_came_late_is_no_hole():
    (late,) = said_of(transcript(0, "late but here", outcome="late"))
    assert not late.missing


def test_the_languages_are_those_in_which_there_is_text_and_its_length_is_counted():
    finals = Finals()
    for message in (transcript(0, "12345"), transcript(0, "123", revision=2), translation(0, "uno")):
        finals.take(message)
    assert finals.languages == ["en", "es"]
    assert finals.characters == len("123") + len("uno") + len("said")
    assert finals.said("fr") == []
