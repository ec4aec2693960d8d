"""What is done to Kafka and Redis, of which there may be one or three and one."""

import asyncio
import resource
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from tests.chaos.place import Place
from tests.processes import until
from tests.refusing_redis import RefusingRedis

AWAY_S: Final = 10.0
OUTAGE_S: Final = 60.0
"""As long as a speaker's client keeps what is not acknowledged."""
STALL_S: Final = 5.0
OUTAGES: Final = {"kafka-away": ("kafka",), "redis-away": ("redis",), "both-away": ("kafka", "redis")}


async def stall_server(kind: str, place: Place) -> str:
    """A broker or Redis stands still."""
    name = place.dice.choice(place.stack.names(kind))
    place.stack.send(name, signal.SIGSTOP)
    try:
        await asyncio.sleep(STALL_S)
    finally:
        place.stack.send(name, signal.SIGCONT)
    return name


async def take_away(servers: Iterable[str], place: Place) -> str:
    """Servers are missed for a long time, in which half the sessions end; they come back with their data."""
    crowd = place.crowd
    held = crowd.going_on
    names = [name for kind in servers for name in place.stack.names(kind)]
    for name in names:
        await place.stack.leave_dead(name)
    crowd.restless = False  # nobody answers: all would soon be silent until the outage is over
    try:
        await asyncio.sleep(OUTAGE_S / 2)
        for meeting in crowd.going_on[::2]:
            meeting.time_is_over = True
        await asyncio.sleep(OUTAGE_S / 2)
    finally:
        crowd.restless = True
    ended = sum(meeting.doing != "speaking" for meeting in held)
    await asyncio.gather(*(place.stack.revive(name) for name in names))
    assert ended, "no session ended meanwhile"
    return f"{' and '.join(servers)} when {ended} of {len(held)} sessions ended"


async def fill_disk(place: Place) -> str:
    """No file gets longer for a while: a broker ends, and Redis takes no writes."""
    name = place.dice.choice(place.stack.names("kafka"))
    redis, broker = RefusingRedis(place.stack.redis, place.stack.redis_files.parent), place.stack.pid(name)
    assert broker, "the broker is away"
    await asyncio.to_thread(redis.refuse)
    try:
        resource.prlimit(broker, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        await until(lambda: place.stack.pid(name) != broker)
        await place.stack.leave_dead(name)
        await asyncio.sleep(AWAY_S)
    finally:
        await asyncio.to_thread(redis.take)
    await place.stack.revive(name)
    return f"{name} and redis"


async def empty_redis(place: Place) -> str:
    """Redis comes back knowing nothing."""
    await place.stack.leave_dead("redis")
    place.stack.forget()
    await place.stack.revive("redis")
    return "redis"


async def restore_redis(place: Place) -> str:
    """Redis comes back as it was a second before its end."""
    files = place.stack.redis_files
    copy = files.with_name("a-second-ago")
    await asyncio.to_thread(_copied, files, copy)
    await asyncio.sleep(1)
    await place.stack.leave_dead("redis")
    place.stack.forget()
    copy.rename(files)
    await place.stack.revive("redis")
    return "redis"


async def cut_pubsub(place: Place) -> str:
    """Redis closes all subscriptions."""
    async with Redis.from_url(place.stack.redis) as redis:
        await redis.client_kill_filter(_type="pubsub")
    return "redis"


def _copied(files: Path, copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(files, copy)
