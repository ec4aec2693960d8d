"""Asks for the models that the listeners here lack, and tells them when something else can be had."""

from typing import Any

from dragoman.runtime.wall_clock import redis_ms
from gateway.channels.offers import CurrentOffers, Offers
from gateway.sessions.asking import Asking
from gateway.sessions.here import SessionsHere
from gateway.sessions.language import follows
from gateway.sessions.live import LiveSession
from gateway.sessions.roles import ListenerRole
from gateway.tasks import Tasks
from schemas.fetching import asked_key
from schemas.socket import LanguagesChanged


class Preparing:
    """Of one gateway."""

    def __init__(self, here: SessionsHere, offers: CurrentOffers, asking: Asking, tasks: Tasks, redis: Any) -> None:
        self._here, self._offers, self._asking, self._tasks, self._redis = here, offers, asking, tasks, redis

    async def look(self) -> None:
        """Is done every second, and costs nothing while nobody listens. Raises RedisError."""
        lives = [live for live in self._here if live.listeners and live.session.state != "ended"]
        if not lives:
            return
        offers = await self._offers.now()
        if names := {name for live in lives for name in _lacking(offers, live)}:
            await self._redis.zadd(asked_key(), dict.fromkeys(names, await redis_ms(self._redis)))
        for live in lives:
            self._tell(offers, live)

    def _tell(self, offers: Offers, live: LiveSession) -> None:
        """Compares what can be had once for all who were told the same."""
        source = live.session.source_language
        told: dict[int, bool] = {}
        message = LanguagesChanged(session_id=live.code, languages=offers.languages(source))
        for listener in tuple(live.listeners):
            before = listener.offers
            if not listener.joined or before is offers:
                continue
            listener.offers = offers
            if id(before) not in told:
                told[id(before)] = before.languages(source) != message.languages
                self._fill(live, set(offers.targets(source)) - set(before.targets(source)))
            if told[id(before)]:
                listener.peer.send(message)
                self._tasks.spawn(_follow(listener, offers))

    def _fill(self, live: LiveSession, came: set[str]) -> None:
        """What was said while a language was prepared is missed by those who read it."""
        read = {listener.wish.captions for listener in live.listeners if listener.joined}
        self._asking.tell(live.session, dict.fromkeys(came & read, ""))


def _lacking(offers: Offers, live: LiveSession) -> set[str]:
    """What the listeners of a session need that is not there."""
    source, fetchable = live.session.source_language, offers.fetchable
    wishes = {(listener.wish.captions, listener.wish.speech) for listener in live.listeners if listener.joined}
    return {name for captions, speech in wishes for name in fetchable.needed(source, [captions], speech)}


async def _follow(listener: ListenerRole, offers: Offers) -> None:
    await follows(listener, offers)
