"""What a member of a group commits, and when, with a broker that answers as the test says."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dragoman.runtime.settings import read_settings
from tests.workers.driving import everyone_waits, until
from workers.shell.bus import Bus


class Place(NamedTuple):
    topic: str
    partition: int


class Read(NamedTuple):
    topic: str
    partition: int
    offset: int


MINE, OTHERS = Place("transcripts", 0), Place("transcripts", 1)


class Group:
    """The broker's side: what it was asked to commit, and whether it does."""

    def __init__(self) -> None:
        self.committed: list[dict[Place, int]] = []
        self.takes = True
        self.held = asyncio.Event()
        self.held.set()

    async def commit(self, offsets: Mapping[Place, int]) -> bool:
        self.committed.append(dict(offsets))
        await self.held.wait()
        return self.takes


class Member:
    """A consumer of aiokafka, as far as it can be closed."""

    def __init__(self) -> None:
        self.closed = False
        self._client = self._coordinator = self

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
async def group() -> Group:
    return Group()


@pytest.fixture
async def consumer(group: Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    bus: Any = Bus("translate", ("transcripts",), read_settings(kafka="127.0.0.1:1"), tmp_path)
    consumer = bus._app.consumer
    monkeypatch.setattr(consumer, "_commit", group.commit)
    monkeypatch.setattr(consumer, "assignment", lambda: {MINE})

    async def flush() -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(bus._app.producer, "flush", flush)
    return consumer


async def test_what_is_settled_while_a_commit_is_under_way_is_committed_at_the_end(consumer: Any, group: Group) -> None:
    group.held.clear()
    consumer.acknowledge(Read(*MINE, 4))
    first = asyncio.create_task(consumer.commit())
    await until(lambda: group.committed)
    consumer.acknowledge(Read(*MINE, 7))
    last = asyncio.create_task(consumer.commit_and_end_transactions())
    await asyncio.sleep(0)
    group.held.set()
    await asyncio.gather(first, last)
    assert group.committed == [{MINE: 5}, {MINE: 8}]


async def test_what_a_rebalance_did_not_let_be_committed_is_committed_afterwards(consumer: Any, group: Group) -> None:
    group.takes = False
    consumer.acknowledge(Read(*MINE, 4))
    consumer.acknowledge(Read(*OTHERS, 9))
    assert not await consumer.commit()
    group.takes = True
    assert await consumer.commit()
    assert not await consumer.commit(), "there is nothing new"
    assert group.committed == [{MINE: 5}, {MINE: 5}]


async def test_who_drains_forgets_nothing_at_a_rebalance_and_stays_in_the_group(consumer: Any, group: Group) -> None:
    member = consumer._thread._consumer = Member()
    consumer.acknowledge(Read(*MINE, 4))
    consumer.app._stopped.set()
    await consumer.on_partitions_revoked({MINE})
    await everyone_waits()
    await consumer.commit_and_end_transactions()
    assert not member.closed
    assert group.committed == [{MINE: 5}]


async def test_what_another_had_while_it_drains_is_not_committed_though_it_comes_back(
    consumer: Any, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told(*_: Any) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(consumer, "_on_partitions_assigned", told)
    monkeypatch.setattr(consumer, "assignment", lambda: {MINE, OTHERS})
    consumer.acknowledge(Read(*MINE, 4))
    consumer.acknowledge(Read(*OTHERS, 9))
    consumer.app._stopped.set()
    for assigned in ({MINE, OTHERS}, {MINE}, {MINE, OTHERS}):
        await consumer.on_partitions_revoked({MINE, OTHERS})
        await consumer.on_partitions_assigned(assigned)
    consumer.acknowledge(Read(*OTHERS, 10))
    await consumer.commit_and_end_transactions()
    assert group.committed == [{MINE: 5}]


async def test_what_is_settled_while_partitions_move_is_not_committed_when_they_come_back(
    consumer: Any, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the new partitions are known, work on those that go away continues."""

    async def moves(*_: Any) -> None:
        consumer.acknowledge(Read(*OTHERS, 9))

    monkeypatch.setattr(consumer, "_on_partitions_revoked", moves)
    monkeypatch.setattr(consumer, "_on_partitions_assigned", moves)
    monkeypatch.setattr(consumer, "assignment", lambda: {MINE, OTHERS})
    await consumer.on_partitions_revoked({MINE, OTHERS})
    consumer.acknowledge(Read(*MINE, 4))
    await consumer.on_partitions_assigned({MINE})
    assert await consumer.commit()
    assert group.committed == [{MINE: 5}]


async def test_what_moved_while_a_commit_waited_for_the_producer_is_not_in_it(
    consumer: Any, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told(*_: Any) -> None:
        await asyncio.sleep(0)

    async def flush() -> None:
        await consumer.on_partitions_revoked({MINE})
        await consumer.on_partitions_assigned({MINE})

    monkeypatch.setattr(consumer, "_on_partitions_revoked", told)
    monkeypatch.setattr(consumer, "_on_partitions_assigned", told)
    monkeypatch.setattr(consumer.app.producer, "flush", flush)
    consumer.acknowledge(Read(*MINE, 4))
    assert not await consumer.commit()
    assert group.committed == []


async def test_what_is_no_longer_its_own_is_not_committed_and_not_waited_for(
    consumer: Any, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.shell.bus.LAST_COMMIT_S", 1_000)
    consumer.acknowledge(Read(*OTHERS, 4))
    async with asyncio.timeout(60):
        await consumer.commit_and_end_transactions()
    assert group.committed == []
