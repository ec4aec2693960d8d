"""What Kafka still knows of sessions, read back from a real one."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest_asyncio

from dragoman.runtime.wall_clock import now_ms
from gateway.kafka.log import KafkaLog
from gateway.kafka.recall import Recall
from schemas.messages import Audio, Message, Session
from schemas.topics import AUDIO, SESSIONS


@pytest_asyncio.fixture
async def log(kafka: str) -> AsyncIterator[KafkaLog]:
    """Writes as gateways do."""
    log = KafkaLog(kafka)
    log.start()
    yield log
    await log.stop()


@pytest_asyncio.fixture
async def recall(kafka: str) -> AsyncIterator[Recall]:
    """Not yet connected."""
    recall = Recall(kafka)
    yield recall
    await recall.stop()


def session(name: str, **changes: object) -> Session:
    """In partition 1."""
    first = Session(session_id=name, code=name, source_language="en", partition=1, created_at=1, updated_at=now_ms())
    return msgspec.structs.replace(first, **changes)


def audio(position: int, kind: str = "frame", samples: int = 1600) -> Audio:
    """A tenth of a second, or a marker."""
    pcm = bytes(samples * 2) if kind == "frame" else b""
    return Audio(kind=kind, position=position, captured_at=0, language="en", pcm=pcm)  # type: ignore[arg-type]


async def write(log: KafkaLog, topic: str, session_id: str, *messages: Message) -> None:
    """To partition 1."""
    for message in messages:
        await log.deliver(topic, 1, session_id, [message])


async def test_the_newest_version_of_a_session_counts_though_an_older_one_came_last(
    log: KafkaLog, recall: Recall
) -> None:
    """An older speaker's gateway was stopped and woke up."""
    newest = session("recall-a", generation=2, updated_at=5)
    await write(log, SESSIONS, "recall-a", session("recall-a"), newest)
    await write(log, SESSIONS, "recall-a", session("recall-a", generation=1, updated_at=9, state="ended"))
    await write(log, SESSIONS, "recall-b", session("recall-b", state="paused"))
    for found in (await recall.sessions(), await recall.sessions(partition=1)):
        ours = {each.session_id: each for each in found if each.session_id.startswith("recall-")}
        assert ours["recall-a"] == newest
        assert ours["recall-b"].state == "paused"


async def test_the_end_of_the_audio_is_found_among_that_of_others(log: KafkaLog, recall: Recall) -> None:
    await write(log, AUDIO, "recall-c", audio(0), audio(1600))
    await write(log, AUDIO, "recall-d", audio(0), audio(80_000), audio(0, samples=80), audio(3200, "pause"))
    await write(log, AUDIO, "recall-c", audio(3200), audio(1600))
    assert await recall.end_of_audio(session("recall-d")) == 81_600
    assert await recall.end_of_audio(session("recall-c")) == 4800


async def test_a_session_without_new_audio_ends_where_its_record_says(log: KafkaLog, recall: Recall) -> None:
    """It has been paused for long: not all of the partition is read for it."""
    async with asyncio.timeout(60):
        assert await recall.end_of_audio(session("recall-e", position=48_000)) == 48_000
        assert await recall.end_of_audio(session("recall-e", updated_at=1)) == 0
