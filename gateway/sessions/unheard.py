"""Speakers from whom nothing comes any more, though their sockets are open: listeners read soon that they are away.

A socket whose network is gone is given up after a minute only, and a speaker may come back on it before that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dragoman.runtime.wall_clock import now_ms
from gateway.sessions.live import LiveSession
from gateway.sessions.sessions import Sessions
from gateway.wire import frames
from schemas.audio import SAMPLE_RATE
from schemas.channels import Control

UNHEARD_S: Final = 3.0
"""How long nothing at all comes, no answer to a ping either, though it would be read."""
ASK_S: Final = 1.0
FLOWING_S: Final = 5
"""Seconds in which audio came: only of who sends all the time silence says something."""


@dataclass
class _Flow:
    received: int
    seconds: int = 0
    away: bool = False
    """Listeners read that the speaker is away, although the socket is open."""


class Unheard:
    """Looked at once a second."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._flows: dict[str, _Flow] = {}

    async def look(self, lives: Iterable[LiveSession], now: float) -> None:
        """Asks speakers who say nothing whether they are there; notes who is not, and who is again. Raises RedisError.

        `now` is a time of `monotonic`.
        """
        known, self._flows = self._flows, {}
        for live in lives:
            speaker = live.speaker
            if speaker is None or live.session.state == "ended":
                continue
            flow = self._flows[live.session.session_id] = known.get(live.session.session_id) or _Flow(
                live.extent.received
            )
            silent_s = 0.0 if speaker.peer.busy else now - speaker.peer.seen
            if live.extent.received - flow.received >= SAMPLE_RATE // 2:
                flow.seconds += 1
            flow.received = live.extent.received
            if silent_s >= ASK_S:
                speaker.peer.control(b"", frames.PING)
            gone = silent_s >= UNHEARD_S and (flow.away or flow.seconds >= FLOWING_S)
            if gone != flow.away:
                await self._note(live, flow, away=gone)

    async def _note(self, live: LiveSession, flow: _Flow, *, away: bool) -> None:
        session, speaker = live.session, live.speaker
        assert speaker is not None
        noted = self._sessions.leave if away else self._sessions.back
        if not await noted(session.session_id, speaker.generation):
            return
        flow.away, flow.seconds = away, 0
        live.follow(live.session, away=away)
        await self._sessions.tell(session.session_id, Control(kind="state", at=now_ms()))
