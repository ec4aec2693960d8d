"""What translate makes of a transcript: translations, usage, and what can be said of an engine's answer."""

import re
import unicodedata

from msgspec.structs import replace

from schemas.messages import Outcome, Reason, Transcript, Translation, Usage
from workers.calls import Attempt
from workers.errors import EngineGarbled

MOST_CHARS, LEAST_SHARE = 60, 1 / 4
"""No translation is longer than this and three times its text, or shorter than a share of it by more than 20: a model
that gets lost repeats itself, or leaves out most."""


def translation_of(
    transcript: Transcript,
    language: str,
    text: str = "",
    engine: str = "",
    stable_chars: int = 0,
    outcome: Outcome = "ok",
    reason: Reason = "",
    *,
    at: int,
) -> Translation:
    """The translation that was ready at `at` (Unix ms), with the identity and the times of its transcript."""
    return Translation(
        segment=transcript.segment,
        until=transcript.until,
        start=transcript.start,
        end=transcript.end,
        spoken_at=transcript.spoken_at,
        final=transcript.final,
        revision=transcript.revision,
        language=language,
        engine=engine,
        outcome=outcome,
        reason=reason,
        ingested_at=transcript.ingested_at,
        transcribed_at=transcript.transcribed_at,
        text=text,
        source_text=transcript.text,
        source_language=transcript.language,
        stable_chars=stable_chars,
        translated_at=at,
        revised=transcript.revised,
        prosody=transcript.prosody,
    )


def usage_of(
    transcript: Transcript,
    language: str,
    attempt: Attempt | None = None,
    outcome: Outcome = "ok",
    reason: Reason = "",
    *,
    at: int,
    lingering: bool = False,
) -> Usage:
    """One call that was made (`attempt`), or one that was not and why."""
    if attempt:
        outcome, reason = ("failed", "engine") if attempt.failed else ("ok", "")
    return Usage(
        stage="translate",
        engine=attempt.engine if attempt else "",
        language=transcript.language,
        target_language=language,
        segment=transcript.segment,
        final=transcript.final,
        characters=len(transcript.text) if attempt else 0,
        took_ms=attempt.took_ms if attempt else 0,
        outcome=outcome,
        reason=reason,
        at=at,
        revised=transcript.revised,
        lingering=lingering,
    )


def stable_part(transcript: Transcript) -> Transcript:
    """What of a partial will stay as it is."""
    text = transcript.text[: transcript.stable_chars].rstrip()
    return replace(transcript, text=text, stable_chars=len(text))


def to_fill(transcript: Transcript) -> Transcript:
    """The transcript whose translation fills the hole that was left at `transcript`: its revision is higher than the
    hole's, and the same however often it is made."""
    return transcript if transcript.revised else replace(transcript, revised=True, revision=transcript.revision + 1)


def sensible(text: str, answer: object) -> str:
    """`answer` if it can be a translation of `text`. Raises EngineGarbled."""
    if not isinstance(answer, str):
        raise EngineGarbled
    if not answer.strip() and any(map(str.isalnum, text)):
        raise EngineGarbled
    if any("\ud800" <= letter <= "\udfff" for letter in answer):  # half a character: no record can hold it
        raise EngineGarbled
    if loops(answer) > max(3, loops(text) + 1):
        raise EngineGarbled("(it loops)")
    if not _weight(text) * LEAST_SHARE - 20 <= _weight(answer) <= 3 * _weight(text) + MOST_CHARS:
        raise EngineGarbled("(its length is out of all proportion)")
    return answer


def loops(text: str) -> int:
    """How often words, or up to eight in a row, stand there over and over."""
    words = re.findall(r"\w+", text.casefold())
    most = 1
    for size in range(1, 9):
        run = 0
        for before, word in zip(words, words[size:], strict=False):
            run = run + 1 if before == word else 0
            most = max(most, run // size + 1)
    return most


def _weight(text: str) -> int:
    """Letters, of which a Chinese one says as much as four others."""
    return sum(4 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def agreed(before: str, after: str) -> int:
    """Code points of `after` in the leading words that both texts share (LocalAgreement-2)."""
    length = 0
    for old, new in zip(before.split(" "), after.split(" "), strict=False):
        if old != new:
            break
        length += len(new) + 1
    return min(max(length - 1, 0), len(after))
