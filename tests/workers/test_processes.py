"""The four real workers with the scripted engines, on a real Kafka and Redis: audio in, captions and speech out."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.local.ports import free_ports
from dragoman.local.reach import redis_trouble
from dragoman.local.redis_server import prepare_redis
from schemas import channels
from schemas.channels import Lease, unframed
from schemas.messages import Transcript, Usage
from schemas.socket import Caption, SessionEnded, TranslatedAudio
from tests.servers import running
from tests.workers.driving import until_true
from tests.workers.texts import end, translation
from tests.workers.transcribe.dictated import frames, marker
from tests.workers.worker_process import Kafka, WorkerProcess, connected, worker

STAGES = ("transcribe", "translate", "synthesize", "broadcast")
PARTITION = 2
pytestmark = pytest.mark.system


@pytest.fixture
def workers(kafka: str, redis_url: str, tmp_path: Path) -> Iterator[dict[str, WorkerProcess]]:
    environment = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": redis_url, "DRAGOMAN_ENGINES": "scripted"}
    with ExitStack() as stack:
        yield {
            stage: stack.enter_context(worker(["-m", f"workers.{stage}"], tmp_path / f"{stage}.log", **environment))
            for stage in STAGES
        }


@pytest.fixture
async def broker(kafka: str) -> AsyncIterator[Kafka]:
    async with connected(kafka) as broker:
        yield broker


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url, protocol=2)
    yield client
    await client.aclose()


async def listened_to(redis: Redis, session_id: str) -> None:
    """Spanish is read and heard, Catalan was read once."""
    lease = Lease(until=2**52, captions={"es": 1}, speech={"es": {"pcm16": 1}})
    await redis.hset(channels.audience_key(session_id), "gateway", msgspec.json.encode(lease))  # type: ignore[misc]
    await redis.sadd(channels.languages_key(session_id), "es", "ca")  # type: ignore[misc]
    await redis.sadd(channels.spoken_languages_key(session_id), "es:pcm16")  # type: ignore[misc]


async def history(redis: Redis, channel: str, count: int) -> list[bytes]:
    """The payloads of a channel once it has `count` entries."""

    async def complete() -> bool:
        return int(await redis.xlen(channel)) >= count

    await until_true(complete)
    entries: Any = await redis.xrange(channel)
    return [fields[b"p"] for _, fields in entries]


async def test_what_is_spoken_is_read_and_heard_and_counted(
    workers: dict[str, WorkerProcess], broker: Kafka, redis: Redis
) -> None:
    session_id = f"brave-heron-{uuid4().hex[:6]}"
    await listened_to(redis, session_id)
    for record in [*frames(0, 80_000), marker(50, "end", 80_000)]:
        await broker.send("audio", session_id, record.message, PARTITION)

    floor = await history(redis, channels.captions_channel(session_id, "en"), 4)
    captions = [msgspec.json.decode(payload, type=Caption) for payload in floor[:3]]
    assert [caption.text for caption in captions] == ["0 to 32000", "32000 to 64000", "64000 to 80000"]
    assert (
        msgspec.json.decode(floor[3])["type"]
        == msgspec.json.decode(msgspec.json.encode(SessionEnded(session_id="x")))["type"]
    )

    spanish = await history(redis, channels.captions_channel(session_id, "es"), 4)
    assert [msgspec.json.decode(payload, type=Caption).text for payload in spanish[:3]] == [
        caption.text for caption in captions
    ]
    catalan = await history(redis, channels.captions_channel(session_id, "ca"), 4)
    heard_of = [msgspec.json.decode(payload, type=Caption) for payload in catalan[:3]]
    # translate has just started: that Catalan has no lease proves nothing yet
    assert [(caption.text, caption.outcome) for caption in heard_of] == [(caption.text, "ok") for caption in captions]

    speech = await history(redis, channels.speech_channel(session_id, "es", "pcm16"), 1)
    header, audio = unframed(speech[0])
    told = msgspec.json.decode(header, type=TranslatedAudio)
    assert told.format in ("pcm16", "")  # words of the year 1970 are too late to be spoken
    assert (told.outcome, told.reason, audio) == ("skipped", "deadline", b"")

    transcripts = await broker.read("transcripts", lambda records: len(records) >= 4, session_id)
    assert {partition for _, partition, _ in transcripts} == {PARTITION}
    usage = await broker.read("usage", lambda records: len(records) >= 12, session_id)
    counted = [message for _, _, message in usage if isinstance(message, Usage)]
    assert sorted((each.stage, each.target_language, each.outcome) for each in counted if each.final) == sorted(
        [("transcribe", "", "ok")] * 3
        + [("translate", "es", "ok")] * 3
        + [("translate", "ca", "ok")] * 3
        + [("synthesize", "es", "skipped")] * 3
    )


async def test_killing_every_worker_in_the_middle_of_a_session_loses_and_doubles_nothing(
    kafka: str, redis_url: str, broker: Kafka, redis: Redis, tmp_path: Path
) -> None:
    session_id = f"brave-heron-{uuid4().hex[:6]}"
    await listened_to(redis, session_id)
    environment = {
        "DRAGOMAN_KAFKA": kafka,
        "DRAGOMAN_REDIS": redis_url,
        "DRAGOMAN_ENGINES": "scripted",
        "DRAGOMAN_SCRIPTED_LATENCY_MS": "50",
    }
    channel = channels.captions_channel(session_id, "es")
    spoken = [*frames(0, 400_000), marker(250, "end", 400_000)]
    for heard, part in ((3, spoken[:120]), (5, spoken[120:200]), (14, spoken[200:])):
        for record in part:
            await broker.send("audio", session_id, record.message, PARTITION)
        with ExitStack() as stack:
            for stage in STAGES:
                log = tmp_path / f"{stage}-{heard}.log"
                stack.enter_context(worker(["-m", f"workers.{stage}"], log, **environment))
            captions = await history(redis, channel, heard)  # then all are killed
    finals = [msgspec.json.decode(payload, type=Caption) for payload in captions[:-1]]
    assert [caption.text for caption in finals] == [
        f"{segment} to {min(segment + 32_000, 400_000)}" for segment in range(0, 400_000, 32_000)
    ]
    transcripts = await broker.read("transcripts", lambda records: len(records) >= 14, session_id)
    versions = {
        (message.segment, message.until, message.text)
        for _, _, message in transcripts
        if isinstance(message, Transcript) and message.final
    }
    assert len(versions) == 13


@contextmanager
def redis_in(folder: Path, port: int) -> Iterator[str]:
    """A Redis that is killed at the end; what it keeps is in `folder`."""
    with running(
        prepare_redis(folder, port), folder / "output.log", lambda: redis_trouble(f"redis://127.0.0.1:{port}")
    ):
        yield f"redis://127.0.0.1:{port}"


async def ids(url: str, channel: str) -> list[str]:
    """What a channel's history has."""
    redis = Redis.from_url(url, protocol=2)
    try:
        rows: Any = await redis.xrange(channel)
        return [row[0].decode() for row in rows]
    except RedisError:
        return []
    finally:
        await redis.aclose()


