"""What synthesize asks of a synthesizer."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Sound:
    """Mono s16le PCM."""

    pcm: bytes
    sample_rate: int
    """Samples a second."""

    @property
    def duration_ms(self) -> int:
        """Length."""
        return len(self.pcm) * 500 // self.sample_rate


@dataclass(frozen=True)
class Encoded:
    """A sound in one format."""

    audio: bytes
    sample_rate: int
    """Samples a second of the decoded audio."""
    duration_ms: int
    """Length of the decoded audio."""


@dataclass(frozen=True)
class Tone:
    """How the speaker sounds, for engines that can follow: a voice leaves out what it cannot do."""

    gain_db: float = 0.0
    """Louder (or softer) than the speaker usually is; -6 to 6."""
    pitch_hz: float = 0.0
    """Median F0 of the speaker; 0: not known."""


NEUTRAL = Tone()


class Synthesizer(Protocol):
    """An engine, once per process."""

    name: str
    languages: frozenset[str]
    """BCP-47 tags that it speaks; the one tag `*` stands for every language."""

    async def start(self) -> None:
        """Proves with one probe that it works. Raises EngineUnavailable."""

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """Speaks one text at `rate` times the usual speed (0.7 to 1.4). Raises EngineError."""

    async def close(self) -> None:
        """Ends everything that it started."""
