"""A stage is scaled from one process to four and back, and restarted one by one, while records come."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.messages import End
from tests.conftest import PARTITIONS
from tests.workers.driving import until_true
from tests.workers.worker_process import Envelope, Kafka, WorkerProcess, connected, worker

ECHO = str(Path(__file__).with_name("echo_worker.py"))
pytestmark = pytest.mark.system


@pytest.fixture
async def broker(kafka: str) -> AsyncIterator[Kafka]:
    async with connected(kafka) as broker:
        yield broker


class Speech:
    """Sends records of one session a partition until it is stopped."""

    def __init__(self, broker: Kafka, name: str) -> None:
        self._broker, self._name = broker, name
        self.sent = 0
        self._over = False

    async def run(self) -> None:
        while not self._over:
            for number in range(PARTITIONS):
                message = End(position=self.sent, language="en", ended_at=0)
                await self._broker.send("transcripts", f"{self._name}-{number}", message, number)
            self.sent += 1
            await asyncio.sleep(0.02)

    def stop(self) -> None:
        self._over = True

    def whole(self, records: list[Envelope]) -> bool:
        return len({(session, message) for session, _, message in records}) == self.sent * PARTITIONS


async def ends_well(running: WorkerProcess) -> None:
    running.child.send_signal(signal.SIGTERM)
    assert await running.ended() == 0, running.output


async def test_scaling_to_four_and_back_and_a_rolling_restart_lose_and_reorder_nothing(
    kafka: str, broker: Kafka, tmp_path: Path
) -> None:
    name = f"echo-{uuid4().hex[:8]}"
    speech = Speech(broker, name)
    speaking = asyncio.create_task(speech.run())
    with ExitStack() as stack:

        def start(instance: int, life: int = 0) -> WorkerProcess:
            environment = {
                "DRAGOMAN_KAFKA": kafka,
                "DRAGOMAN_REDIS": "redis://127.0.0.1:1",
                "DRAGOMAN_INSTANCE": str(instance),
            }
            return stack.enter_context(worker([ECHO, name], tmp_path / f"{instance}-{life}.log", **environment))

        def partitions(running: WorkerProcess) -> int:
            return int(running.logged("partitions.assigned")[-1]["count"])

        workers = [await start(0).started()]
        workers += [start(instance) for instance in (1, 2, 3)]
        for running in workers:
            await running.started()
        await until_true(lambda: [partitions(running) for running in workers] == [1] * 4)
        await ends_well(workers[0])  # a deploy: each gives way to its successor
        workers[0] = await start(0, life=1).started()
        for running in workers[1:]:
            await ends_well(running)
        await until_true(lambda: partitions(workers[0]) == PARTITIONS)
        speech.stop()
        await speaking
        echoed = await broker.read("translations", speech.whole, name)
    for number in range(PARTITIONS):
        heard = [message.position for session, _, message in echoed if session == f"{name}-{number}"]  # type: ignore[attr-defined]
        assert list(dict.fromkeys(heard)) == list(range(speech.sent)), "lost or out of order"
