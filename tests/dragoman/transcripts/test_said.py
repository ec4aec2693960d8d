"""What was said, put together again."""

from collections import deque
from collections.abc import Iterator

import pytest

from dragoman.transcripts.said import FLOOR, Finals, Said
from schemas.messages import Transcript
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


def test_a_stretch_without_any_record_is_a_hole_and_retention_has_cut_what_was_said_before_all_that_is_left():
    said = said_of(transcript(SECOND, "late", seconds=1), transcript(3 * SECOND, "later"))
    assert [(text.segment, text.until, text.missing, text.reason) for text in said] == [
        (0, SECOND, True, "retention"),
        (SECOND, 2 * SECOND, False, ""),
        (2 * SECOND, 3 * SECOND, True, ""),
        (3 * SECOND, 5 * SECOND, False, ""),
    ]


def test_of_a_translation_retention_has_cut_what_has_no_transcript_any_more_either():
    finals = Finals()
    for message in (transcript(2 * SECOND, "late"), translation(4 * SECOND, "tarde")):
        finals.take(message)
    assert [(text.segment, text.until, text.reason) for text in finals.said("es")][:2] == [
        (0, 2 * SECOND, "retention"),
        (2 * SECOND, 4 * SECOND, ""),
    ]


HOLE = transcript(2 * SECOND, "", seconds=6, revision=6 * SECOND, outcome="skipped", reason="jump")
BEFORE, AFTER = transcript(0, "before"), transcript(8 * SECOND, "after")


def tile(second: float, text: str, seconds: float = 2) -> Transcript:
    """A part of the hole that was heard afterwards: its revision is higher than that of the hole."""
    revision = round((6 + seconds) * SECOND)
    return transcript(round(second * SECOND), text, seconds=seconds, revision=revision, revised=True)


def outline(*messages: Transcript) -> list[tuple[float, float, str]]:
    """From and until in seconds, and the text or the reason why there is none."""
    said = said_of(*messages)
    return [(text.segment / SECOND, text.until / SECOND, text.reason if text.missing else text.text) for text in said]


def test_a_hole_that_is_tiled_by_revised_finals_is_none_any_more():
    whole = outline(BEFORE, HOLE, AFTER, tile(2, "one"), tile(4, "two"), tile(6, "three"))
    assert whole == [(0, 2, "before"), (2, 4, "one"), (4, 6, "two"), (6, 8, "three"), (8, 10, "after")]


@pytest.mark.parametrize(
    ("filled", "left"),
    [
        ([tile(2, "one")], [(2, 4, "one"), (4, 8, "jump")]),
        ([tile(4, "two")], [(2, 4, "jump"), (4, 6, "two"), (6, 8, "jump")]),
        ([tile(6, "three")], [(2, 6, "jump"), (6, 8, "three")]),
        ([tile(6, "three"), tile(2, "one")], [(2, 4, "one"), (4, 6, "jump"), (6, 8, "three")]),
    ],
)
@pytest.mark.parametrize("more", [[AFTER], []], ids=["in the middle", "at the end"])
def test_what_is_left_of_a_hole_is_one_with_its_reason(
    filled: list[Transcript], left: list[tuple[float, float, str]], more: list[Transcript]
):
    after = [(8, 10, "after")] if more else []
    assert outline(BEFORE, HOLE, *more, *filled) == [(0, 2, "before"), *left, *after]


def test_the_rest_of_a_hole_that_can_not_be_filled_has_a_reason_of_its_own():
    lost = transcript(4 * SECOND, "", seconds=4, revision=99 * SECOND, outcome="skipped", reason="engine")
    assert outline(HOLE, tile(2, "one"), lost)[1:] == [(2, 4, "one"), (4, 8, "engine")]


def test_a_hole_of_which_only_silence_is_heard_is_none():
    assert outline(HOLE, tile(2, "", 6))[1:] == [(2, 8, "")]


def test_each_language_has_its_own_holes():
    spanish = translation(0, "", outcome="skipped", reason="no-audience")
    messages = (transcript(0, "one"), spanish, translation(SECOND, "y", until=2 * SECOND, revised=True))
    said = said_of(*messages, language="es")
    assert [(text.segment, text.until, text.reason) for text in said] == [
        (0, SECOND, "no-audience"),
        (SECOND, 2 * SECOND, ""),
    ]
    assert [text.text for text in said_of(*messages)] == ["one"]


@pytest.mark.parametrize(
    ("reason", "mark"),
    [
        ("deadline", "[missing: too late]"),
        ("no-audience", "[missing: nobody listened]"),
        ("jump", "[missing: the service was too far behind]"),
        ("engine", "[missing: the engine failed]"),
        ("at-capacity", "[missing: no recogniser was free]"),
        ("", "[missing]"),
    ],
)
def test_a_hole_says_why_it_is_one(reason: str, mark: str):
    (hole,) = said_of(transcript(0, "", outcome="skipped", reason=reason))
    assert (hole.missing, hole.mark) == (True, mark)


def test_the_languages_are_those_in_which_there_is_text_and_its_length_is_counted():
    finals = Finals()
    for message in (transcript(0, "12345"), transcript(0, "123", revision=2), translation(0, "uno")):
        finals.take(message)
    assert finals.languages == ["en", "es"]
    assert finals.characters == len("123") + len("uno") + len("said")
    assert finals.said("fr") == []


def test_the_work_grows_with_the_number_of_finals_and_not_with_its_square():
    class Counting(deque[Said]):
        looked = 0

        def __iter__(self) -> Iterator[Said]:
            for hole in super().__iter__():
                Counting.looked += 1
                yield hole

    finals = Finals()
    for second in range(0, 4_000, 4):  # every second one has no record
        finals.take(transcript(second * SECOND, "", outcome="skipped", reason="jump"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dragoman.transcripts.said.deque", Counting)
        assert len(finals.said("en")) == 1_999
    assert Counting.looked < 4 * 1_000


def test_what_was_said_can_be_had_in_whichever_language_it_was_said() -> None:
    finals = Finals()
    for message in (
        transcript(0, "", language="und", outcome="skipped", reason="jump"),
        transcript(2 * SECOND, "good morning"),
        translation(2 * SECOND, "buenos días"),
        transcript(4 * SECOND, "hola", language="es"),
        translation(4 * SECOND, "hello", language="en"),
    ):
        finals.take(message)
    assert [(text.language, text.text) for text in finals.said(FLOOR)] == [
        ("und", ""), ("en", "good morning"), ("es", "hola"),
    ]  # fmt: skip
    assert [text.text for text in finals.said("en") if text.text] == ["good morning", "hello"]
    assert [text.text for text in finals.said("es") if text.text] == ["buenos días", "hola"]
    assert (finals.languages, finals.floor_language) == (["en", "es"], "es")
    assert finals.characters == len("good morning" + "buenos días" + "said" + "hola" + "hello" + "said")


def test_nothing_tells_the_language_of_silence() -> None:
    assert Finals().floor_language == "und"


def test_what_was_said_is_as_it_was_corrected_also_beside_a_translation_that_was_not_made_anew():
    finals = Finals()
    for message in (
        transcript(0, "he lo"),
        translation(0, "HE LO", source_text="he lo"),
        transcript(2 * SECOND, "world"),
        translation(2 * SECOND, "WORLD", source_text="world"),
        transcript(0, "Hello", revision=3, revised=True),
    ):
        finals.take(message)
    assert [(each.text, each.source_text) for each in finals.said("es")] == [("HE LO", "Hello"), ("WORLD", "world")]
    assert [each.source_text for each in finals.said("en")] == [None, None]
