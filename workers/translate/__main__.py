"""`python -m workers.translate`: a process of the stage."""

import os

from dragoman.models.folder import models_folder
from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import now_ms
from schemas.topics import HOUR_MS
from workers import connection
from workers.audience import RedisAudience
from workers.breaker import Breakers
from workers.outbox import patiently
from workers.presence import PresenceNotice
from workers.resting import RestingNotice
from workers.shell.shell import Worker
from workers.shell.shell import main as run
from workers.starting import Away, in_order, start_all
from workers.tail import Tail
from workers.taking_up import TakingUp
from workers.translate.abilities import told
from workers.translate.engine import Translator
from workers.translate.engines import create_all
from workers.translate.fills import Turns
from workers.translate.glossaries import RedisGlossaries
from workers.translate.lacking import Lacking
from workers.translate.masking import read_mask
from workers.translate.past import PastInKafka
from workers.translate.stage import translate


def make(settings: Settings) -> Worker:
    """The worker with its engines, not yet started."""
    redis = connection.connect(settings)
    life = RedisLife(redis)
    notice = connection.AbilitiesNotice(redis, life, "translate")
    audience, breakers = RedisAudience(redis, life), Breakers()
    tail, instance = Tail(settings.kafka), settings.instance or os.uname().nodename
    keep_ms = round(settings.text_retention_h * HOUR_MS)
    past, turns = PastInKafka(tail, now_ms, most=settings.caption_history, keep_ms=keep_ms), Turns()
    translators, working = create_all(settings), list[Translator]()
    resting = RestingNotice(
        breakers.resting,
        lambda engines, keep_ms: connection.tell_resting(redis, f"translate {instance}", engines, keep_ms),
    )
    glossaries, mask = RedisGlossaries(redis), read_mask(settings.masked_words)

    lacking: Lacking = {}

    async def tell() -> None:
        nonlocal lacking
        languages, rough, engines, lacking = told(translators, working)
        await notice.tell(languages, rough, engines, lacking=lacking)

    async def joins(translator: Translator) -> None:
        working[:] = in_order(working, translator, translators)
        await tell()

    away = Away(joins)
    taking_up = TakingUp(translators, working, models_folder(settings.models), tell)

    presence = PresenceNotice(redis, "translate", instance)

    async def start() -> None:
        await connection.check(redis)
        await patiently(life.start)
        working.extend(await start_all(translators, away=away))
        await tell()
        resting.start()
        presence.start()

    async def close() -> None:
        await away.close()
        await resting.stop()
        await tail.close()
        for translator in translators:
            await translator.close()
        await presence.stop()
        await life.stop()
        await redis.aclose()

    return Worker(
        name="translate",
        stage=lambda inbound: translate(
            inbound,
            translators=working,
            audience=audience,
            now=now_ms,
            timeout_s=settings.engine_timeout_s,
            breakers=breakers,
            past=past,
            turns=turns,
            glossaries=glossaries,
            mask=mask,
            coming=lambda source, language: language in lacking.get(source, ()),
        ),
        lane_of=lambda message: "",
        start=start,
        close=close,
        beside=taking_up.run,
    )


def main() -> None:
    """Runs the worker."""
    run("translate", make)


if __name__ == "__main__":
    main()
