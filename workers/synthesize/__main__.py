"""`python -m workers.synthesize`: a process of the stage."""

import asyncio
import os

import structlog

from dragoman.models.folder import models_folder
from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import now_ms
from schemas.notice import worded
from workers import connection, metrics
from workers.audience import RedisAudience
from workers.breaker import Breakers
from workers.outbox import patiently
from workers.presence import PresenceNotice
from workers.resting import RestingNotice
from workers.shell.shell import Worker
from workers.shell.shell import main as run
from workers.stage import Produce, language_of
from workers.starting import Away, in_order, start_all
from workers.synthesize.choice import Choice, rougher
from workers.synthesize.cores import Cores
from workers.synthesize.encoders import Encoders
from workers.synthesize.engine import Synthesizer
from workers.synthesize.engines import create
from workers.synthesize.engines.piper import PiperSynthesizer
from workers.synthesize.pins import check_pins, read_pins
from workers.synthesize.stage import synthesize
from workers.synthesize.telling import Telling
from workers.taking_up import TakingUp

log = structlog.get_logger()


def make(settings: Settings) -> Worker:
    """The worker with its engines, not yet started."""
    redis = connection.connect(settings)
    life = RedisLife(redis)
    notice = connection.AbilitiesNotice(redis, life, "synthesize")
    audience, breakers = RedisAudience(redis, life), Breakers()
    synthesizers = [create(name, settings) for name in settings.engines_of("synthesize")]
    encoders = Encoders(settings.engine_timeout_s, settings.engine_memory_mb, comment=worded(settings.notice))
    working: list[Synthesizer] = []  # filled at the start
    pinned: dict[str, str] = {}  # so are these
    choice = Choice(working, pinned, Cores().beside)
    piper = next((each for each in synthesizers if isinstance(each, PiperSynthesizer)), None)
    telling = Telling(choice, notice.tell, lambda: piper.absent if piper else {})
    instance = settings.instance or os.uname().nodename
    resting = RestingNotice(
        breakers.resting,
        lambda engines, keep_ms: connection.tell_resting(redis, f"synthesize {instance}", engines, keep_ms),
    )

    async def renew() -> None:
        choice.renew()
        await telling.look()

    async def joins(synthesizer: Synthesizer) -> None:
        working[:] = in_order(working, synthesizer, synthesizers)
        await renew()

    away = Away(joins)
    taking_up = TakingUp(synthesizers, working, models_folder(settings.models), renew)

    async def beside(produce: Produce) -> None:
        await asyncio.gather(telling.run(produce), taking_up.run(produce))

    presence = PresenceNotice(redis, "synthesize", instance)

    async def start() -> None:
        await connection.check(redis)
        await patiently(life.start)
        working.extend(await start_all(synthesizers, {pin.engine for pin in read_pins(settings).values()}, away))
        for missing, languages in rougher(synthesizers, working).items():
            log.warning(
                "voice.rough", engine=missing, languages=languages, detail="only a rough voice speaks these now"
            )
        await encoders.start()
        pinned.update(check_pins(settings, working))
        for synthesizer in working:
            metrics.VOICE_COST.labels(synthesizer.name).set(synthesizer.cost)
        await telling.look()
        resting.start()
        presence.start()

    async def close() -> None:
        await away.close()
        await resting.stop()
        for synthesizer in synthesizers:
            await synthesizer.close()
        await encoders.close()
        await presence.stop()
        await life.stop()
        await redis.aclose()

    return Worker(
        name="synthesize",
        stage=lambda inbound: synthesize(
            inbound,
            choice=choice,
            encode=encoders.encode,
            audience=audience,
            now=now_ms,
            deadline_s=settings.speech_deadline_s,
            timeout_s=settings.engine_timeout_s,
            breakers=breakers,
        ),
        lane_of=language_of,
        start=start,
        close=close,
        beside=beside,
    )


def main() -> None:
    """Runs the worker."""
    run("synthesize", make)


if __name__ == "__main__":
    main()
