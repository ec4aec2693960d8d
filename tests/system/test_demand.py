"""The only reader of a language goes away: a real translate goes on for it, for a while, and stops when it left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from schemas.channels import session_key
from schemas.messages import Session, Translation, Usage
from tests.gateway.client import Client, Connect, StartGateway, created, joined
from tests.gateway.conftest import connect, gateway, redis, start_gateway
from tests.gateway.program import start_program
from tests.workers.texts import transcript
from tests.workers.worker_process import Kafka, WorkerProcess, connected, worker

__all__ = ["connect", "gateway", "redis", "start_gateway"]
pytestmark = pytest.mark.system

LINGER_S = 600
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
            await self._broker.send("transcripts", self.session_id, transcript(16_000 * self._said), self._partition)
            self._said += 1
            await asyncio.sleep(0.1)

    async def until_segment(self, segment: int, outcome: str = "") -> list[Translation]:
        """All translations into Spanish, once there is one from `segment` on, with this outcome."""

        def enough(found: list[Any]) -> bool:
            return any(each.segment >= segment and outcome in {"", each.outcome} for each in _spanish(found))

        return _spanish(await self._broker.read("translations", enough, self.session_id))

    async def now(self) -> int:
        """The segment that is said next; all before it are translated."""
        segment = self._said * 16_000
        await self.until_segment(segment)
        return segment

    async def usage(self) -> list[Usage]:
        """What the engine was asked for."""
        found = await self._broker.read("usage", lambda found: bool(found), self.session_id)
        return [message for _, _, message in found if isinstance(message, Usage)]


def _spanish(found: list[Any]) -> list[Translation]:
    return [each for _, _, each in found if isinstance(each, Translation) and each.language == "es"]


def outcomes(found: list[Translation], first: int = 0) -> set[tuple[str, str]]:
    """What became of the segments from `first` on."""
    return {(each.outcome, each.reason) for each in found if each.segment >= first}


@pytest_asyncio.fixture
async def broker(kafka: str) -> AsyncIterator[Kafka]:
    async with connected(kafka) as broker:
        yield broker


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


@pytest.mark.parametrize("away_s", [0.5, 3])
async def test_nothing_is_skipped_while_the_only_reader_is_away(
    talk: Talk, start_gateway: StartGateway, connect: Connect, translate: WorkerProcess, away_s: float
) -> None:
    here = await start_gateway(linger_s=LINGER_S)
    reader, again = await connect(here), await connect(here)
    answer = await joined(reader, talk.code, audio=False)
    first = await talk.now()
    await reader.socket.close()
    await asyncio.sleep(away_s)
    await joined(again, talk.code, audio=False, resume={"listener": answer["listener"]})
    assert outcomes(await talk.until_segment(await talk.now()), first) == {("ok", "")}
    assert any(call.lingering for call in await talk.usage())
    _, metrics = await translate.get("/metrics")
    (line,) = [line for line in metrics.splitlines() if line.startswith("dragoman_linger_segments_total{")]
    assert float(line.split()[-1]) > 0


async def test_it_stops_after_the_linger_time_and_at_once_after_a_farewell(
    talk: Talk, start_gateway: StartGateway, connect: Connect
) -> None:
    here = await start_gateway(linger_s=1)
    reader, again = await connect(here), await connect(here)
    await joined(reader, talk.code, audio=False)
    first = await talk.now()
    await reader.socket.close()
    skipped = [each for each in await talk.until_segment(first, "skipped") if each.segment >= first]
    assert outcomes(skipped) == {("ok", ""), ("skipped", "no-audience")}
    await joined(again, talk.code, audio=False)
    await talk.now()
    await again.ask("leaveSession", sessionId=talk.code)
    left = await talk.now()
    after = outcomes(await talk.until_segment(left + 10 * 16_000), left + 16_000)
    assert after == {("skipped", "no-audience")}


async def test_nothing_is_skipped_when_its_gateway_is_killed(
    talk: Talk, kafka: str, redis_url: str, start_gateway: StartGateway, connect: Connect
) -> None:
    doomed, other = await start_program(kafka, redis_url, linger_s=LINGER_S), await start_gateway(linger_s=LINGER_S)
    async with aiohttp.ClientSession() as http:
        reader = Client(await http.ws_connect(f"http://127.0.0.1:{doomed.port}/ws"))
        try:
            answer = await joined(reader, talk.code, audio=False)
            first = await talk.now()
        finally:
            await doomed.end()
    await asyncio.sleep(1)
    again = await connect(other)
    await joined(again, talk.code, audio=False, resume={"listener": answer["listener"]})
    assert outcomes(await talk.until_segment(await talk.now()), first) == {("ok", "")}
    await again.ask("leaveSession", sessionId=talk.code)
    left = await talk.now()
    after = outcomes(await talk.until_segment(left + 10 * 16_000), left + 16_000)
    assert after == {("skipped", "no-audience")}, "the dead gateway asks for nothing more"
