"""Acknowledgements come in offset order, once, and only for what is settled."""

import random

from workers.shell.ledger import Ledger


def test_a_record_is_acknowledged_when_it_is_settled() -> None:
    acked: list[str] = []
    ledger = Ledger(acked.append)
    assert ledger.add(7, "seven") == "new"
    assert acked == []
    ledger.settle(7)
    assert acked == ["seven"]
    assert len(ledger) == 0


def test_a_later_record_waits_for_an_earlier_one() -> None:
    acked: list[int] = []
    ledger = Ledger(acked.append)
    for offset in (1, 2, 3):
        ledger.add(offset, offset)
    ledger.settle(3)
    ledger.settle(2)
    assert acked == []
    assert len(ledger) == 3
    ledger.settle(1)
    assert acked == [1, 2, 3]


def test_an_open_record_that_comes_again_is_acknowledged_by_its_newest_token() -> None:
    acked: list[str] = []
    ledger = Ledger(acked.append)
    ledger.add(1, "before the rebalance")
    assert ledger.add(1, "after it") == "again"
    ledger.settle(1)
    assert acked == ["after it"]


def test_a_settled_record_that_comes_again_is_acknowledged_at_once() -> None:
    acked: list[str] = []
    ledger = Ledger(acked.append)
    ledger.add(1, "first")
    ledger.settle(1)
    assert ledger.add(1, "second") == "settled"
    assert acked == ["first", "second"]
    assert len(ledger) == 0


def test_a_settled_record_behind_an_open_one_is_still_settled_when_it_comes_again() -> None:
    acked: list[str] = []
    ledger = Ledger(acked.append)
    ledger.add(1, "1")
    ledger.add(2, "2")
    ledger.settle(2)
    assert ledger.add(1, "1 again") == "again"
    assert ledger.add(2, "2 again") == "settled"
    assert acked == []
    ledger.settle(1)
    assert acked == ["1 again", "2 again"]


def test_settling_twice_or_what_was_never_read_changes_nothing() -> None:
    acked: list[int] = []
    ledger = Ledger(acked.append)
    ledger.settle(5)
    ledger.add(5, 5)
    ledger.settle(5)
    ledger.settle(5)
    assert acked == [5]


def test_any_interleaving_of_reading_and_settling_acknowledges_every_record_once_in_order() -> None:
    for seed in range(50):
        chance = random.Random(seed)
        acked: list[int] = []
        ledger = Ledger(acked.append)
        waiting: list[int] = []
        unread = list(range(0, 90, 3))  # offsets have gaps
        while unread or waiting:
            if unread and (not waiting or chance.random() < 0.5):
                waiting.append(unread.pop(0))
                ledger.add(waiting[-1], waiting[-1])
            else:
                ledger.settle(waiting.pop(chance.randrange(len(waiting))))
            assert acked == sorted(acked)
            assert not set(acked) & set(waiting)
        assert acked == list(range(0, 90, 3))
