"""What was said as it is now: revisions in the places of what they replace, or between."""

import json

import pytest

from gateway.channels.history import Entry
from gateway.channels.revisions import MOST, NONE_YET, Revisions


def payload(segment: int, revision: int, text: str = "") -> bytes:
    return json.dumps({"segment": segment, "revision": revision, "text": text}).encode()


def entry(segment: int, number: int, previous: str, text: str = "said") -> Entry:
    return Entry(f"{segment}-{number}", previous, payload(segment, number, text))


HISTORY = [entry(100, 10, "90-1"), entry(200, 10, "100-10", "a hole"), entry(300, 10, "200-10")]


def revisions(*known: tuple[int, int, int]) -> Revisions:
    """Of (offset, segment, revision)."""
    made = Revisions()
    for offset, segment, revision in known:
        made.take(f"{offset}-1", payload(segment, revision, f"at {offset}"))
    return made


def told(entries: list[Entry]) -> list[tuple[str, str, str, str]]:
    return [(each.id, each.previous, each.revision, json.loads(each.payload)["text"]) for each in entries]


def test_an_entry_is_as_it_was_revised_last_and_keeps_its_place() -> None:
    known = revisions((5, 200, 11), (7, 200, 12))
    assert told(known.as_now(HISTORY)) == [
        ("100-10", "90-1", "", "said"),
        ("200-10", "100-10", "7-1", "at 7"),
        ("300-10", "200-10", "", "said"),
    ]


@pytest.mark.parametrize("revision", [10, 9])
def test_what_is_not_newer_than_the_entry_changes_nothing(revision: int) -> None:
    assert revisions((5, 200, revision)).as_now(HISTORY) == HISTORY


def test_tiles_of_a_hole_stand_in_their_places_at_the_entry_before_them() -> None:
    known = revisions((5, 200, 11), (6, 230, 12), (7, 260, 13), (8, 150, 1))
    assert told(known.with_gaps_filled(HISTORY, "300-10")) == [
        ("100-10", "90-1", "", "said"),
        ("100-10", "100-10", "8-1", "at 8"),
        ("200-10", "100-10", "5-1", "at 5"),
        ("200-10", "200-10", "6-1", "at 6"),
        ("200-10", "200-10", "7-1", "at 7"),
        ("300-10", "200-10", "", "said"),
    ]


def test_what_lies_before_the_first_entry_stands_at_the_one_that_went_before() -> None:
    assert told(revisions((5, 50, 1)).with_gaps_filled(HISTORY[:1], "300-10")) == [
        ("90-1", "90-1", "5-1", "at 5"),
        ("100-10", "90-1", "", "said"),
    ]


def test_without_any_history_all_stand_at_the_last_that_was_sent() -> None:
    known = revisions((5, 300, 1), (6, 200, 1))
    assert told(known.with_gaps_filled([], "9-9")) == [("9-9", "9-9", "6-1", "at 6"), ("9-9", "9-9", "5-1", "at 5")]


def test_those_after_an_id_come_in_the_order_of_their_ids() -> None:
    known = revisions((9, 300, 1), (10, 200, 1), (11, 100, 1))
    assert [each.id for each in known.after(NONE_YET)] == ["9-1", "10-1", "11-1"]
    assert [each.id for each in known.after("9-1")] == ["10-1", "11-1"]
    assert known.after("11-1") == []


def test_an_older_revision_of_a_segment_that_comes_later_is_not_taken() -> None:
    assert [each.id for each in revisions((5, 200, 12), (6, 200, 11)).after(NONE_YET)] == ["5-1"]


def test_what_cannot_be_read_is_passed_over() -> None:
    known = Revisions()
    known.take("1-1", b"garbage")
    known.take("2-1", b'{"revision": 1}')
    assert known.after(NONE_YET) == []


def test_of_many_segments_the_last_stay() -> None:
    known = revisions(*((MOST + 5 - n, n, 1) for n in range(MOST + 5)))
    assert [each.segment for each in known.after(NONE_YET)] == list(range(MOST + 4, 4, -1))


def test_what_came_back_in_another_order_is_told_to_whoever_may_not_have_it() -> None:
    """An id says of two topics how far it goes; a life of Redis that forgot them may get one of them back first."""
    known = Revisions()
    for place, segment in (("0-9101", 160), ("61-9101", 0), ("61-9201", 320)):
        known.take(place, payload(segment, 2))
    assert [each.segment for each in known.after("61-9101")] == [320]
    assert [each.segment for each in known.after("70-9101")] == [320]
    assert [each.segment for each in known.after("0-9201")] == [0, 320]
    assert [each.segment for each in known.after("70-9300")] == []
    assert [each.segment for each in known.after("")] == [160, 0, 320]
