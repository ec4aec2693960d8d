"""The four real workers with the scripted engines, on a real Kafka and Redis: audio in, captions and speech out."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.local.ports import free_ports
from dragoman.local.redis_server import prepare_redis
from dragoman.runtime.reach import redis_trouble
from schemas import channels
from schemas.channels import Lease, unframed
from schemas.messages import DeadLetter, Transcript, Translation, Usage
from schemas.socket import Caption, SessionEnded, TranslatedAudio
from tests.servers import running
from tests.workers.driving import until_true
from tests.workers.texts import end, transcript, translation
from tests.workers.transcribe.dictated import frames, marker
from tests.workers.worker_process import Kafka, WorkerProcess, worker
from workers.faults import deadly

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

    await until_true(complete, timeout_s=150)  # four processes start meanwhile, perhaps on a busy machine
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


async def test_kills_in_the_midst_of_slow_calls_cost_no_session_a_word_and_convict_none(
    kafka: str, redis_url: str, broker: Kafka, redis: Redis, tmp_path: Path
) -> None:
    sessions = [f"brave-heron-{uuid4().hex[:6]}" for _ in range(3)]
    for session_id in sessions:
        await listened_to(redis, session_id)
        for segment in range(0, 80_000, 16_000):
            await broker.send("transcripts", session_id, transcript(segment), PARTITION)
        await broker.send("transcripts", session_id, end(80_000), PARTITION)
    environment = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": redis_url, "DRAGOMAN_ENGINES": "scripted"}
    slow = environment | {"DRAGOMAN_SCRIPTED_LATENCY_MS": "100000", "DRAGOMAN_ENGINE_TIMEOUT_S": "200"}
    for life in range(4):
        with worker(["-m", "workers.translate"], tmp_path / f"{life}.log", **slow) as killed:
            await killed.started()
            await until_true(lambda: open_records(killed))  # called at once
    with worker(["-m", "workers.translate"], tmp_path / "log", **environment) as living:
        for session_id in sessions:
            made = await broker.read("translations", lambda records: len(records) >= 12, session_id)
            finals = sorted(
                (message.language, message.segment, message.outcome)
                for _, _, message in made
                if isinstance(message, Translation)
            )
            assert finals == [(tag, segment, "ok") for tag in ("ca", "es") for segment in range(0, 80_000, 16_000)]
        assert not living.logged("record.dead")


async def test_a_text_that_kills_is_buried_with_its_reason_and_all_others_are_translated(
    kafka: str, redis_url: str, broker: Kafka, redis: Redis, tmp_path: Path
) -> None:
    killer = next(text for number in range(1000) if deadly(text := f"killer {number}", 0.01, "translate"))
    texts = [text for number in range(20) if not deadly(text := f"innocent {number}", 0.01, "translate")]
    sick, well = (f"brave-heron-{uuid4().hex[:6]}" for _ in range(2))
    offsets = {}
    for session_id in (sick, well):
        await listened_to(redis, session_id)
        for number, text in enumerate([*texts[:3], killer if session_id == sick else texts[3], *texts[4:6]]):
            offsets[session_id, number] = await broker.send(
                "transcripts", session_id, transcript(16_000 * number, text), PARTITION
            )
    environment = {
        "DRAGOMAN_KAFKA": kafka,
        "DRAGOMAN_REDIS": redis_url,
        "DRAGOMAN_ENGINES": "scripted",
        "DRAGOMAN_SCRIPTED_FAULTS": "crash:0.01",
    }
    with worker(["-m", "workers.translate"], tmp_path / "log", **environment) as living:
        made = await broker.read("translations", lambda records: len(records) >= 12, sick)
        made += await broker.read("translations", lambda records: len(records) >= 12, well)
        letters = await broker.read("dead-letters", lambda records: len(records) >= 1, sick)
        assert living.child.poll() is None
    outcomes = {
        (session_id, message.segment // 16_000): message.outcome
        for session_id, _, message in made
        if isinstance(message, Translation) and message.language == "es"
    }
    assert outcomes == {place: "failed" if place == (sick, 3) else "ok" for place in offsets}
    ((_, _, letter),) = letters
    assert isinstance(letter, DeadLetter)
    assert (letter.offset, letter.error) == (offsets[sick, 3], "ended its engine's process 3 times (SIGSEGV)")


async def open_records(running: WorkerProcess) -> bool:
    """It is at work on something."""
    _, text = await running.get("/metrics")
    told = [line for line in text.splitlines() if line.startswith('dragoman_open_records{stage="translate"}')]
    return any(float(line.split()[-1]) for line in told)


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
