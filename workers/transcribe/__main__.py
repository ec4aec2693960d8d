"""`python -m workers.transcribe`: a process of the stage."""

import os

from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import now_ms
from schemas.channels import hole_outbox_key
from schemas.topics import HOUR_MS
from workers import connection
from workers.abilities import asked_first
from workers.audience import RedisAudience
from workers.breaker import Breakers
from workers.outbox import RedisOutbox, patiently
from workers.presence import PresenceNotice
from workers.resting import RestingNotice
from workers.shell.shell import Worker
from workers.shell.shell import main as run
from workers.starting import Away, in_order, start_all
from workers.tail import Tail
from workers.transcribe.capacity import CapacityNotice
from workers.transcribe.delivered import DeliveredInKafka
from workers.transcribe.engine import Recogniser
from workers.transcribe.engines import create
from workers.transcribe.filling import Filling
from workers.transcribe.holes import RedisHoles
from workers.transcribe.partials import FollowedPartials
from workers.transcribe.places import Places
from workers.transcribe.search import Search
from workers.transcribe.stage import transcribe
from workers.transcribe.turn import REST_S


def make(settings: Settings) -> Worker:
    """The worker with its engines, not yet started."""
    redis = connection.connect(settings)
    recognisers = [create(name, settings) for name in settings.engines_of("transcribe")]
    life = RedisLife(redis)
    abilities = connection.AbilitiesNotice(redis, life, "transcribe")
    keep_ms = round(settings.text_retention_h * HOUR_MS)
    outbox = RedisOutbox(redis, keep_ms)
    tail, past = Tail(settings.kafka), Tail(settings.kafka)
    delivered = DeliveredInKafka(tail, now_ms)
    instance = settings.instance or os.uname().nodename
    places, breakers = Places(recognisers), Breakers(rest_s=REST_S)
    partials = FollowedPartials(RedisAudience(redis, life))
    holes = RedisHoles(redis, instance)
    filling = Filling(
        holes,
        past,
        Search(holes, past, lambda: life.run_id, now_ms, round(settings.audio_retention_h * HOUR_MS)),
        places,
        lambda hole: RedisOutbox(redis, keep_ms, lambda session_id: hole_outbox_key(session_id, hole.final.segment)),
        now_ms,
        settings.engine_timeout_s,
    )
    notice = CapacityNotice(
        lambda: places.capacity,
        lambda taken, most, keep_ms: connection.tell_capacity(redis, instance, taken, most, keep_ms),
        lambda: connection.withdraw_capacity(redis, instance),
    )
    resting = RestingNotice(
        breakers.resting,
        lambda engines, keep_ms: connection.tell_resting(redis, f"transcribe {instance}", engines, keep_ms),
    )

    working: list[Recogniser] = []

    async def use() -> None:
        places.use(list(working))
        spoken = asked_first(working)
        await abilities.tell({language: [] for language in sorted(spoken)}, engines={"*": spoken})

    async def joins(recogniser: Recogniser) -> None:
        working[:] = in_order(working, recogniser, recognisers)
        await use()

    away = Away(joins)

    presence = PresenceNotice(redis, "transcribe", instance)

    async def start() -> None:
        await connection.check(redis)
        await patiently(life.start)
        working.extend(await start_all(recognisers, away=away))
        await use()
        await notice.start()
        resting.start()
        presence.start()

    async def close() -> None:
        await away.close()
        await notice.stop()
        await resting.stop()
        await tail.close()
        await past.close()
        for recogniser in recognisers:
            await recogniser.close()
        await presence.stop()
        await life.stop()
        await redis.aclose()

    return Worker(
        name="transcribe",
        stage=lambda inbound: transcribe(
            inbound,
            recognisers=places.live,
            outbox=outbox,
            now=now_ms,
            timeout_s=settings.engine_timeout_s,
            delivered=delivered,
            jump_s=settings.jump_s,
            keep=holes.keep,
            measures=settings.prosody,
            partials=partials,
            breakers=breakers,
        ),
        lane_of=lambda message: "",
        start=start,
        close=close,
        segments=True,
        beside=filling.run,
    )


def main() -> None:
    """Runs the worker."""
    run("transcribe", make)


if __name__ == "__main__":
    main()
