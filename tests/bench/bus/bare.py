"""The least that four hops over a broker take: plain loops of aiokafka in a process of their own, and Redis."""

import asyncio
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from redis.asyncio import Redis

from dragoman.kafka.topics import apply_topics
from schemas.topics import WantedTopic

TOPICS = ("bare-audio", "bare-transcripts", "bare-translations", "bare-speech")
PARTITIONS = 16
VALUE = bytes(3_200)
EVERY_S = 0.1


async def bare_chain(kafka: str, redis: str, seconds: float) -> list[float]:
    """How long records took from the first produce to the subscriber of Redis, in ms."""
    await apply_topics(kafka, [WantedTopic(name, 3_600_000) for name in TOPICS], PARTITIONS, 1)
    await asyncio.sleep(1)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return await asyncio.get_running_loop().run_in_executor(process, _in_process, kafka, redis, seconds)


def _in_process(kafka: str, redis: str, seconds: float) -> list[float]:
    return asyncio.run(_chain(kafka, redis, seconds))


async def _chain(kafka: str, redis: str, seconds: float) -> list[float]:
    client = Redis.from_url(redis, protocol=2)
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer, client.pubsub() as heard:
        await heard.subscribe("bare")
        hops = [asyncio.create_task(_hop(kafka, producer, client, number)) for number in range(len(TOPICS))]
        took_ms: list[float] = []
        listening = asyncio.create_task(_listen(heard, took_ms))
        until = float("inf")
        while time.monotonic() < until:
            sent = str(time.monotonic()).encode()
            await producer.send_and_wait(TOPICS[0], VALUE, partition=0, key=b"session", headers=[("sent", sent)])
            await asyncio.sleep(EVERY_S)
            if took_ms and until == float("inf"):  # all hops have begun to read
                until = time.monotonic() + 1 + seconds
        for task in (listening, *hops):
            task.cancel()
        await asyncio.gather(listening, *hops, return_exceptions=True)
    await client.aclose()
    return took_ms[10:]


async def _hop(kafka: str, producer: AIOKafkaProducer, redis: Redis, number: int) -> None:
    """From one topic to the next, the last one to Redis."""
    async with AIOKafkaConsumer(TOPICS[number], bootstrap_servers=kafka) as consumer:
        async for record in consumer:
            if number + 1 == len(TOPICS):
                await redis.publish("bare", dict(record.headers)["sent"])
            else:
                onward = TOPICS[number + 1]
                await producer.send_and_wait(
                    onward, record.value, partition=0, key=b"session", headers=list(record.headers)
                )


async def _listen(heard: object, took_ms: list[float]) -> None:
    async for message in heard.listen():  # type: ignore[attr-defined]  # a PubSub of redis
        if message["type"] == "message":
            took_ms.append((time.monotonic() - float(message["data"])) * 1000)
