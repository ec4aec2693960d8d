"""A worker on a machine whose clock is an hour off: it works as the others do, and writes their time."""

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from schemas import channels
from schemas.channels import Lease
from schemas.messages import Speech, Transcript
from tests.chaos.clocks import clock
from tests.workers.texts import translation
from tests.workers.transcribe.dictated import FRAME, frame
from tests.workers.worker_process import Kafka, worker
from workers.transcribe.engines.scripted import UTTERANCE

pytestmark = pytest.mark.system

PARTITION = 2
HOUR_MS = 3_600_000
UTTERANCES = 3
FRAMES = UTTERANCES * UTTERANCE // FRAME


@pytest.fixture(params=["+1h", "-1h"])
def servers(kafka: str, redis_url: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of a process whose clock is off."""
    return {
        "DRAGOMAN_KAFKA": kafka,
        "DRAGOMAN_REDIS": redis_url,
        "DRAGOMAN_ENGINES": "scripted",
        **clock(request.param),
    }


def is_now(at_ms: int) -> bool:
    """In the time of everybody else; a busy machine may take minutes."""
    return abs(at_ms - time.time() * 1000) < HOUR_MS / 2


async def test_what_was_just_said_is_not_too_old_to_be_spoken(
    servers: dict[str, str], broker: Kafka, redis: Redis, tmp_path: Path
) -> None:
    session_id = f"brave-heron-{uuid4().hex[:6]}"
    lease = Lease(until=2**52, captions={"es": 1}, speech={"es": {"pcm16": 1}})
    await redis.hset(channels.audience_key(session_id), "gateway", msgspec.json.encode(lease))  # type: ignore[misc]
    with worker(["-m", "workers.synthesize"], tmp_path / "synthesize.log", **servers) as process:
        await process.started()
        said = translation(0, spoken_at=round(time.time() * 1000))
        await broker.send("translations", session_id, said, PARTITION)
        (spoken, *_) = [each for _, _, each in await broker.read("speech", bool, session_id)]
        assert process.logged("clock.set")
    assert isinstance(spoken, Speech)
    assert (spoken.outcome, spoken.reason) == ("ok", "")
    assert is_now(spoken.synthesized_at)


async def test_what_is_written_now_is_no_backlog_to_jump_over(
    servers: dict[str, str], broker: Kafka, tmp_path: Path
) -> None:
    session_id = f"brave-heron-{uuid4().hex[:6]}"
    with worker(["-m", "workers.transcribe"], tmp_path / "transcribe.log", **servers) as process:
        await process.started()
        for number in range(FRAMES):
            audio = frame(0, number * FRAME).message
            await broker.send("audio", session_id, audio, PARTITION, round(time.time() * 1000))
            await asyncio.sleep(0.1)  # as it is spoken: a lane judges its pace for 3 s

        def all_of_it(found: list[Any]) -> bool:
            return any(each.until >= UTTERANCES * UTTERANCE for each in finals(found))

        made = finals(await broker.read("transcripts", all_of_it, session_id))
    assert {(each.outcome, each.reason) for each in made} == {("ok", "")}  # more of them where the speaker stalls
    assert all(is_now(each.transcribed_at) for each in made)


def finals(found: list[Any]) -> list[Transcript]:
    """Of the records of one session."""
    return [message for _, _, message in found if isinstance(message, Transcript) and message.final]
