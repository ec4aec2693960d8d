"""Order and gaps in a channel's history."""

import pytest

from gateway.channels.history import LOST, Entry, after, is_id, order


def test_ids_are_ordered_as_numbers() -> None:
    assert sorted(["160-2", "1600-1", "160-10", "", "0-1"], key=order) == ["", "0-1", "160-2", "160-10", "1600-1"]


def test_entries_after_a_known_one_are_whole() -> None:
    entries, whole = after("1-1", [("1-1", b"a"), ("2-1", b"b"), ("3-1", b"c")])
    assert whole
    assert entries == [Entry("2-1", "1-1", b"b"), Entry("3-1", "2-1", b"c")]


def test_when_the_known_one_is_gone_something_may_be_missing_and_the_listener_can_see_it() -> None:
    entries, whole = after("1-1", [("3-1", b"c"), ("4-1", b"d")])
    assert not whole
    assert entries == [Entry("3-1", LOST, b"c"), Entry("4-1", "3-1", b"d")]
    assert not is_id(LOST)


def test_from_the_beginning_nothing_is_missing() -> None:
    assert after("", [("1-1", b"a")]) == ([Entry("1-1", "", b"a")], True)


def test_an_empty_history_holds_no_known_entry() -> None:
    assert after("1-1", []) == ([], False)
    assert after("", []) == ([], True)


@pytest.mark.parametrize("text", ["", "1", "-1", "1-", "a-b", "1-1 ", "+", "(1-1", "9" * 20 + "-1"])
def test_only_our_ids_reach_redis(text: str) -> None:
    assert not is_id(text)
