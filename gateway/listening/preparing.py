"""Asks for the models that the listeners here lack, and tells them when something else can be had."""

from typing import TYPE_CHECKING

from gateway.listening.offers import Offers
from gateway.sessions.language import follows
from schemas.fetching import asked_key
from schemas.socket import LanguagesChanged

if TYPE_CHECKING:
    from gateway.listening.listener import Listener
    from gateway.sessions.live import LiveSession
    from gateway.surroundings import Surroundings


class Preparing:
    """Of one gateway."""

    def __init__(self, around: "Surroundings") -> None:
        self._around = around

    async def look(self) -> None:
        """Is done every second, and costs nothing while nobody listens. Raises RedisError."""
        lives = [live for live in self._around.live.values() if live.listeners and live.session.state != "ended"]
        if not lives:
            return
        offers = await self._around.offers()
        if names := {name for live in lives for name in _lacking(offers, live)}:
            seconds, microseconds = await self._around.redis.time()
            now_ms = seconds * 1000 + microseconds // 1000
            await self._around.redis.zadd(asked_key(), dict.fromkeys(names, now_ms))
        for live in lives:
            self._tell(offers, live)

    def _tell(self, offers: Offers, live: "LiveSession") -> None:
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
                self._around.spawn(_follow(listener, offers))

    def _fill(self, live: "LiveSession", came: set[str]) -> None:
        """What was said while a language was prepared is missed by those who read it."""
        read = {listener.wish.captions for listener in live.listeners if listener.joined}
        self._around.asking.tell(live.session, dict.fromkeys(came & read, ""))


def _lacking(offers: Offers, live: "LiveSession") -> set[str]:
    """What the listeners of a session need that is not there."""
    source, fetchable = live.session.source_language, offers.fetchable
    wishes = {(listener.wish.captions, listener.wish.speech) for listener in live.listeners if listener.joined}
    return {name for captions, speech in wishes for name in fetchable.needed(source, [captions], speech)}


async def _follow(listener: "Listener", offers: Offers) -> None:
    await follows(listener, offers)
