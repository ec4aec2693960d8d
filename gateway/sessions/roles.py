"""What a session needs of those who have a socket in it: its speaker and its listeners."""

from typing import Protocol

from gateway.channels.offers import Offers
from gateway.errors import RequestId
from gateway.sessions.audience import Listens
from gateway.sessions.sessions import DurableAudio
from gateway.wire.peer import Peer
from schemas.socket import AudioQuality


class ListenerRole(Listens, Protocol):
    """A listener by one of its sockets."""

    @property
    def peer(self) -> Peer:
        """Its socket."""

    @property
    def joined(self) -> bool:
        """It has its answer: from now on it is told what happens."""

    offers: Offers
    """What it was told that can be had."""

    @property
    def since_ms(self) -> int:
        """Redis's time of its join."""

    def replaced(self) -> None:
        """It has come back by another socket."""

    def dismissed(self) -> None:
        """It said beside its socket that it will not come back."""

    def session_ended(self) -> None:
        """The session ended; its last captions may still come."""

    def finish(self) -> None:
        """Nothing more follows."""

    def follow_hiding(self) -> None:
        """Captions were hidden, or are shown again."""

    async def follow_floor(self, offers: Offers) -> None:
        """Another language is spoken. Raises RefusedError, RedisError, OSError: then it is asked again."""


class SpeakerRole(Protocol):
    """The speaker of one generation."""

    @property
    def peer(self) -> Peer:
        """Its socket."""

    @property
    def generation(self) -> int:
        """Of a newer speaker it is higher."""

    @property
    def quality(self) -> AudioQuality | None:
        """How the audio of the last seconds is; None while nobody speaks."""

    async def end(self, request_id: RequestId) -> None:
        """Ends the session. Raises RefusedError, RedisError."""

    def durable(self) -> None:
        """More audio is in the log."""

    def progress(self) -> DurableAudio | None:
        """How far the audio is durable; None: that is noted in Redis."""

    def noted(self, progress: DurableAudio, known: int) -> None:
        """Redis answered `known` (see Sessions.progress) to that."""

    def record(self) -> None:
        """Gives the log how the session stands now."""

    def expect(self, name: object, envelope: str) -> None:
        """Translated speech, which the microphone may pick up, was published; `name` is one for all its formats."""

    def look_at_log(self, now: float) -> None:
        """Tells the speaker when what is said cannot be kept; `now` is a time of `monotonic`."""

    async def follow_floor(self) -> None:
        """Another language is spoken."""
