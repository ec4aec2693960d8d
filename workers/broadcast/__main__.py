"""`python -m workers.broadcast`: a process of the stage."""

import os

from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import now_ms
from workers import connection
from workers.broadcast.channel import RedisChannel
from workers.broadcast.histories import Histories
from workers.broadcast.stage import broadcast
from workers.outbox import patiently
from workers.presence import PresenceNotice
from workers.shell.shell import Worker
from workers.shell.shell import main as run
from workers.stage import language_of
from workers.tail import Tail


def make(settings: Settings) -> Worker:
    """The worker, not yet started."""
    redis = connection.connect(settings)
    channel = RedisChannel(
        redis,
        now_ms,
        most=settings.caption_history,
        speech_history_s=settings.speech_history_s,
        live_s=settings.text_retention_h * 3600,
        ended_s=settings.history_s,
    )
    histories = Histories(channel, Tail(settings.kafka), now_ms, window_s=settings.speech_history_s)
    life = RedisLife(redis)
    life.on_change(histories.fill_all)

    presence = PresenceNotice(redis, "broadcast", settings.instance or os.uname().nodename)

    async def start() -> None:
        await connection.check(redis)
        await patiently(life.start)
        histories.fill_all()
        presence.start()

    async def close() -> None:
        await presence.stop()
        await life.stop()
        await histories.close()
        await redis.aclose()

    return Worker(
        name="broadcast",
        stage=lambda inbound: broadcast(inbound, channel=histories, now=now_ms),
        lane_of=language_of,
        start=start,
        close=close,
    )


def main() -> None:
    """Runs the worker."""
    run("broadcast", make)


if __name__ == "__main__":
    main()
