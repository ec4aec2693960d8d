"""Which model is fetched next."""

from dragoman.local.asked import FIRST_PAUSE_S, LONGEST_PAUSE_S, WantedModels


def test_one_at_a_time_in_the_order_in_which_they_were_asked_for() -> None:
    asked = WantedModels()
    asked.ask(["b"])
    asked.ask(["a", "b", "c"])
    assert asked.next("abc", 0) == "b"
    asked.fetching = "b"
    assert asked.next("abc", 0) == ""
    assert [asked.state(name) for name in "abcd"] == ["waiting", "fetching", "waiting", "absent"]
    asked.fetching = ""
    assert asked.next("ac", 0) == "a"
    assert asked.next("", 0) == ""


def test_who_is_not_asked_for_any_more_loses_its_place() -> None:
    asked = WantedModels()
    asked.ask(["a", "b"])
    asked.ask(["b"])
    assert asked.next("ab", 0) == "b"
    assert asked.state("a") == "absent"


def test_what_failed_is_tried_again_after_a_growing_pause_and_holds_up_no_other() -> None:
    asked, now, pauses = WantedModels(), 0.0, []
    asked.ask(["a", "b"])
    for _ in range(9):
        pauses.append(asked.failed("a", now))
        assert (asked.state("a"), asked.next("ab", now + pauses[-1] - 1)) == ("failed", "b")
        now += pauses[-1]
        assert asked.next("ab", now) == "a"
    assert pauses[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert pauses[-1] == LONGEST_PAUSE_S
    asked.came("a")
    assert asked.failed("a", now) == FIRST_PAUSE_S
