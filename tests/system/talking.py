"""A session whose speaker never stops, a real translate that is soon sure of an absence, and what Kafka has of both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from schemas.channels import session_key
from schemas.messages import Session, Translation, Usage
from tests.gateway.client import Connect, StartGateway, created
from tests.workers.driving import until_true
from tests.workers.texts import transcript
from tests.workers.worker_process import Kafka, WorkerProcess, worker

SECOND = 16_000
SURE = (
    "import schemas.channels as channels; channels.LEASE_MS = 300; from workers.translate.__main__ import main; main()"
)
"""A worker that is sure of an absence after 0.6 s, not 30 s."""


class Talk:
    """A session whose speaker never stops."""

    def __init__(self, broker: Kafka, session: Session) -> None:
        self.session_id, self.code = session.session_id, session.code
        self._broker, self._partition = broker, session.partition
        self._said = 0

    async def go_on(self) -> None:
        """Says a sentence every tenth of a second."""
        while True:
            said = transcript(SECOND * self._said, f"number {self._said}")
            await self._broker.send("transcripts", self.session_id, said, self._partition)
            self._said += 1
            await asyncio.sleep(0.1)

    async def has_said(self, sentences: int) -> None:
        """Waits until the speaker has said so many."""
        await until_true(lambda: self._said >= sentences)

    async def until_segment(self, segment: int, outcome: str = "") -> list[Translation]:
        """All translations into Spanish, once there is one from `segment` on, with this outcome."""

        def enough(found: list[Any]) -> bool:
            return any(each.segment >= segment and outcome in {"", each.outcome} for each in spanish(found))

        return spanish(await self._broker.read("translations", enough, self.session_id))

    async def now(self) -> int:
        """The segment that is said next; all before it are translated."""
        segment = self._said * SECOND
        await self.until_segment(segment)
        return segment

    async def usage(self) -> list[Usage]:
        """What the engine was asked for."""
        found = await self._broker.read("usage", lambda found: bool(found), self.session_id)
        return [message for _, _, message in found if isinstance(message, Usage)]


def spanish(found: list[Any]) -> list[Translation]:
    """What became of it in Spanish."""
    return [each for _, _, each in found if isinstance(each, Translation) and each.language == "es"]


@pytest.fixture
def translate(kafka: str, redis_url: str, tmp_path: Path) -> Any:
    settings = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": redis_url, "DRAGOMAN_ENGINES": "scripted"}
    with worker(["-c", SURE], tmp_path / "translate.log", **settings) as process:
        yield process


@pytest_asyncio.fixture
async def talk(
    translate: WorkerProcess, start_gateway: StartGateway, connect: Connect, redis: Redis, broker: Kafka
) -> AsyncIterator[Talk]:
    """A session on a gateway that stays; its sentences are not what the speaker says, but what the test writes."""
    await translate.started()
    speaker = await connect(await start_gateway())
    code, _ = await created(speaker)
    record = await redis.hget(session_key((await redis.get(f"dragoman:code:{code}")).decode()), "record")  # type: ignore[misc]
    talk = Talk(broker, msgspec.json.decode(record, type=Session))
    speaking = asyncio.create_task(talk.go_on())
    yield talk
    speaking.cancel()
    with suppress(asyncio.CancelledError):
        await speaking
