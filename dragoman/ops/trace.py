"""The path of a segment with its times, from the records that it left. No I/O.

Nothing is measured for it: every record says when its words were spoken and when each stage was done with them, and
Kafka when it was written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.messages import Segment, Speech, Transcript, Translation, Usage
from workers.stage import Record

LOG: Final = "log"


@dataclass(frozen=True)
class Step:
    """Something that happened to a segment."""

    at: int
    """Unix ms."""
    what: str
    """`spoken`, a stage, `log` (a record was written), `published`, or `call` (of an engine)."""
    where: str
    """Language of what was made; of a record its `topic:partition:offset`."""
    how: str
    """Engine and outcome, or what there is to say."""


@dataclass(frozen=True)
class PathOfSegment:
    """How long after the words each stage was done, in the languages that came last."""

    segment: int
    start: int
    end: int
    """Samples: where the words begin and end."""
    spoken_at: int
    """Unix ms."""
    done_s: Mapping[str, float]
    """By stage, `log` the audio; seconds since the end of the words. A stage that made nothing of it is not in it."""
    outcome: str
    """`ok`, or the worst of what became of it in some language."""


def paths(records: Iterable[Record]) -> list[PathOfSegment]:
    """Of all segments, in order, by the finals that were made live: what came long after says nothing of the way."""
    finals: dict[int, list[Segment]] = {}
    for message in (record.message for record in records):
        if isinstance(message, Segment) and message.final and not getattr(message, "revised", False):
            finals.setdefault(message.segment, []).append(message)
    return [_path(segment, finals[segment]) for segment in sorted(finals)]


def _path(segment: int, finals: list[Segment]) -> PathOfSegment:
    first = finals[0]
    at: dict[str, int] = {}
    for final in finals:
        made = {LOG: final.ingested_at, "transcribe": final.transcribed_at, **_made_at(final)}
        for stage, when in made.items():
            if when:
                at[stage] = max(when, at.get(stage, 0))
    done = {stage: (when - first.spoken_at) / 1000 for stage, when in at.items()}
    worst = next((final for final in finals if final.outcome == "failed"), None) or next(
        (final for final in finals if final.outcome != "ok"), first
    )
    outcome = f"{worst.outcome} {worst.reason}".rstrip()
    return PathOfSegment(segment, first.start, first.end, first.spoken_at, done, outcome)


def _made_at(final: Segment) -> dict[str, int]:
    match final:
        case Translation():
            return {"translate": final.translated_at}
        case Speech(part=0):
            return {"synthesize": final.synthesized_at}
        case _:
            return {}


def steps(records: Iterable[Record], segment: int) -> list[Step]:
    """All that happened to one segment, in order of time: finals and revisions, and the calls of engines for it."""
    found: set[Step] = set()
    for record in records:
        message = record.message
        if getattr(message, "segment", None) != segment:
            continue
        if isinstance(message, Usage):
            found.add(_call(message))
        elif isinstance(message, Segment) and message.final:
            found |= set(_steps(record, message))
    return sorted(found, key=lambda step: (step.at, step.what == LOG, step.what, step.where))


def _steps(record: Record, final: Segment) -> Iterable[Step]:
    yield Step(final.spoken_at, "spoken", "", "the end of the words")
    if final.ingested_at:
        yield Step(final.ingested_at, LOG, "audio", "given to the log")
    match final:
        case Transcript():
            stage, at = "transcribe", final.transcribed_at
        case Translation():
            stage, at = "translate", final.translated_at
        case Speech():
            stage, at = "synthesize", final.synthesized_at
        case _:
            return
    place = f"{record.topic}:{record.partition}:{record.offset}"
    if at:
        yield Step(at, stage, final.language, _how(final))
        yield Step(record.written_at, LOG, place, "written")
    else:  # nobody made it: its record alone says when that was
        yield Step(record.written_at, LOG, place, f"{final.language} {_how(final)}")


def _how(final: Segment) -> str:
    said = [final.engine or "no engine"]
    if final.outcome != "ok":
        said.append(f"{final.outcome} {final.reason}".rstrip())
    if getattr(final, "revised", False):
        said.append(f"revision {final.revision}")
    if isinstance(final, Speech) and final.duration_ms:
        said.append(f"part {final.part}, {final.duration_ms / 1000:.1f} s {final.format}")
    return ", ".join(said)


def _call(usage: Usage) -> Step:
    what = usage.target_language or usage.language
    how = f"{usage.stage} by {usage.engine or 'nobody'}, {f'{usage.outcome} {usage.reason}'.rstrip()}"
    if usage.engine:
        how += f" in {usage.took_ms} ms"
    return Step(usage.at, "call", what, how if usage.final else f"{how}, partial")
