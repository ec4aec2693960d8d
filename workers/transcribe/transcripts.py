"""What is said of what a recogniser heard: the transcript of a segment, the hole in its place, its usage."""

import msgspec

from schemas.audio import SAMPLE_RATE
from schemas.languages import AUTO
from schemas.messages import Outcome, Reason, Transcript, Usage
from workers.transcribe.engine import Hypothesis
from workers.transcribe.frames import Frames
from workers.transcribe.prosody import prosody
from workers.transcribe.spoken import SpokenLanguage


def transcript(
    heard: Hypothesis,
    segment: int,
    frames: Frames,
    spoken: SpokenLanguage,
    engine: str,
    now: int,
    *,
    measures: bool = False,
) -> Transcript:
    """The segment from `segment` to the hypothesis's end, of which `frames` hold the audio; `now` in Unix ms.

    With `measures` a final says how it was spoken.
    """
    start = max(heard.start, segment)
    end = min(max(heard.end, start), heard.until)
    moment = frames.at(end)
    language = heard.language or moment.language
    return Transcript(
        segment=segment,
        until=heard.until,
        start=start,
        end=end,
        spoken_at=moment.captured_at,
        final=heard.final,
        revision=heard.until - segment,
        language=spoken.tag if moment.language == AUTO else moment.language,
        detected=spoken.detected,
        heard_language=heard.heard_language if heard.final else "",
        engine=engine,
        ingested_at=moment.ingested_at,
        transcribed_at=now,
        text=heard.text,
        stable_chars=len(heard.text) if heard.final else heard.stable_chars,
        words=heard.words,
        prosody=prosody(frames.audio(start, end), heard.text, language) if measures and heard.final else None,
    )


def hole(
    segment: int,
    until: int,
    frames: Frames,
    spoken: SpokenLanguage,
    engine: str,
    now: int,
    outcome: Outcome = "failed",
    reason: Reason = "engine",
) -> Transcript:
    """The final that says that nobody heard this, and why."""
    nothing = Hypothesis(text="", start=segment, end=until, until=until, final=True)
    found = transcript(nothing, segment, frames, spoken, engine, now)
    return msgspec.structs.replace(found, outcome=outcome, reason=reason)


def usage(final: Transcript, took_ms: int, now: int) -> Usage:
    """What the recogniser was used for."""
    return Usage(
        stage="transcribe",
        engine=final.engine,
        language=final.language,
        segment=final.segment,
        final=True,
        seconds=(final.until - final.segment) / SAMPLE_RATE,
        took_ms=took_ms,
        outcome=final.outcome,
        reason=final.reason,
        at=now,
    )
