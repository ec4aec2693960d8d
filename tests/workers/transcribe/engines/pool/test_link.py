"""The parent's end of a process, with a process that says what the test says."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from workers.errors import EngineCrashed, EngineEnded, EngineError, EngineKilled
from workers.transcribe.engines.pool.link import PoolProcess, hung
from workers.transcribe.engines.pool.pipe import Begun, Failed, Feed, Finish, Heard, ToParent, packed, to_child


class FakePipe:
    """Takes what is written to the process."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    def write(self, sent: bytes) -> None:
        self.messages.append(to_child.decode(sent[4:]))

    async def drain(self) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    async def wait_closed(self) -> None:
        pass


class FakeOwner:
    """A session's owner."""

    def __init__(self) -> None:
        self.answers: list[Heard] = []
        self.errors: list[EngineError] = []
        self.suspect = False

    def heard(self, heard: Heard) -> None:
        self.answers.append(heard)

    def failed(self, error: EngineError) -> None:
        self.errors.append(error)

    def suspected(self) -> None:
        self.suspect = True


class Rig:
    """A link with a fake process and a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pipe, self.output = FakePipe(), asyncio.StreamReader()
        self.killed = False
        self.status = -9
        process: Any = SimpleNamespace(stdin=self.pipe, stdout=self.output, pid=4711, kill=self.kill, wait=self.wait)
        self.link = PoolProcess(process, clock=lambda: self.now)
        self.reading = asyncio.create_task(self.link.listen())

    def kill(self) -> None:
        self.killed = True

    async def wait(self) -> int:
        return self.status

    async def says(self, *messages: ToParent) -> None:
        """The process says something, and it was taken."""
        self.output.feed_data(b"".join(packed(message) for message in messages))
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
async def rig() -> Any:
    rig = Rig()
    yield rig
    rig.reading.cancel()
    await asyncio.gather(rig.reading, return_exceptions=True)


async def test_it_is_silent_from_the_first_piece_of_work_that_is_not_answered(rig: Rig) -> None:
    session = rig.link.open(FakeOwner(), "en")
    rig.now = 5.0
    assert rig.link.silent_s == 0
    await rig.link.send(Feed(session, 0, b"\0\0"))
    rig.now = 7.0
    await rig.link.send(Finish(session))
    assert rig.link.silent_s == 2
    await rig.says(Heard(session, 1, (), -1))
    rig.now = 8.0
    assert rig.link.silent_s == 1
    await rig.says(Heard(session, 0, (), -1))
    assert rig.link.silent_s == 0


async def test_what_it_says_unasked_is_no_answer_that_it_owes(rig: Rig) -> None:
    owner = FakeOwner()
    session = rig.link.open(owner, "en")
    await rig.link.send(Feed(session, 0, b"\0\0"))
    await rig.says(Heard(session, 0, (), -1, asked=False))
    rig.now = 3.0
    assert rig.link.silent_s == 3
    await rig.says(Heard(session, 1, (), -1))
    assert rig.link.silent_s == 0
    assert len(owner.answers) == 2


async def test_it_owes_nothing_to_a_session_that_was_released(rig: Rig) -> None:
    owner = FakeOwner()
    session = rig.link.open(owner, "en")
    await rig.link.send(Feed(session, 0, b"\0\0"))
    rig.link.release(session)
    rig.now = 100.0
    assert rig.link.silent_s == 0
    await rig.says(Heard(session, 1, (), -1))
    assert owner.answers == []
    assert rig.link.alive


async def test_a_session_that_fails_in_the_process_fails_alone_and_is_owed_nothing(rig: Rig) -> None:
    one, other = FakeOwner(), FakeOwner()
    sessions = [rig.link.open(owner, "en") for owner in (one, other)]
    await rig.link.send(Feed(sessions[0], 0, b"\0\0"))
    await rig.says(Failed(sessions[0], "it broke"))
    assert [type(error) for error in one.errors] == [EngineCrashed]
    assert other.errors == []
    rig.now = 100.0
    assert rig.link.silent_s == 0
    assert rig.link.sessions == 1


async def test_it_is_idle_since_its_last_session_went(rig: Rig) -> None:
    session = rig.link.open(FakeOwner(), "en")
    rig.now = 10.0
    assert rig.link.idle_s == 0
    rig.link.release(session)
    rig.now = 14.0
    assert rig.link.idle_s == 4


async def test_killed_it_fails_all_sessions_with_the_reason(rig: Rig) -> None:
    owners = [FakeOwner(), FakeOwner()]
    for owner in owners:
        rig.link.open(owner, "en")
    error = hung(10)
    rig.link.kill(error)
    assert rig.killed
    assert [owner.errors for owner in owners] == [[error], [error]]
    with pytest.raises(type(error)):
        await rig.link.send(Finish(1))


async def ended(rig: Rig, status: int, *sessions: FakeOwner, at: int | None) -> list[type[EngineError]]:
    """What the sessions are told when the process ends while it works on number `at`, counted from 1."""
    for owner in sessions:
        rig.link.open(owner, "en")
    if at is not None:
        await rig.says(Begun(at))
    rig.status = status
    rig.output.feed_eof()
    await rig.reading
    assert not rig.link.alive
    return [type(error) for owner in sessions for error in owner.errors]


async def test_a_process_that_ends_by_itself_is_evidence_against_the_only_session_that_it_worked_on(rig: Rig) -> None:
    alone = FakeOwner()
    assert await ended(rig, -11, alone, at=1) == [EngineEnded]
    assert alone.suspect


async def test_of_several_sessions_the_one_worked_on_is_suspect_and_none_is_guilty(rig: Rig) -> None:
    owners = [FakeOwner(), FakeOwner(), FakeOwner()]
    assert await ended(rig, -11, *owners, at=2) == [EngineKilled] * 3
    assert [owner.suspect for owner in owners] == [False, True, False]


@pytest.mark.parametrize(("status", "at"), [(-9, 1), (-15, 1), (-11, None)])
async def test_a_kill_from_outside_or_an_end_without_work_says_nothing_of_a_session(
    rig: Rig, status: int, at: int | None
) -> None:
    alone = FakeOwner()
    assert await ended(rig, status, alone, at=at) == [EngineKilled]
    assert not alone.suspect


async def test_what_was_answered_is_worked_on_no_more(rig: Rig) -> None:
    owner = FakeOwner()
    rig.link.open(owner, "en")
    await rig.says(Begun(1), Heard(1, 1, (), -1))
    rig.status = -11
    rig.output.feed_eof()
    await rig.reading
    assert [type(error) for error in owner.errors] == [EngineKilled]
