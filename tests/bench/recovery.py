"""How long the records of a worker wait when it is killed and its supervisor starts it again.

    python tests/bench/recovery.py [kills]

Starts a Kafka and a Redis, keeps the scripted translate running as `dragoman up` does, gives it a transcript every
50 ms, kills it with SIGKILL, and prints the longest gap between two translations after each kill, with the worker's
own log lines beside it. Goal: 3 s.
"""

import asyncio
import itertools
import json
import os
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import click
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from redis.asyncio import Redis

from dragoman.kafka.topics import apply_topics
from dragoman.local.child import Child, ChildProgram
from schemas import wire
from schemas.channels import languages_key
from schemas.messages import Transcript
from schemas.topics import TRANSCRIPTS, TRANSLATIONS, topics
from tests.servers import kafka_server, redis_server, wait

SESSION = "calm-otter-123-x"
EVERY_S = 0.05
STEADY_S = 8


async def speak(kafka: str) -> None:
    """A final every 50 ms."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for segment in range(1_000_000):
            final = Transcript(
                segment=segment, until=segment + 1, start=segment, end=segment + 1, spoken_at=0, final=True,
                revision=1, language="en", engine="scripted", text="hello",
            )  # fmt: skip
            value, headers = wire.encode(TRANSCRIPTS, final)
            await producer.send(TRANSCRIPTS, value, key=SESSION.encode(), partition=0, headers=headers)
            await asyncio.sleep(EVERY_S)
    finally:
        await producer.stop()


async def listen(kafka: str, arrivals: list[float]) -> None:
    """Notes when each translation comes, Unix s."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(TRANSLATIONS, 0)])
        async for _ in consumer:
            arrivals.append(time.time())
    finally:
        await consumer.stop()


def gap(arrivals: list[float], since: float) -> float:
    """The longest time without a translation that ended after `since`."""
    pairs = itertools.pairwise(arrivals)
    return max((after - before for before, after in pairs if after > since), default=0.0)


def said(log: Path, since: float) -> list[str]:
    """The log lines that were written after `since`, with seconds."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    stamped = [(datetime.fromisoformat(line["timestamp"]).timestamp(), line["event"]) for line in lines]
    return [f"{at - since:.2f} s {event}" for at, event in stamped if at > since]


async def measure(kafka: str, redis_url: str, folder: Path, kills: int) -> None:
    """Kills again and again."""
    redis = Redis.from_url(redis_url, protocol=2)
    await redis.sadd(languages_key(SESSION), "es")  # type: ignore[misc]  # redis-py's types are of both its clients
    await redis.aclose()
    environment = os.environ | {
        "DRAGOMAN_KAFKA": kafka,
        "DRAGOMAN_REDIS": redis_url,
        "DRAGOMAN_ENGINES": "scripted",
        "DRAGOMAN_OPERATOR_PORT": "0",
        "DRAGOMAN_INSTANCE": "1",
    }
    program = ChildProgram("translate-1", [sys.executable, "-m", "workers.translate"], environment, 15)
    child = Child(program, folder, lambda line: click.echo(f"  {line}"))
    child.start()
    child.steady = True
    arrivals: list[float] = []
    tasks = [asyncio.create_task(work) for work in (child.keep_running(), speak(kafka), listen(kafka, arrivals))]
    try:
        while len(arrivals) < 20:  # noqa: ASYNC110  # a bench
            await asyncio.sleep(0.1)
        for _ in range(kills):
            await asyncio.sleep(STEADY_S)
            at = time.time()
            child.kill()
            await asyncio.sleep(STEADY_S)
            click.echo(f"longest pause {gap(arrivals, at):.2f} s; {', '.join(said(child.log, at))}")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        child.kill()
        child.close()


def main(kills: int) -> None:
    """With servers of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("kafka", "redis", "logs"):
            (folder / part).mkdir()
        with kafka_server(folder / "kafka") as kafka, redis_server(folder / "redis") as redis_url:
            wait(apply_topics(kafka, topics(24, 168), 16, 1))
            asyncio.run(measure(kafka, redis_url, folder / "logs", kills))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
