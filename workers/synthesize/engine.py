"""What synthesize asks of a synthesizer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol


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

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.pcm) / 2 / self.sample_rate


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

PROBE: Final = "The library is open from nine in the morning."
"""What an engine speaks at its start."""

HIGH_HZ: Final = 155
"""A speaker whose pitch is lower gets a male voice, if there is one; from here on a woman speaks."""


@dataclass(frozen=True)
class Voice:
    """One of an engine's voices for a language."""

    name: str
    """The engine's own name of it."""
    sex: Literal["female", "male", ""] = ""
    """Empty: not known."""


def voice_for(voices: tuple[Voice, ...], pitch_hz: float) -> Voice:
    """The first one of the sex that a pitch suggests; 0 Hz: not known. Where there is none the first of all."""
    wanted = "male" if 0 < pitch_hz < HIGH_HZ else "female"
    fitting = [voice for voice in voices if pitch_hz and voice.sex == wanted]
    return (fitting or voices)[0]


def only(voices: tuple[Voice, ...], name: str | None) -> tuple[Voice, ...]:
    """The voice of this name alone; all of them if it is none of theirs."""
    return tuple(voice for voice in voices if voice.name == name) or voices


class Synthesizer(Protocol):
    """An engine, once per process."""

    name: str
    languages: frozenset[str]
    """BCP-47 tags that it speaks; the one tag `*` stands for every language."""
    rough: bool
    """Nobody would listen to it for an hour: it serves where nothing else speaks."""
    by_clause: bool
    """It is slow enough that the first clause is to be heard before the next is made."""
    cost: float
    """Seconds of a core for one second of speech, as measured at the start; 0: not measured."""
    voices: Mapping[str, tuple[Voice, ...]]
    """Those that may speak each of `languages`, the one that is taken first; none for `*`."""

    async def start(self) -> None:
        """Proves with one probe that it works, and measures its cost. Raises EngineUnavailable."""

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """Speaks one text at `rate` times the usual speed (0.7 to 1.4). Raises EngineError.

        It may take as long as the engine allows itself (EngineTimeout), from when the turn of this call has come: only
        the engine knows when that is.
        """

    async def close(self) -> None:
        """Ends everything that it started."""