async def test_a_redis_that_lost_its_memory_or_its_last_second_gets_the_histories_back(
    kafka: str, broker: Kafka, tmp_path: Path
) -> None:
    session_id = f"brave-heron-{uuid4().hex[:6]}"
    channel, folder, (port,) = channels.captions_channel(session_id, "es"), tmp_path / "redis", free_ports(1)
    environment = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": f"redis://127.0.0.1:{port}"}
    broadcast = ["-m", "workers.broadcast"]
    said = [f"{segment}-16000" for segment in range(0, 64_000, 16_000)]

    async def there(*expected: str) -> None:
        async def whole() -> bool:
            return await ids(environment["DRAGOMAN_REDIS"], channel) == list(expected)

        await until_true(whole)

    async def say(*segments: int) -> None:
        for segment in segments:
            await broker.send("translations", session_id, translation(segment), PARTITION)

    with worker_beside(tmp_path / "stays.log", folder, port, broadcast, environment) as redis:
        await say(0, 16_000)
        await there(*said[:2])
        shutil.copytree(folder, tmp_path / "a second ago")
        await say(32_000)
        await there(*said[:3])

        redis.close()
        shutil.rmtree(folder)
        redis.enter_context(redis_in(folder, port))
        await there(*said[:3])  # though nobody speaks

        redis.close()
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "a second ago", folder)
        redis.enter_context(redis_in(folder, port))
        await say(48_000)
        await there(*said)

    shutil.rmtree(folder)
    with worker_beside(tmp_path / "new.log", folder, port, broadcast, environment):  # both were killed
        await there(*said)
        await broker.send("translations", session_id, end(64_000, "es"), PARTITION)
        await there(*said, "64000-1")


@contextmanager
def worker_beside(
    log: Path, folder: Path, port: int, arguments: list[str], environment: dict[str, str]
) -> Iterator[ExitStack]:
    """A worker and a Redis; closing what is yielded kills only the latter."""
    with ExitStack() as redis:
        redis.enter_context(redis_in(folder, port))
        with worker(arguments, log, **environment):
            yield redis
