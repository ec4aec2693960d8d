"""What a lane passed over when it jumped is transcribed afterwards: real workers, a real Kafka and a real Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from schemas.channels import code_key_of, holes_key
from schemas.messages import Transcript, Usage
from tests.servers import redis_server
from tests.workers.driving import until_true
from tests.workers.transcribe.dictated import FRAME, frame, frames
from tests.workers.worker_process import Envelope, Kafka, WorkerProcess, worker

PARTITION = 1
HOLE_S = 20
AGO_MS = 100_000
"""The session was not heard for so long."""
pytestmark = pytest.mark.system


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[str]:
    """A Redis of the test's own: it is emptied."""
    folder = tmp_path / "redis"
    folder.mkdir()
    with redis_server(folder) as url:
        yield url


@pytest.fixture
async def redis(own_redis: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(own_redis, protocol=2)
    yield client
    await client.aclose()


class Transcribe:
    """The worker, with an engine that is hardly faster than speech, so that a lane far behind jumps."""

    def __init__(self, kafka: str, redis_url: str, folder: Path) -> None:
        self._folder, self._started = folder, 0
        self._environment = {
            "DRAGOMAN_KAFKA": kafka,
            "DRAGOMAN_REDIS": redis_url,
            "DRAGOMAN_ENGINES": "scripted",
            "DRAGOMAN_SCRIPTED_LATENCY_MS": "1500",
        }

    @contextmanager
    def run(self) -> Iterator[WorkerProcess]:
        """A process of it, killed at the end."""
        self._started += 1
        log = self._folder / f"transcribe-{self._started}.log"
        with worker(["-m", "workers.transcribe"], log, DRAGOMAN_JUMP_S="30", **self._environment) as process:
            yield process


@pytest.fixture
def transcribe(kafka: str, own_redis: str, tmp_path: Path) -> Transcribe:
    return Transcribe(kafka, own_redis, tmp_path)


@asynccontextmanager
async def speaking(broker: Kafka, session_id: str) -> AsyncIterator[None]:
    """A speaker of whom 20 s were not heard when they were said, and who goes on."""
    began = time.time_ns() // 1_000_000 - AGO_MS
    for number, record in enumerate(frames(0, HOLE_S * 16_000)):
        await broker.send("audio", session_id, record.message, PARTITION, began + number * 100)

    async def go_on() -> None:
        for number in range(HOLE_S * 10, 1_000_000):
            await broker.send("audio", session_id, frame(number, number * FRAME).message, PARTITION)
            await asyncio.sleep(0.1)

    talk = asyncio.create_task(go_on())
    try:
        yield
    finally:
        talk.cancel()
        await asyncio.gather(talk, return_exceptions=True)


def finals(envelopes: list[Envelope]) -> list[Transcript]:
    return [message for _, _, message in envelopes if isinstance(message, Transcript) and message.final]


def holes(envelopes: list[Envelope]) -> list[Transcript]:
    return [final for final in finals(envelopes) if final.reason == "jump"]


def tiles(envelopes: list[Envelope]) -> list[Transcript]:
    return [final for final in finals(envelopes) if final.revised]


def filled(envelopes: list[Envelope]) -> bool:
    """The hole has a last tile."""
    return any(tile.until == hole.until for hole in holes(envelopes) for tile in tiles(envelopes))


def read_as_one(envelopes: list[Envelope]) -> list[Transcript]:
    """Of each segment the highest revision, in order: what readers and exports make of it."""
    newest: dict[int, Transcript] = {}
    for final in finals(envelopes):
        if final.segment not in newest or newest[final.segment].revision < final.revision:
            newest[final.segment] = final
    return [newest[segment] for segment in sorted(newest)]


async def test_a_hole_is_filled_although_the_worker_is_killed_and_redis_emptied_in_the_middle(
    transcribe: Transcribe, broker: Kafka, redis: Redis, session_id: str
) -> None:
    async with speaking(broker, session_id):
        with transcribe.run() as first:
            await broker.read("transcripts", lambda found: len(tiles(found)) >= 2, session_id)
            first.child.kill()
            await first.ended()
        with transcribe.run():
            await broker.read("transcripts", lambda found: len(tiles(found)) >= 4, session_id)
            await redis.flushall()
            await broker.read("transcripts", filled, session_id)
            found = await broker.read("transcripts", lambda found: filled(found) and live(found), session_id)

            async def empty() -> bool:
                return await redis.hlen(holes_key()) == 0  # type: ignore[misc]  # redis-py's types are of both clients

            await until_true(empty)

    whole = read_as_one(found)
    assert [final.segment for final in whole] == [0, *(final.until for final in whole[:-1])], "no hole, nothing twice"
    assert all(final.outcome == "ok" for final in whole)
    (hole,) = holes(found)
    inside = [final for final in whole if hole.segment <= final.segment < hole.until]
    assert (inside[0].segment, inside[-1].until) == (hole.segment, hole.until)
    assert all(final.revised and final.revision > hole.revision for final in inside)
    assert [final.text for final in inside] == [f"{final.segment} to {final.until}" for final in inside]
    assert {(tile.segment, tile.until) for tile in tiles(found)} == {(tile.segment, tile.until) for tile in inside}
    told = hole.until - hole.segment - max(tile.until - tile.segment for tile in inside)
    await broker.read("usage", lambda found: sum(_seconds(found)) > told / 16_000 - 0.01, session_id)
    # one tile less: usage is not waited for, and the kill may have come between both


def live(envelopes: list[Envelope]) -> bool:
    """Something behind the hole was heard."""
    return any(not final.revised and final.outcome == "ok" for final in finals(envelopes))


def _seconds(envelopes: list[Envelope]) -> list[float]:
    """What was heard afterwards."""
    return [message.seconds for _, _, message in envelopes if isinstance(message, Usage) and message.revised]


async def test_nothing_is_made_of_a_session_that_was_deleted_meanwhile(
    transcribe: Transcribe, broker: Kafka, redis: Redis, session_id: str
) -> None:
    await redis.set(code_key_of(session_id), "deleted")
    async with speaking(broker, session_id):
        with transcribe.run() as process:
            await until_true(lambda: process.logged("hole.given_up"))
            assert process.logged("hole.given_up")[0]["missing"] == ["deleted"]
        assert tiles(await broker.read("transcripts", holes, session_id)) == []
