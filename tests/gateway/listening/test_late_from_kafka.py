"""Revised finals from Kafka to a client, through the real worker and gateway, whatever Redis forgot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis

from dragoman.client.listener import Listener
from dragoman.runtime.wall_clock import now_ms
from gateway.gateway import Gateway
from schemas.channels import session_key
from schemas.messages import Message, Session, Wanted
from schemas.socket import Caption, Resume
from tests.gateway.client import Connect, StartGateway, created
from tests.gateway.publisher import session_id_of
from tests.gateway.reader import Readers
from tests.workers.texts import translation
from tests.workers.worker_process import connected, worker

PATIENCE_S = 60.0


class Reader:
    """Keeps the captions that a client yields."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.captions: list[Caption] = []

    async def until(self, text: str) -> list[tuple[str, bool]]:
        """Text, and whether it came late, of all until this one."""
        async with asyncio.timeout(PATIENCE_S):
            async for message in self.listener.messages():
                if isinstance(message, Caption):
                    self.captions.append(message)
                    if message.text == text:
                        break
        return [(each.text or each.reason, each.revised is True) for each in self.captions]


@asynccontextmanager
async def reading(gateway: Gateway, code: str, **how: Any) -> AsyncIterator[Reader]:
    """A client of the Spanish captions."""
    async with Listener.join(gateway.url, code, "es", audio=False, **how) as listener:
        yield Reader(listener)


def late(segment: int, text: str, revision: int = 16_001) -> Message:
    return translation(segment, text, revision=revision, revised=True)


async def test_a_hole_is_filled_for_who_is_there_who_joins_and_who_comes_back(
    kafka: str,
    redis_url: str,
    gateway: Gateway,
    start_gateway: StartGateway,
    connect: Connect,
    readers: Readers,
    redis: Redis,
    tmp_path: Path,
) -> None:
    code, _ = await created(await connect())
    session_id = await session_id_of(redis, code)
    record: Any = await redis.hget(session_key(session_id), "record")  # type: ignore[misc]  # as redis-py has it
    partition = msgspec.json.decode(record, type=Session).partition
    hole = translation(0, "", outcome="skipped", reason="no-audience")
    servers = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": redis_url}
    with worker(["-m", "workers.broadcast"], tmp_path / "broadcast.log", **servers) as broadcast:
        await broadcast.started()
        async with connected(kafka) as broker, reading(gateway, code) as there:

            async def say(*messages: Message) -> None:
                for message in messages:
                    topic = "transcripts" if isinstance(message, Wanted) else "translations"
                    await broker.send(topic, session_id, message, partition)

            await say(hole, translation(16_000, "dos"), Wanted(language="es", at=now_ms()), late(0, "uno"))
            assert await there.until("uno") == [("no-audience", False), ("dos", False), ("uno", True)]
            last = there.captions[-1]
            seen = Resume(captions=str(last.id), revisions=str(last.revision_id))

            abilities = {name: await redis.get(name) async for name in redis.scan_iter("dragoman:abilities:*")}
            await redis.flushall()
            for name, value in abilities.items():
                await redis.set(name, value)
            await say(late(8_000, "uno y medio", 8_001), late(0, "uno"), translation(32_000, "tres"))
            assert (await there.until("tres"))[3:] == [("uno y medio", True), ("tres", False)]

            again = await start_gateway()  # finds the session in the log
            now = [("uno", True), ("uno y medio", True), ("dos", False), ("tres", False)]
            async with reading(again, code) as newcomer:
                assert await newcomer.until("tres") == now
            async with reading(again, code, resume=seen) as returned:
                assert await returned.until("uno y medio") == [("tres", False), ("uno y medio", True)]
                assert returned.listener.joined
                assert returned.listener.joined.captions
                assert returned.listener.joined.captions.recovered
            reader = await readers.read(code, at=again.url, after=f"{seen.captions}/{seen.revisions}")
            assert (await reader.of_type("sessionJoined"))["captions"]["recovered"]
            await reader.text("uno y medio")
            assert reader.texts == ["tres", "uno y medio"]
            async with reading(again, code, resume=Resume(captions=seen.captions)) as stranger:
                assert await stranger.until("uno y medio") == [("tres", False), ("uno", True), ("uno y medio", True)]
