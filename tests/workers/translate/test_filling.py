"""The real translate on a real Kafka: who comes back gets what was missed, also through kills."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from schemas import channels
from schemas.channels import Lease
from schemas.messages import Translation, Usage, Wanted
from tests.workers.driving import until_true
from tests.workers.texts import end, transcript, translation
from tests.workers.worker_process import Envelope, Kafka, WorkerProcess, worker

PARTITION, FINALS = 3, 30
pytestmark = pytest.mark.system

Start = Callable[[str], AbstractContextManager[WorkerProcess]]


@pytest.fixture
def start(kafka: str, redis_url: str, tmp_path: Path) -> Start:
    def start(name: str) -> AbstractContextManager[WorkerProcess]:
        return worker(
            ["-m", "workers.translate"],
            tmp_path / f"{name}.log",
            DRAGOMAN_KAFKA=kafka,
            DRAGOMAN_REDIS=redis_url,
            DRAGOMAN_ENGINES="scripted",
            DRAGOMAN_SCRIPTED_LATENCY_MS="150",
        )

    return start


def filled(records: list[Envelope]) -> list[Translation]:
    return [message for _, _, message in records if isinstance(message, Translation) and message.revised]


def has(enough: int, records: list[Envelope]) -> bool:
    return len(filled(records)) >= enough


async def test_a_worker_that_is_killed_while_it_fills_leaves_nothing_out_and_makes_nothing_twice(
    start: Start, broker: Kafka, redis: Redis
) -> None:
    session_id = f"brave-heron-{uuid4().hex[:6]}"
    for number in range(FINALS):
        await broker.send("transcripts", session_id, transcript(number * 16_000, f"number {number}"), PARTITION)
    with start("killed") as first:
        await first.started()
        behind = await broker.send("transcripts", session_id, end(FINALS * 16_000), PARTITION) + 1
        await until_true(lambda: committed(broker, behind))  # without a word: nobody ever asked for a language
        asked = await asked_for(broker, redis, session_id)
        for number in range(FINALS, FINALS + 5):  # and the speaker goes on
            await broker.send("transcripts", session_id, transcript(number * 16_000, f"number {number}"), PARTITION)
        await broker.read("translations", partial(has, 5), session_id)
    assert not await committed(broker, asked + 1)
    with start("successor"):
        made = filled(await broker.read("translations", partial(has, FINALS - 3), session_id))
        await until_true(lambda: committed(broker, asked + 1))
    numbers = [each.segment // 16_000 for each in made]
    assert numbers == [*range(FINALS - 1, 4, -1), 3, 2]  # once each, newest first; what failed is left alone
    assert {(each.language, each.revision, each.outcome) for each in made} == {("es", 16_001, "ok")}
    assert [each.text for each in made] == [f"number {number}" for number in numbers]

    usage = await broker.read("usage", lambda records: len(records) >= FINALS - 3 + 5, session_id)
    counted = {(each.segment < FINALS * 16_000, each.revised) for _, _, each in usage if isinstance(each, Usage)}
    assert counted == {(True, True), (False, False)}


async def asked_for(broker: Kafka, redis: Redis, session_id: str) -> int:
    """Of Spanish two finals were made, two were skipped for want of an audience, one failed; now somebody reads it."""
    unread = {"text": "", "outcome": "skipped", "reason": "no-audience"}
    failed = {"text": "", "outcome": "failed", "reason": "engine"}
    for number, made in enumerate([{}, {}, unread, unread, failed]):
        await broker.send("translations", session_id, translation(number * 16_000, **made), PARTITION)  # type: ignore[arg-type]
    lease = msgspec.json.encode(Lease(until=2**52, captions={"es": 1}))
    await redis.hset(channels.audience_key(session_id), "gateway", lease)  # type: ignore[misc]
    return await broker.send("transcripts", session_id, Wanted(language="es", at=2_000_000), PARTITION)


async def committed(broker: Kafka, behind: int) -> bool:
    return await broker.committed("translate", "transcripts", PARTITION) >= behind
