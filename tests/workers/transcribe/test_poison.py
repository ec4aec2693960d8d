"""Audio that ends the recogniser's process whoever hears it, on a real Kafka and Redis."""

from pathlib import Path
from uuid import uuid4

import pytest

from schemas.messages import DeadLetter, Transcript
from tests.workers.transcribe.dictated import FRAME, frames, marker
from tests.workers.worker_process import Envelope, Kafka, worker
from workers.faults import deadly
from workers.stage import Record
from workers.transcribe.engines.scripted import UTTERANCE

PARTITION = 1
SHARE = 0.1
"""Of all texts that the scripted recogniser can say."""
pytestmark = pytest.mark.system


def kills(first: int, last: int) -> bool:
    return deadly(f"{first} to {last}", SHARE, "transcribe")


DEADLY = next(until for until in range(FRAME, UTTERANCE, FRAME) if kills(0, until) and not kills(until, until + FRAME))
WELL = next(until for until in range(FRAME, UTTERANCE, FRAME) if not kills(0, until))
"""Ends of first utterances."""


async def speak(broker: Kafka, session_id: str, *records: Record) -> list[int]:
    """Offsets."""
    return [await broker.send("audio", session_id, record.message, PARTITION) for record in records]


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
    buried = await speak(broker, sick, *frames(0, DEADLY))
    await speak(broker, sick, marker(0, "pause", DEADLY))
    await speak(broker, well, *frames(0, WELL), marker(0, "pause", WELL))
    environment = {
        "DRAGOMAN_KAFKA": kafka,
        "DRAGOMAN_REDIS": redis_url,
        "DRAGOMAN_ENGINES": "scripted",
        "DRAGOMAN_SCRIPTED_FAULTS": f"crash:{SHARE}",
    }
    with worker(["-m", "workers.transcribe"], tmp_path / "log", **environment) as living:
        await broker.read("transcripts", lambda records: len(finals(records, sick)) >= 1, name)
        await speak(broker, sick, *frames(DEADLY, DEADLY + FRAME), marker(0, "end", DEADLY + FRAME))
        said = await broker.read("transcripts", lambda records: len(finals(records, sick)) >= 2, name)
        said += await broker.read("transcripts", lambda records: len(finals(records, well)) >= 1, name)
        assert set(finals(said, sick)) == {(0, DEADLY, "failed"), (DEADLY, DEADLY + FRAME, "ok")}
        assert set(finals(said, well)) == {(0, WELL, "ok")}
        letters = await broker.read("dead-letters", lambda records: len(records) >= len(buried), name)
        assert [letter.offset for _, _, letter in letters if isinstance(letter, DeadLetter)] == buried
        assert {key for key, _, _ in letters} == {sick}
        assert "SIGSEGV" in {letter.error for _, _, letter in letters if isinstance(letter, DeadLetter)}.pop()
        assert living.child.poll() is None
