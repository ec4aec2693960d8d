"""Audio that kills the worker whoever hears it, on a real Kafka and Redis."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.messages import DeadLetter, Transcript
from tests.workers.driving import until_true
from tests.workers.transcribe.dictated import FRAME, frames, marker
from tests.workers.transcribe.poisoned_worker import POISON
from tests.workers.worker_process import Envelope, Kafka, connected, worker
from workers.stage import Record
from workers.transcribe.frames import audio_of

WORKER = str(Path(__file__).with_name("poisoned_worker.py"))
PARTITION = 1
pytestmark = pytest.mark.system


@pytest.fixture
async def broker(kafka: str) -> AsyncIterator[Kafka]:
    async with connected(kafka) as broker:
        yield broker


async def speak(broker: Kafka, session_id: str, *records: Record) -> list[int]:
    """Offsets."""
    return [await broker.send("audio", session_id, record.message, PARTITION) for record in records]


async def poison(broker: Kafka, session_id: str) -> int:
    """A frame behind 0.5 s; its offset."""
    (good,) = frames(5 * FRAME, 6 * FRAME)
    audio = audio_of(good)
    headers = [(name, str(getattr(audio, name)).encode()) for name in ("kind", "position", "captured_at", "language")]
    value = POISON + bytes(2 * FRAME - len(POISON))
    return await broker.send_raw("audio", session_id, value, [*headers, ("type", b"audio")], PARTITION)


def finals(records: list[Envelope], session_id: str) -> list[tuple[int, int, str]]:
    return [
        (message.segment, message.until, message.outcome)
        for key, _, message in records
        if key == session_id and isinstance(message, Transcript) and message.final
    ]


async def test_its_segment_becomes_a_hole_and_all_other_speech_is_transcribed(
    broker: Kafka, kafka: str, redis_url: str, tmp_path: Path
) -> None:
    name = f"mortal-{uuid4().hex[:8]}"
    sick, well = f"{name}-sick", f"{name}-well"
    await speak(broker, sick, *frames(0, 5 * FRAME))
    await speak(broker, well, *frames(0, 10 * FRAME))
    deadly = await poison(broker, sick)
    await speak(broker, sick, *frames(6 * FRAME, 10 * FRAME), marker(0, "pause", 10 * FRAME))
    await speak(broker, sick, *frames(10 * FRAME, 20 * FRAME), marker(0, "pause", 20 * FRAME))
    (last,) = await speak(broker, well, marker(0, "pause", 10 * FRAME))
    servers = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": redis_url, "DRAGOMAN_INSTANCE": "1"}
    for life in range(3):
        with worker([WORKER, name], tmp_path / f"{life}.log", **servers) as dying:
            assert await dying.ended() == -9, dying.output
    with worker([WORKER, name], tmp_path / "log", **servers) as living:

        async def settled() -> bool:
            return await broker.committed(name, "audio", PARTITION) == last + 1

        await until_true(settled)
        transcripts = await broker.read("transcripts", lambda records: len(finals(records, sick)) >= 2, name)
        assert finals(transcripts, sick) == [(0, 10 * FRAME, "failed"), (10 * FRAME, 20 * FRAME, "ok")]
        assert finals(transcripts, well) == [(0, 10 * FRAME, "ok")]
        letters = await broker.read("dead-letters", lambda records: len(records) >= 10, name)
        assert deadly in [letter.offset for _, _, letter in letters if isinstance(letter, DeadLetter)]
        assert {key for key, _, _ in letters} == {sick}
        assert living.child.poll() is None
