"""Sessions that may end their process are tried apart: how many at once, for how long, and who waits."""

import asyncio
from typing import Any

import pytest

from schemas.audio import SAMPLE_RATE
from tests.processes import until
from workers.errors import AtCapacity, EngineKilled
from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines.pool.pipe import Heard
from workers.transcribe.engines.pool.recogniser import Kind, PooledRecogniser, PooledRecognition
from workers.transcribe.engines.pool.trials import AT_ONCE, Trials

SECOND = bytes(2 * SAMPLE_RATE)


class FakeLink:
    """A process that hears nothing by itself."""

    idle_s = silent_s = 0.0

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.owners: dict[int, PooledRecognition] = {}
        self.alive = True

    @property
    def sessions(self) -> int:
        return len(self.owners)

    def open(self, owner: PooledRecognition, _language: str, _light: bool) -> int:
        number = max(self.owners, default=0) + 1
        self.owners[number] = owner
        return number

    def release(self, session: int) -> None:
        self.owners.pop(session, None)

    async def send(self, _message: object) -> None:
        pass

    async def close(self) -> None:
        self.alive = False

    def crash(self, guilty: PooledRecognition) -> None:
        """It ends by itself while it works on one session."""
        self.alive = False
        guilty.suspected()


class Rig:
    """A recogniser whose processes are fakes."""

    def __init__(self, processes: int, each: int) -> None:
        self.links: list[FakeLink] = []
        kind = Kind("dictated", frozenset({"*"}), (), lambda _: True)
        self.recogniser = PooledRecogniser(
            kind, processes=processes, sessions_per_process=each, timeout_s=10, reap_s=60, start_process=self._start
        )

    async def _start(self, *_: object) -> Any:
        self.links.append(FakeLink(len(self.links)))
        return self.links[-1]

    @property
    def running(self) -> list[FakeLink]:
        return [link for link in self.links if link.alive]

    def link(self, recognition: PooledRecognition) -> FakeLink:
        return next(link for link in self.links if recognition in link.owners.values())

    async def open(self, *names: str) -> list[PooledRecognition]:
        return [await self.recogniser.open(name, "en", ()) for name in names]

    async def suspects(self, *names: str) -> None:
        """One after the other ends a process, fed with two seconds."""
        for name in names:
            (recognition,) = await self.open(name)
            await recognition.feed(0, SECOND * 2)
            self.link(recognition).crash(recognition)
            await recognition.close()


def said(until: int) -> Heard:
    final = Hypothesis("five", 0, until, until, final=True)
    return Heard(1, 0, (final,), until)


async def test_of_many_suspects_a_few_are_tried_at_once_and_the_others_wait_while_the_innocent_go_on() -> None:
    rig = Rig(processes=2, each=20)
    names = [f"sick-otter-{number}" for number in range(10)]
    await rig.suspects(*names)
    tried = await rig.open(*names[:AT_ONCE])
    opening = [asyncio.create_task(rig.recogniser.open(name, "en", ())) for name in names[AT_ONCE:]]
    (innocent,) = await rig.open("calm-otter-101")
    await innocent.feed(0, SECOND)
    assert not any(task.done() for task in opening)
    assert [rig.link(each).sessions for each in (*tried, innocent)] == [1] * (AT_ONCE + 1)
    assert len(rig.running) == AT_ONCE + 1

    await tried[0].close()
    await until(lambda: any(task.done() for task in opening))
    assert sum(task.done() for task in opening) == 1
    assert len(rig.running) == AT_ONCE + 1
    for task in opening:
        task.cancel()
    await rig.recogniser.close()
    assert rig.running == []


async def test_who_did_no_harm_goes_on_with_the_others_and_its_process_ends() -> None:
    rig = Rig(processes=1, each=20)
    await rig.suspects("sick-otter-102")
    (innocent, tried) = await rig.open("calm-otter-101", "sick-otter-102")
    alone = rig.link(tried)
    tried.heard(said(SAMPLE_RATE))  # a second of the two that it was fed
    tried.heard(said(2 * SAMPLE_RATE))
    results = tried.results()
    assert [(await anext(results)).until for _ in range(2)] == [SAMPLE_RATE, 2 * SAMPLE_RATE]
    with pytest.raises(EngineKilled, match="goes on with the others"):
        await anext(results)
    await tried.close()
    assert not alone.alive
    (again,) = await rig.open("sick-otter-102")
    assert rig.link(again) is rig.link(innocent)
    await rig.recogniser.close()


async def test_words_before_those_that_are_suspect_prove_nothing() -> None:
    rig = Rig(processes=1, each=20)
    await rig.suspects("sick-otter-102")
    innocent, tried = await rig.open("calm-otter-101", "sick-otter-102")
    tried.heard(said(2 * SAMPLE_RATE - 1))
    await tried.close()
    (again,) = await rig.open("sick-otter-102")
    assert rig.link(again) is not rig.link(innocent)
    await rig.recogniser.close()


async def test_what_is_said_live_proves_nothing_of_a_hole_of_the_same_session() -> None:
    rig = Rig(processes=2, each=20)
    live, hole = await rig.open("sick-otter-102", "sick-otter-102")
    await live.feed(9 * SAMPLE_RATE, SECOND)
    await hole.feed(0, SECOND)
    rig.link(hole).crash(hole)
    await hole.close()
    for second in (10, 11):
        live.heard(said(second * SAMPLE_RATE))
    results = live.results()
    assert [(await anext(results)).until for _ in range(2)] == [10 * SAMPLE_RATE, 11 * SAMPLE_RATE]
    (tried,) = await rig.open("sick-otter-102")
    assert rig.link(tried) is not rig.link(live)
    assert rig.link(tried).sessions == 1
    await rig.recogniser.close()


async def test_who_is_tried_or_waits_for_it_keeps_its_place() -> None:
    rig = Rig(processes=1, each=AT_ONCE + 1)
    names = [f"sick-otter-{number}" for number in range(AT_ONCE + 1)]
    await rig.suspects(*names)
    tried = await rig.open(*names[:AT_ONCE])
    waiting = asyncio.create_task(rig.recogniser.open(names[-1], "en", ()))
    await until(lambda: rig.recogniser.capacity == (AT_ONCE + 1, AT_ONCE + 1))
    with pytest.raises(AtCapacity):
        await rig.open("calm-otter-101")
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await tried[0].close()
    assert rig.recogniser.capacity == (AT_ONCE - 1, AT_ONCE + 1)
    await rig.open("calm-otter-101")
    await rig.recogniser.close()


async def test_who_waits_for_long_is_told_so_without_evidence_and_holds_no_place() -> None:
    async def start() -> Any:
        return FakeLink(0)

    trials = Trials(start, turn_s=0.01)
    links = [await trials.begin() for _ in range(AT_ONCE)]
    with pytest.raises(EngineKilled):
        await trials.begin()
    assert trials.sessions == 0
    await trials.end(links[0])
    await trials.end(links[0])
    await trials.begin()
    with pytest.raises(EngineKilled):
        await trials.begin()


async def test_a_process_that_does_not_start_gives_its_place_back() -> None:
    async def start() -> Any:
        raise OSError("no process")

    trials = Trials(start, turn_s=0.01)
    for _ in range(AT_ONCE + 1):
        with pytest.raises(OSError, match="no process"):
            await trials.begin()
