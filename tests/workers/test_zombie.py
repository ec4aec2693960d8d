"""A worker that stands still for longer than its session with Kafka, and wakes up: real processes, a real Kafka."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.messages import End
from tests.conftest import PARTITIONS
from tests.workers.driving import until_true
from tests.workers.worker_process import Envelope, Kafka, connected, worker

ECHO = str(Path(__file__).with_name("echo_worker.py"))
pytestmark = pytest.mark.system


@pytest.fixture
async def broker(kafka: str) -> AsyncIterator[Kafka]:
    async with connected(kafka) as broker:
        yield broker


async def test_a_worker_that_slept_past_its_session_wakes_up_and_nothing_is_skipped_or_committed_backwards(
    kafka: str, broker: Kafka, tmp_path: Path
) -> None:
    name = f"echo-{uuid4().hex[:8]}"
    environment = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": "redis://127.0.0.1:1", "DRAGOMAN_SESSION_TIMEOUT_S": "6"}
    sent, ends, seen = 0, dict.fromkeys(range(PARTITIONS), 0), []

    async def send(count: int) -> None:
        nonlocal sent
        for position in range(sent, sent + count):
            for number in range(PARTITIONS):
                message = End(position=position, language="en", ended_at=0)
                ends[number] = await broker.send("transcripts", f"{name}-{number}", message, number) + 1
        sent += count

    async def watch() -> None:
        while True:
            seen.append([await broker.committed(name, "transcripts", number) for number in range(PARTITIONS)])
            await asyncio.sleep(0.1)

    def handled(records: list[Envelope]) -> bool:
        return len({(session, message.position) for session, _, message in records if isinstance(message, End)}) == (
            sent * PARTITIONS
        )

    with (
        worker([ECHO, name], tmp_path / "sleeper.log", **environment, DRAGOMAN_INSTANCE="sleeper") as sleeper,
        worker([ECHO, name], tmp_path / "other.log", **environment, DRAGOMAN_INSTANCE="other") as other,
    ):
        await sleeper.started()
        await other.started()
        await until_true(lambda: other.logged("partitions.assigned")[-1]["count"] == PARTITIONS // 2)
        watching = asyncio.create_task(watch())
        await send(20)
        before = len(sleeper.logged("partitions.assigned"))
        sleeper.child.send_signal(signal.SIGSTOP)
        await send(20)
        await until_true(lambda: other.logged("partitions.assigned")[-1]["count"] == PARTITIONS)
        await send(20)
        await broker.read("translations", handled, name)  # the other one has done it all
        sleeper.child.send_signal(signal.SIGCONT)
        await send(20)
        echoed = await broker.read("translations", handled, name)

        async def all_committed() -> bool:
            found = [await broker.committed(name, "transcripts", number) for number in range(PARTITIONS)]
            return found == list(ends.values())

        await until_true(all_committed)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        assert other.child.poll() is None, other.output
        await until_true(
            lambda: len(sleeper.logged("partitions.assigned")) > before or sleeper.child.poll() is not None
        )
        assert sleeper.child.poll() not in (0, 2), sleeper.output  # it works on, or its supervisor starts it again
    for number in range(PARTITIONS):
        commits = [each[number] for each in seen]
        assert commits == sorted(commits), "a commit went back"
        heard = [message.position for session, _, message in echoed if session == f"{name}-{number}"]  # type: ignore[attr-defined]
        assert list(dict.fromkeys(heard)) == list(range(sent)), "out of order"
