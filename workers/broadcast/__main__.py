"""`python -m workers.broadcast`: a process of the stage."""

from dragoman.runtime.settings import Settings
from workers import connection
from workers.broadcast.channel import RedisChannel
from workers.broadcast.stage import broadcast
from workers.shell import Worker, now_ms
from workers.shell import main as run
from workers.stage import language_of


def make(settings: Settings) -> Worker:
    """The worker, not yet started."""
    redis = connection.connect(settings)
    channel = RedisChannel(
        redis,
        now_ms,
        most=settings.caption_history,
        speech_history_s=settings.speech_history_s,
        keep_s=settings.history_s,
    )

    async def start() -> None:
        await connection.check(redis)

    return Worker(
        name="broadcast",
        stage=lambda inbound: broadcast(inbound, channel=channel, now=now_ms),
        lane_of=language_of,
        start=start,
        close=redis.aclose,
    )


def main() -> None:
    """Runs the worker."""
    run("broadcast", make)


if __name__ == "__main__":
    main()
