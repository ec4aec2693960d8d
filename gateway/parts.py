"""The parts of a gateway, one of each, joined to one another: whoever is in here knows only what it is given."""

import os
import secrets
from typing import Any

from redis.asyncio import Redis

from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.settings import Settings
from gateway.access.access import Access
from gateway.channels.channels import Channels
from gateway.channels.offers import CurrentOffers
from gateway.channels.subscriptions import Subscriptions
from gateway.kafka.log import KafkaLog
from gateway.kafka.recall import Recall
from gateway.kafka.tape import Tapes
from gateway.limits.limits import Limits
from gateway.listening.joining import Joining
from gateway.listening.listener import ListenerNeeds
from gateway.listening.replacements import Replacements
from gateway.moderating.moderation import Moderation
from gateway.sessions.asking import Asking
from gateway.sessions.deletion import Deletion
from gateway.sessions.here import SessionsHere
from gateway.sessions.lease import Leases, Linger
from gateway.sessions.lookup import Lookup
from gateway.sessions.presence import appear
from gateway.sessions.restoration import Restoration
from gateway.sessions.sessions import Sessions
from gateway.speaking.opening import Opening
from gateway.speaking.speaker import SpeakerNeeds
from gateway.tasks import Tasks
from schemas.notice import worded


class Parts:
    """Made from the settings; the routes and the upkeep take from it what they need."""

    def __init__(self, settings: Settings, redis: "Redis", public_url: str) -> None:
        self.redis: Any = redis  # redis-py's types do not know that answers are bytes
        self.gateway_id = secrets.token_hex(6)
        self.draining = False
        """The gateway is about to end and takes nobody in."""
        self.grace_s = settings.grace_s
        self.public_url, self._instance = public_url, settings.instance
        self.name = f"gateway {settings.instance or f'{os.uname().nodename}-{self.gateway_id}'}"
        """Of the process, for operators. A machine may run several gateways."""
        keep_s = settings.text_retention_h * 3600
        self.tasks = Tasks()
        self.log, self.recall = KafkaLog(settings.kafka), Recall(settings.kafka)
        self.access, self.limits = Access(settings), Limits(settings, redis)
        self.life = RedisLife(redis)
        self.subscriptions = Subscriptions(redis)
        self.channels = Channels(redis, self.subscriptions, self.life)
        self.offers = CurrentOffers(redis)
        self.sessions = Sessions(redis, self.gateway_id, keep_s)
        self.tapes = Tapes(self.log, settings.gateway_buffer_s, self.sessions.generation)
        self.asking = Asking(redis, self.log, self.tasks, round(settings.history_s * 1000))
        linger = Linger(round(settings.linger_s * 1000), round(settings.speech_linger_s * 1000))
        keep_ms = round(keep_s * 1000)
        self.here = SessionsHere(
            self.gateway_id,
            sessions=self.sessions,
            subscriptions=self.subscriptions,
            leases=Leases(redis, self.gateway_id, keep_ms=keep_ms, linger=linger),
            asking=self.asking,
            offers=self.offers,
            recall=self.recall,
            tasks=self.tasks,
        )
        self.restoration = Restoration(
            redis,
            self.life,
            self.recall,
            sessions=self.sessions,
            here=self.here,
            gateway_id=self.gateway_id,
            keep_ms=keep_ms,
        )
        self.lookup = Lookup(self.sessions, self.restoration)
        self.deletion = Deletion(self.log, self.lookup, self.sessions, self.here)
        self.moderation = Moderation(self.sessions, self.log, redis, self.offers)
        self.joining = self._joining(settings)
        self.opening = self._opening(settings)

    def start(self) -> None:
        """Begins to connect to Kafka and Redis."""
        self.log.start()
        self.access.start()
        self.subscriptions.start()
        self.channels.start()
        self.restoration.start()
        self.tasks.spawn(appear(self.redis, self.subscriptions, self.gateway_id, self._instance))

    async def stop(self) -> None:
        """Gives what was accepted to the log as far as it goes, and closes everything."""
        await self.here.drain()
        await self.tasks.stop()
        await self.access.stop()
        await self.restoration.stop()
        await self.recall.stop()
        await self.channels.stop()
        await self.subscriptions.stop()
        await self.log.stop()
        await self.redis.aclose()

    def join_url(self, code: str) -> str:
        """What listeners open."""
        return f"{self.public_url}/listen/{code}"

    def out_of_touch(self) -> bool:
        """Redis has been away for so long that other gateways, if they reach it, may soon end the sessions here."""
        return self.life.silent_s > self.grace_s / 2

    def _joining(self, settings: Settings) -> Joining:
        needs = ListenerNeeds(
            here=self.here,
            channels=self.channels,
            offers=self.offers,
            replacements=Replacements(),
            tasks=self.tasks,
            secret=settings.secret,
            notice=worded(settings.notice),
        )
        return Joining(needs, lookup=self.lookup, limits=self.limits, redis=self.redis)

    def _opening(self, settings: Settings) -> Opening:
        needs = SpeakerNeeds(
            here=self.here,
            sessions=self.sessions,
            channels=self.channels,
            offers=self.offers,
            tasks=self.tasks,
            redis=self.redis,
            out_of_touch=self.out_of_touch,
        )
        return Opening(
            needs,
            gateway_id=self.gateway_id,
            lookup=self.lookup,
            restoration=self.restoration,
            log=self.log,
            tapes=self.tapes,
            limits=self.limits,
            mode=self.access.mode,
            secret=settings.secret,
            join_url=self.join_url,
        )
