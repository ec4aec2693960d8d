"""Lets a speaker know how their audio is, and remembers it for those who ask."""

from time import monotonic

import structlog

from gateway import metrics
from gateway.sessions.live import LiveSession
from gateway.speaking.positions import Placed
from gateway.speaking.soundcheck import SoundCheck
from gateway.wire.peer import Peer
from schemas.socket import AudioQuality

log = structlog.get_logger()

HEARD_S = 5.0
"""How long what was measured counts when no audio comes."""


class Monitor:
    """The sound check of one speaker's socket."""

    def __init__(self, peer: Peer, live: LiveSession) -> None:
        self._peer, self._live = peer, live
        self._check = SoundCheck()
        self._heard_at = 0.0
        self.expect = self._check.expect

    @property
    def quality(self) -> AudioQuality | None:
        """How the audio of the last seconds is; None while nobody speaks."""
        return self._check.quality if monotonic() - self._heard_at < HEARD_S else None

    def take(self, placed: Placed, now: float) -> None:
        """Measures audio that was accepted, unless the speaker is muted."""
        if self._live.session.muted:
            return
        self._heard_at = now
        for warning in self._check.take(placed.position, placed.pcm):
            self._peer.send(warning)
            metrics.AUDIO_WARNINGS.labels(warning.code).inc()
            session_id = self._live.session.session_id
            log.info("audio.warning", session_id=session_id, code=warning.code, figures=warning.figures)
