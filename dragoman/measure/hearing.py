"""What one listener of a measured session got, and when."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from dragoman.client.connection import SpeechPart
from dragoman.client.listener import ListenerEvent, Missed
from dragoman.measure.erasure import Shown
from schemas.audio import SAMPLE_RATE
from schemas.socket import Caption, SessionEnded

FASTEST_CHARS_S: Final = 40.0
SLOWEST_CHARS_S: Final = 5.0
EDGES_S: Final = 1.0
"""Speech of a text lasts between its characters at the fastest rate and at the slowest plus this."""
DIGIT_CHARS: Final = 5
"""A digit is spoken as a word."""
LENGTH_TOLERANCE_MS: Final = 40


@dataclass
class ListenerNotes:
    """Notes of one listener."""

    language: str
    now: Callable[[], float] = time.time
    captions: list[tuple[float, Caption]] = field(default_factory=list)
    """With the wall clock of their arrival, Unix seconds."""
    speech: list[tuple[float, SpeechPart]] = field(default_factory=list)
    """With the wall clock of their arrival, Unix seconds."""
    missed: int = 0
    ended: bool = False

    def note(self, message: ListenerEvent) -> None:
        """Something came."""
        match message:
            case Caption():
                self.captions.append((self.now(), message))
            case SpeechPart():
                self.speech.append((self.now(), message))
            case Missed():
                self.missed += 1
            case SessionEnded():
                self.ended = True

    @property
    def finals(self) -> list[Caption]:
        """In order of arrival, as they were said at their time: none that was revised later."""
        return [caption for _, caption in self.captions if caption.final and caption.revised is not True]

    @property
    def revised(self) -> list[Caption]:
        """Those that were revised later, in order of arrival."""
        return [caption for _, caption in self.captions if caption.final and caption.revised is True]

    @property
    def shown(self) -> list[Shown]:
        """What a reader saw at its time."""
        return [shown(at, caption) for at, caption in self.captions if caption.revised is not True]

    def final_at(self, segment: int) -> float | None:
        """When the final of a segment came; not one that was revised later."""
        return next((at for at, c in self.captions if c.final and c.segment == segment and c.revised is not True), None)

    def partial_at(self, segment: int) -> float | None:
        """When the first partial with text of a segment came; None if its final came first."""
        first = next(((at, c) for at, c in self.captions if c.segment == segment and c.text), None)
        return first[0] if first and not first[1].final else None

    def speech_at(self, segment: int) -> float | None:
        """When the first audio of a segment came."""
        return next((at for at, part in self.speech if part.header.segment == segment and part.audio), None)


def shown(at: float, caption: Caption) -> Shown:
    """The caption, that came at `at`, as a reader saw it."""
    end_ms = until(caption) // 16 if caption.final else caption.end_ms
    return Shown(at, caption.text, caption.stable_chars, caption.final, caption.start_ms, end_ms)


def until(caption: Caption) -> int:
    """Position up to which a final accounts for the audio: a revision counts the samples of the segment."""
    return caption.segment + caption.revision


def holes(finals: Sequence[Caption], revised: Sequence[Caption] = ()) -> list[str]:
    """Where finals are not in order or do not tile the audio, in words.

    Between them there may be `revised` ones: who comes back gets those instead of what they replaced.
    """
    found = []
    for before, after in pairwise(finals):
        if after.segment < until(before):
            found.append(f"{after.segment} comes after {before.segment} to {until(before)}")
        elif (position := _reached(until(before), revised)) < after.segment:
            found.append(f"nothing accounts for {position} to {after.segment}")
    return found


def _reached(position: int, revised: Sequence[Caption]) -> int:
    """How far revised finals account for the audio from `position` on, at the most: theirs is higher than the revision
    that they replace, and what they tile is no longer than that."""
    for caption in sorted(revised, key=lambda caption: caption.segment):
        if caption.segment <= position:
            position = max(position, until(caption))
    return position


def speech_faults(hearing: ListenerNotes) -> list[str]:
    """Finals with text that have no speech, and speech that does not decode or does not fit its text, in words."""
    found = []
    for final in hearing.finals:
        if final.outcome != "ok" or not final.text:
            continue
        parts = [part for _, part in hearing.speech if part.header.segment == final.segment]
        if not any(part.audio for part in parts):
            found.append(
                f"{final.segment}: no speech ({', '.join(p.header.reason or '?' for p in parts) or 'nothing'})"
            )
            continue
        lengths = [decoded_ms(part) for part in parts if part.audio]
        if None in lengths:
            found.append(f"{final.segment}: does not decode")
            continue
        said = sum(part.header.duration_ms for part in parts)
        length = sum(ms for ms in lengths if ms is not None)
        if abs(said - length) > LENGTH_TOLERANCE_MS:
            found.append(f"{final.segment}: lasts {length} ms, not {said} ms")
        if not fits(final.text, length / 1000):
            found.append(f"{final.segment}: {length} ms for {len(final.text)} characters")
    return found


def fits(text: str, seconds: float) -> bool:
    """The length of speech is plausible for its text."""
    longest = len(text) + (DIGIT_CHARS - 1) * sum(letter.isdigit() for letter in text)
    return len(text) / FASTEST_CHARS_S <= seconds <= longest / SLOWEST_CHARS_S + EDGES_S


def decoded_ms(part: SpeechPart) -> int | None:
    """Length of the audio as a player would hear it; None when it cannot be decoded."""
    if part.header.format == "pcm16":
        return len(part.audio) * 500 // SAMPLE_RATE
    import av

    try:
        with av.open(io.BytesIO(part.audio), "r") as container:
            seconds = [frame.samples / frame.sample_rate for frame in container.decode(container.streams.audio[0])]
            return round(sum(seconds) * 1000)
    except av.error.FFmpegError:
        return None
