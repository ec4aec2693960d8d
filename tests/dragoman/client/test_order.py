"""Which captions are newer, and whether one was missed."""

import pytest

from dragoman.client.order import CaptionOrder, IdChain
from schemas.socket import Caption


def caption(segment: int, revision: int, *, final: bool) -> Caption:
    return Caption(
        segment=segment,
        revision=revision,
        final=final,
        language="es",
        text="",
        stable_chars=0,
        start_ms=0,
        end_ms=0,
        spoken_at=0,
        outcome="ok",
        reason="",
    )


PARTIAL, FINAL = False, True


@pytest.mark.parametrize(
    ("shown", "next_one", "accepted"),
    [
        ([(0, 1, PARTIAL)], (0, 2, PARTIAL), True),
        ([(0, 2, PARTIAL)], (0, 1, PARTIAL), False),
        ([(0, 2, PARTIAL)], (0, 2, PARTIAL), False),
        ([(0, 5, PARTIAL)], (0, 3, FINAL), True),
        ([(0, 3, FINAL)], (0, 5, PARTIAL), False),
        ([(0, 3, FINAL)], (0, 3, FINAL), False),
        ([(0, 3, FINAL)], (0, 4, FINAL), True),
        ([(0, 3, FINAL), (9, 1, PARTIAL)], (0, 4, FINAL), True),
        ([(9, 1, PARTIAL)], (0, 4, PARTIAL), False),
        ([(9, 1, FINAL)], (0, 4, FINAL), True),
        ([(9, 1, FINAL), (0, 4, FINAL), (18, 2, PARTIAL)], (18, 3, PARTIAL), True),
        ([(0, 3, FINAL)], (9, 1, PARTIAL), True),
    ],
)
def test_only_what_is_newer_is_shown(
    shown: list[tuple[int, int, bool]], next_one: tuple[int, int, bool], accepted: bool
):
    order = CaptionOrder()
    for segment, revision, final in shown:
        assert order.accept(caption(segment, revision, final=final))
    segment, revision, final = next_one
    assert order.accept(caption(segment, revision, final=final)) is accepted


def test_entries_that_name_each_other_are_unbroken():
    chain = IdChain()
    chain.start("", history=True)
    assert chain.follow("a", "")
    assert chain.follow("b", "a")
    assert chain.seen == "b"


def test_a_previous_that_was_never_seen_means_that_something_was_missed():
    chain = IdChain()
    chain.start("", history=True)
    assert chain.follow("a", "")
    assert not chain.follow("c", "b")
    assert chain.follow("d", "c")


def test_the_history_may_begin_anywhere():
    chain = IdChain()
    chain.start("m", history=True)
    assert chain.follow("k", "j")
    assert chain.follow("m", "k")
    assert chain.follow("n", "m")


def test_without_history_the_first_live_entry_follows_the_head():
    chain = IdChain()
    chain.start("m", history=False)
    assert chain.seen == "m"
    assert not chain.follow("o", "n")


def test_in_an_empty_channel_the_first_entry_has_no_previous():
    chain = IdChain()
    chain.start("", history=True)
    assert not chain.follow("b", "a")


def test_an_entry_that_comes_twice_is_known():
    chain = IdChain()
    chain.start("", history=True)
    chain.follow("a", "")
    assert chain.knows("a")
    assert not chain.knows("b")
    assert not chain.knows("")
    assert chain.follow("a", "")
