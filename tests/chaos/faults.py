"""Everything that is broken on purpose. Each returns when what it did is over; recovery is measured afterwards."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from tests.chaos.crowd import Crowd
from tests.chaos.stack import STAGES, Stack

LONGER_THAN_SESSION_TIMEOUT_S = 9.0
Inject = Callable[[Stack, Crowd, random.Random], Awaitable[None]]
FAULTS: dict[str, Inject] = {}


def fault(inject: Inject) -> Inject:
    """Lists it under its name."""
    FAULTS[inject.__name__.replace("_", "-")] = inject
    return inject


def _worker_faults() -> None:
    for stage in STAGES:

        async def kill(stack: Stack, crowd: Crowd, dice: random.Random, stage: str = stage) -> None:
            stack.processes[dice.choice(stack.names(stage))].send(signal.SIGKILL)

        async def terminate(stack: Stack, crowd: Crowd, dice: random.Random, stage: str = stage) -> None:
            stack.processes[dice.choice(stack.names(stage))].send(signal.SIGTERM)

        async def freeze(stack: Stack, crowd: Crowd, dice: random.Random, stage: str = stage) -> None:
            process = stack.processes[dice.choice(stack.names(stage))]
            process.send(signal.SIGSTOP)
            await asyncio.sleep(LONGER_THAN_SESSION_TIMEOUT_S)
            process.send(signal.SIGCONT)

        async def leave(stack: Stack, crowd: Crowd, dice: random.Random, stage: str = stage) -> None:
            process = stack.processes[dice.choice(stack.names(stage))]
            await process.down()
            await asyncio.sleep(LONGER_THAN_SESSION_TIMEOUT_S + 3)
            process.up()

        async def scale(stack: Stack, crowd: Crowd, dice: random.Random, stage: str = stage) -> None:
            first = len(stack.names(stage))
            added = [stack.add_worker(stage, number).name for number in range(first, 4)]
            await stack.ready(*added)
            await asyncio.sleep(3)
            for name in added:
                await stack.remove(name)

        FAULTS.update(
            {
                f"kill-{stage}": kill,
                f"term-{stage}": terminate,
                f"freeze-{stage}": freeze,
                f"lose-{stage}": leave,
                f"scale-{stage}": scale,
            }
        )


_worker_faults()


@fault
async def kill_gateway(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """It is started again at once."""
    stack.processes[dice.choice(stack.names("gateway"))].send(signal.SIGKILL)


@fault
async def term_gateway(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """As in a deploy."""
    stack.processes[dice.choice(stack.names("gateway"))].send(signal.SIGTERM)


@fault
async def freeze_gateway(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """It wakes up with old sockets and old audio."""
    process = stack.processes[dice.choice(stack.names("gateway"))]
    process.send(signal.SIGSTOP)
    await asyncio.sleep(LONGER_THAN_SESSION_TIMEOUT_S)
    process.send(signal.SIGCONT)


@fault
async def restart_kafka(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """kill -9, and away for a few seconds."""
    await stack.processes["kafka"].down()
    await asyncio.sleep(dice.uniform(1, 6))
    stack.processes["kafka"].up()
    await stack.servers_answer()


@fault
async def stall_kafka(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """It answers nothing for a while."""
    stack.processes["kafka"].send(signal.SIGSTOP)
    await asyncio.sleep(dice.uniform(3, 10))
    stack.processes["kafka"].send(signal.SIGCONT)
    await stack.servers_answer()


@fault
async def restart_redis(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """With its memory, but for what it had not yet written."""
    await stack.processes["redis"].down()
    await asyncio.sleep(dice.uniform(0, 4))
    stack.processes["redis"].up()
    await stack.servers_answer()


@fault
async def forget_redis(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """Without its memory."""
    await stack.processes["redis"].down()
    stack.forget()
    stack.processes["redis"].up()
    await stack.servers_answer()


@fault
async def restore_redis(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """With the memory of a second ago."""
    copy = stack.folder / "redis-copy"
    stack.remember(copy)
    await asyncio.sleep(1)
    await stack.processes["redis"].down()
    stack.restore(copy)
    stack.processes["redis"].up()
    await stack.servers_answer()


@fault
async def both_away(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """Kafka and Redis are away together."""
    await stack.processes["kafka"].down()
    await stack.processes["redis"].down()
    await asyncio.sleep(dice.uniform(8, 15))
    stack.processes["redis"].up()
    stack.processes["kafka"].up()
    await stack.servers_answer()


@fault
async def cut_pubsub(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """Redis drops every subscriber."""
    redis = Redis.from_url(stack.redis, protocol=2)
    for _ in range(3):
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.sleep(dice.uniform(0.1, 1))
    await redis.aclose()


@fault
async def reset_sockets(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """A third of all speakers and listeners lose their connection."""
    doors = [talk.door for talk in crowd.present] + [ear.door for ear in crowd.ears]
    for door in dice.sample(doors, len(doors) // 3):
        door.slam()


@fault
async def silence_sockets(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """A third of all connections carry nothing any more, and nobody is told; after a while they are reset."""
    doors = [talk.door for talk in crowd.present] + [ear.door for ear in crowd.ears]
    jammed = dice.sample(doors, len(doors) // 3)
    for door in jammed:
        door.jam()
    await asyncio.sleep(dice.uniform(3, 12))
    for door in jammed:
        door.slam()


@fault
async def stall_listener(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """One listener does not read for a while."""
    if crowd.ears:
        ear = dice.choice(crowd.ears)
        ear.door.jam()
        await asyncio.sleep(dice.uniform(5, 15))
        ear.door.free()


@fault
async def garbage_record(stack: Stack, crowd: Crowd, dice: random.Random) -> None:
    """In every topic and partition something that is no record."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka)
    await producer.start()
    try:
        for topic in ("audio", "transcripts", "translations", "speech"):
            for partition in range(stack.partitions):
                await producer.send_and_wait(topic, b"\xff{", key=b"\xfe", partition=partition)
    finally:
        await producer.stop()


async def recovered(crowd: Crowd, since: float, timeout_s: float = 60) -> bool:
    """Every listener that is there, and has been for a while, received something new since then."""

    def waiting() -> list[Any]:
        return [ear for ear in crowd.ears if not ear.heard.finals or ear.heard.finals[-1].at < since]

    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            while waiting():  # noqa: ASYNC110  # clients tell of nothing
                await asyncio.sleep(0.1)
            return True
    return False
