"""`python -m workers.synthesize`: a process of the stage."""

from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import now_ms
from schemas.audio import SAMPLE_RATE
from workers import connection
from workers.abilities import asked_first
from workers.audience import RedisAudience
from workers.breaker import Breakers
from workers.outbox import patiently
from workers.shell import Worker
from workers.shell import main as run
from workers.stage import language_of
from workers.starting import start_all
from workers.synthesize.encoder import encode
from workers.synthesize.engine import Sound, Synthesizer
from workers.synthesize.engines import create
from workers.synthesize.stage import synthesize


def make(settings: Settings) -> Worker:
    """The worker with its engines, not yet started."""
    redis = connection.connect(settings)
    life = RedisLife(redis)
    notice = connection.AbilitiesNotice(redis, life, "synthesize")
    audience, breakers = RedisAudience(redis, life), Breakers()
    synthesizers = [create(name, settings) for name in settings.engines_of("synthesize")]
    working: list[Synthesizer] = []  # filled at the start

    async def start() -> None:
        await connection.check(redis)
        await patiently(life.start)
        working.extend(await start_all(synthesizers))
        await encode(Sound(b"", SAMPLE_RATE), "ogg-opus")  # loads the encoder before the first listener waits for it
        spoken = asked_first(working)
        await notice.tell({"*": sorted(spoken)}, engines={"*": spoken})

    async def close() -> None:
        for synthesizer in synthesizers:
            await synthesizer.close()
        await life.stop()
        await redis.aclose()

    return Worker(
        name="synthesize",
        stage=lambda inbound: synthesize(
            inbound,
            synthesizers=working,
            encode=encode,
            audience=audience,
            now=now_ms,
            deadline_s=settings.speech_deadline_s,
            timeout_s=settings.engine_timeout_s,
            breakers=breakers,
        ),
        lane_of=language_of,
        start=start,
        close=close,
    )


def main() -> None:
    """Runs the worker."""
    run("synthesize", make)


if __name__ == "__main__":
    main()
