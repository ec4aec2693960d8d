"""How well and how soon a past session came out in a language, by its records alone. Definitions: docs/quality.md."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dragoman.measure.erasure import Erasure, Shown, erasure, first_seen
from dragoman.measure.figures import Spread
from dragoman.measure.quality import TextScores, text_scores
from schemas.audio import SAMPLE_RATE
from schemas.messages import Segment, Speech, Transcript, Translation

Said = Transcript | Translation


@dataclass(frozen=True)
class Evaluation:
    """Of one language of a session."""

    language: str
    scores: TextScores
    finals: int
    """With text."""
    lost: int
    """Finals that were skipped or failed, in their last revision."""
    erasure: Erasure | None
    """None: no partial was written, so that nothing can be told."""
    word: Spread
    """Seconds from the end of a word to its first appearance; where the recogniser says when words were spoken."""
    caption: Spread
    """Seconds from the end of the words to their final."""
    speech: Spread
    """Seconds from the end of the words to the first part of their speech."""

    @property
    def normalised_erasure(self) -> float | None:
        """Words that were taken back, for each word of the finals."""
        if self.erasure is None or not self.erasure.words:
            return None
        return self.erasure.shown / self.erasure.words

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {
            "error_rate": self.scores.error_rate,
            "normalised_erasure": self.normalised_erasure,
        }


def evaluate(records: Iterable[Segment], language: str, reference: str) -> Evaluation:
    """`records` of transcripts or translations, and of speech, each topic in its order."""
    mine = [record for record in records if record.language == language]
    said = [record for record in mine if isinstance(record, Transcript | Translation)]
    live = list(_first(record for record in said if not record.revised))
    last = _last(record for record in said if record.final)
    text = " ".join(record.text for record in last if record.text)
    partials = any(not record.final for record in live)
    return Evaluation(
        language=language,
        scores=text_scores(reference, text, language),
        finals=sum(1 for record in last if record.text),
        lost=sum(1 for record in last if record.outcome in ("skipped", "failed")),
        erasure=erasure([_shown(record) for record in live]) if partials else None,
        word=Spread.of(_words_seen(live)),
        caption=Spread.of(_since(record, _ready(record)) for record in live if record.final and record.text),
        speech=Spread.of(_spoken_after(mine)),
    )


def _last(finals: Iterable[Said]) -> list[Said]:
    """In order, each segment in its last revision."""
    newest: dict[int, Said] = {}
    for final in finals:
        known = newest.get(final.segment)
        if known is None or final.revision > known.revision:
            newest[final.segment] = final
    return [newest[segment] for segment in sorted(newest)]


def _first(live: Iterable[Said]) -> Iterator[Said]:
    """Without what was written twice, as happens when a worker takes over from one that died."""
    seen: set[tuple[int, int, bool]] = set()
    for record in live:
        identity = record.segment, record.revision, record.final
        if identity not in seen:
            seen.add(identity)
            yield record


def _words_seen(live: Sequence[Said]) -> Iterator[float | None]:
    """Only transcripts know when a word was spoken."""
    of_segment: dict[int, list[Said]] = {}
    for record in live:
        results = of_segment.setdefault(record.segment, [])
        results.append(record)
        if not isinstance(record, Transcript) or not record.final or len(record.words) != len(record.text.split()):
            continue
        for word, at in zip(record.words, first_seen([_shown(each) for each in results]), strict=True):
            spoken_at = record.spoken_at / 1000 - (record.end - word.end) / SAMPLE_RATE
            yield None if at is None else at - spoken_at


def _spoken_after(records: Iterable[Segment]) -> Iterator[float]:
    """Of each segment that has speech."""
    seen: set[int] = set()
    for record in records:
        if isinstance(record, Speech) and record.outcome == "ok" and record.segment not in seen:
            seen.add(record.segment)
            yield _since(record, record.synthesized_at)


def _shown(record: Said) -> Shown:
    end = record.until if record.final else record.end
    at = _ready(record) / 1000
    return Shown(at, record.text, record.stable_chars, record.final, record.start // 16, end // 16)


def _ready(record: Said) -> int:
    return record.translated_at if isinstance(record, Translation) else record.transcribed_at


def _since(record: Segment, at_ms: int) -> float:
    return (at_ms - record.spoken_at) / 1000
