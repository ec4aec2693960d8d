"""How far audio is durable is noted for all sessions of a gateway at once."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

from redis.asyncio import Redis

from gateway.kafka.extent import Extent
from gateway.sessions.live import LiveSession
from gateway.sessions.progress import note_progress
from gateway.sessions.sessions import DurableAudio, Sessions
from gateway.speaking.speaker import LiveSpeaker
from gateway.tasks import Tasks
from schemas.messages import Session


def session(generation: int) -> Session:
    """Of a speaker."""
    name = uuid4().hex
    return Session(
        session_id=name, code=name, source_language="en", partition=0, created_at=1, updated_at=1, generation=generation
    )


async def test_each_session_is_answered_for_itself(redis: Redis) -> None:
    sessions = Sessions(redis, "this gateway", 60)
    mine, taken, forgotten = session(2), session(2), session(2)
    await sessions.restore(mine, position=1_600)
    await sessions.restore(taken, position=1_600)
    moved = [
        DurableAudio(mine.session_id, 2, 4_800),
        DurableAudio(taken.session_id, 1, 4_800),
        DurableAudio(forgotten.session_id, 2, 4_800),
    ]
    assert await sessions.progress(moved) == [1, 0, -1]
    positions = [await sessions.standing(each.session_id) for each in (mine, taken, forgotten)]
    assert [each and each.position for each in positions] == [4_800, 1_600, None]
    assert await sessions.progress([DurableAudio(mine.session_id, 2, 3_200)]) == [1]
    standing = await sessions.standing(mine.session_id)
    assert standing
    assert standing.position == 4_800, "it never goes back"


class Speaker:
    """One whose audio grows."""

    def __init__(self, name: str) -> None:
        self._name, self._noted = name, -1
        self.position = 0
        self.answers: list[int] = []

    def progress(self) -> DurableAudio | None:
        """What is new."""
        return None if self.position == self._noted else DurableAudio(self._name, 1, self.position)

    def noted(self, progress: DurableAudio, known: int) -> None:
        """Is kept, unless Redis does not know the speaker: then it asks again."""
        self.answers.append(known)
        if known > 0:
            self._noted = progress.position


class Asked:
    """In place of Redis: knows one speaker of two."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def progress(self, speakers: Sequence[DurableAudio]) -> list[int]:
        """Who is called `replaced` is."""
        self.asked.append([each.session_id for each in speakers])
        return [0 if each.session_id == "replaced" else 1 for each in speakers]


class Live:
    """A session with its speaker, or without."""

    def __init__(self, speaker: Speaker | None) -> None:
        self.speaker = speaker


async def test_those_that_moved_are_noted_together_and_nobody_else() -> None:
    one, replaced, redis = Speaker("one"), Speaker("replaced"), Asked()
    lives = cast("list[LiveSession]", [Live(one), Live(None), Live(replaced)])
    for _ in range(2):
        await note_progress(cast(Any, redis), lives)
    one.position = 1_600
    await note_progress(cast(Any, redis), lives)
    assert redis.asked == [["one", "replaced"], ["replaced"], ["one", "replaced"]]
    assert (one.answers, replaced.answers) == ([1, 1], [0, 0, 0])


class Comparing:
    """A session that is compared with Redis for as long as the test wants."""

    def __init__(self) -> None:
        self.session = session(2)
        self.extent = Extent(1_600)
        self.begun, self.answered = 0, asyncio.Event()

    async def refresh(self) -> None:
        self.begun += 1
        await self.answered.wait()


async def test_a_speaker_that_redis_does_not_know_is_compared_once_at_a_time() -> None:
    live, tasks = Comparing(), Tasks()
    needs = cast(Any, SimpleNamespace(tasks=tasks, channels=None))
    speaker = LiveSpeaker(needs, cast(Any, None), cast(Any, live), cast(Any, None), generation=2, explicit=True)
    for _ in range(3):
        moved = speaker.progress()
        assert moved, "it asks again"
        speaker.noted(moved, 0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert live.begun == 1
    live.answered.set()
    await asyncio.gather(*tasks._running)
    speaker.noted(moved, 0)
    await asyncio.gather(*tasks._running)
    assert live.begun == 2
    speaker.noted(moved, 1)
    assert speaker.progress() is None
