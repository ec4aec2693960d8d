"""Workers as child processes, and what Kafka says of them."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from dragoman.runtime.children import dying_with_parent
from schemas import wire
from schemas.messages import Message
from tests.conftest import PARTITIONS
from tests.workers.driving import until_true

Envelope = tuple[str, int, Message]
"""Session id, partition and message of a record."""


class WorkerProcess:
    """A worker that runs beside the test."""

    def __init__(self, child: "subprocess.Popen[bytes]", log: Path) -> None:
        self.child, self._log = child, log

    def logged(self, event: str) -> list[dict[str, Any]]:
        """Its log lines of one event."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    @property
    def output(self) -> str:
        """All that it wrote."""
        return self._log.read_text()

    async def started(self) -> "WorkerProcess":
        """Waits until it has partitions."""
        await until_true(lambda: self.logged("partitions.assigned") or self.child.poll() is not None)
        assert self.child.poll() is None, self.output
        return self

    async def ended(self) -> int:
        """Waits for its end; returns the exit status."""
        await until_true(lambda: self.child.poll() is not None)
        return int(self.child.returncode)

    async def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page of its operator port."""
        await until_true(lambda: self.logged("worker.starting"))
        port = self.logged("worker.starting")[0]["operator_port"]
        async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}{path}") as response:
            return response.status, await response.text()


@contextmanager
def worker(arguments: Sequence[str], log: Path, **environment: str) -> Iterator[WorkerProcess]:
    """Runs `python ARGUMENTS`; killed at the end if it still runs."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DRAGOMAN_")}
    with log.open("ab") as output:
        child = subprocess.Popen(
            dying_with_parent([sys.executable, *arguments]),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=inherited | {"DRAGOMAN_OPERATOR_PORT": "0"} | environment,
        )
    try:
        yield WorkerProcess(child, log)
    finally:
        child.kill()
        child.wait()


class Kafka:
    """The test's own view of the broker."""

    def __init__(self, address: str, producer: AIOKafkaProducer, admin: AIOKafkaAdminClient) -> None:
        self.address, self._producer, self._admin = address, producer, admin

    async def send(
        self, topic: str, session_id: str, message: Message, partition: int, at_ms: int | None = None
    ) -> int:
        """Produces a message, as if it were `at_ms`; returns its offset."""
        value, headers = wire.encode(topic, message)
        return await self.send_raw(topic, session_id, value, headers, partition, at_ms)

    async def send_raw(
        self,
        topic: str,
        session_id: str,
        value: bytes,
        headers: list[tuple[str, Any]],
        partition: int,
        at_ms: int | None = None,
    ) -> int:
        """Produces anything; returns its offset."""
        sent = await self._producer.send_and_wait(
            topic, value, key=session_id.encode(), partition=partition, headers=headers, timestamp_ms=at_ms
        )
        return int(sent.offset)

    async def read(self, topic: str, wanted: Callable[[list[Envelope]], bool], session: str = "") -> list[Envelope]:
        """All records of sessions whose id begins with `session`, read until they are as `wanted`."""
        found: list[Envelope] = []
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address, auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])

            async def more() -> bool:
                for partition, records in (await consumer.getmany(timeout_ms=100)).items():
                    for record in records:
                        session_id = (record.key or b"").decode()
                        if session_id.startswith(session):
                            message = wire.decode(topic, record.value, record.headers)
                            found.append((session_id, partition.partition, message))
                return wanted(found)

            await until_true(more)
        finally:
            await consumer.stop()
        return found

    async def emptied(self, topic: str, partition: int) -> int:
        """Deletes all records of a partition; returns the offset behind them."""
        place = TopicPartition(topic, partition)
        return int((await self._admin.delete_records({place: RecordsToDelete(-1)}))[place])

    async def members(self, group: str) -> int:
        """Members of a consumer group."""
        return (await self.standing(group))[1]

    async def standing(self, group: str) -> tuple[str, int]:
        """State of a consumer group, and how many members it has."""
        (answer,) = await self._admin.describe_consumer_groups([group])
        (found,) = answer.to_object()["groups"]
        return found["state"], len(found["members"])

    async def committed(self, group: str, topic: str, partition: int) -> int:
        """The offset that the group goes on from; -1: none, or a broker that has just started does not know yet."""
        place = TopicPartition(topic, partition)
        found = (await self._admin.list_consumer_group_offsets(group, partitions=[place])).get(place)
        return int(found.offset) if found else -1


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Kafka]:
    """A connection to the broker."""
    producer = AIOKafkaProducer(bootstrap_servers=address)
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await producer.start()
    try:
        await admin.start()
        yield Kafka(address, producer, admin)
    finally:
        await producer.stop()
        await admin.close()
