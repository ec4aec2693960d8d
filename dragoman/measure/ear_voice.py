"""How long after a word was spoken its translation is heard, by a listener who plays the speech as it comes."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from dragoman.client.connection import SpeechPart
from schemas.messages import Transcript

HeardAfter = tuple[float, float]
"""When a word was spoken, and how long after that its translation was heard; seconds."""


def heard_after(
    speech: Sequence[tuple[float, SpeechPart]],
    transcripts: Mapping[int, Transcript],
    captured_at: Callable[[int], float],
) -> list[HeardAfter]:
    """Of each word that has speech. `speech` in order, with when it came, Unix seconds.

    `captured_at`: when a sample was captured, Unix seconds. A word is taken to be heard at its share of the speech of
    its segment: translations have an order of words of their own.
    """
    playing = 0.0
    spans: dict[int, tuple[float, float]] = {}
    for at, part in speech:
        if part.audio:
            begins = max(at, playing)
            playing = begins + part.header.duration_ms / 1000
            spans[part.header.segment] = (spans.get(part.header.segment, (begins, 0.0))[0], playing)
    found = []
    for segment, (begins, ends) in spans.items():
        words = transcripts[segment].words if segment in transcripts else ()
        for place, word in enumerate(words):
            spoken = captured_at(word.end)
            found.append((spoken, begins + (ends - begins) * (place + 0.5) / len(words) - spoken))
    return sorted(found)


def grown(found: Sequence[HeardAfter], early_s: float = 60.0, window_s: float = 20.0) -> float | None:
    """By how much the median delay of the last `window_s` exceeds that around `early_s`; None when it was too short."""
    if not found or found[-1][0] - found[0][0] < early_s + 2 * window_s:
        return None
    begun, over = found[0][0], found[-1][0]
    early = [delay for at, delay in found if abs(at - begun - early_s) <= window_s / 2]
    late = [delay for at, delay in found if at >= over - window_s]
    return median(late) - median(early) if early and late else None
