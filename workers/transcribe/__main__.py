"""`python -m workers.transcribe`: a process of the stage."""

from dragoman.runtime.settings import Settings
from schemas.topics import HOUR_MS
from workers import connection
from workers.outbox import RedisOutbox
from workers.shell import Worker, now_ms
from workers.shell import main as run
from workers.transcribe.engines import create
from workers.transcribe.stage import transcribe


def make(settings: Settings) -> Worker:
    """The worker with its engines, not yet started."""
    redis = connection.connect(settings)
    recognisers = [create(name, settings) for name in settings.engines_of("transcribe")]
    outbox = RedisOutbox(redis, keep_ms=round(settings.text_retention_h * HOUR_MS))

    async def start() -> None:
        await connection.check(redis)
        for recogniser in recognisers:
            await recogniser.start()
        spoken = {language for recogniser in recognisers for language in recogniser.languages}
        await connection.tell_abilities(redis, "transcribe", {language: [] for language in sorted(spoken)})

    async def close() -> None:
        for recogniser in recognisers:
            await recogniser.close()
        await redis.aclose()

    return Worker(
        name="transcribe",
        stage=lambda inbound: transcribe(
            inbound, recognisers=recognisers, outbox=outbox, now=now_ms, timeout_s=settings.engine_timeout_s
        ),
        lane_of=lambda message: "",
        start=start,
        close=close,
        segments=True,
    )


def main() -> None:
    """Runs the worker."""
    run("transcribe", make)


if __name__ == "__main__":
    main()
