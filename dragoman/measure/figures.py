"""The figures of a measured session: what was recognised, whether all is in its place, and how long it took."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dragoman.measure.clips import PlacedClip
from dragoman.measure.ear_voice import grown, heard_after
from dragoman.measure.erasure import Erasure, erasure, first_seen
from dragoman.measure.hearing import holes, shown, speech_faults
from dragoman.measure.measure import RunFigures
from dragoman.measure.scoring import errors, percentile, words
from schemas.messages import Transcript
from schemas.socket import Caption


@dataclass(frozen=True)
class Spread:
    """Seconds."""

    p50: float | None
    p90: float | None
    p95: float | None
    count: int

    @classmethod
    def of(cls, seconds: Iterable[float | None]) -> "Spread":
        """Of what there is; None is not counted."""
        known = [second for second in seconds if second is not None]
        return cls(percentile(known, 0.5), percentile(known, 0.9), percentile(known, 0.95), len(known))


@dataclass(frozen=True)
class ClipFigures:
    """One clip."""

    name: str
    words: int
    errors: int
    finals: int
    """Finals whose words lie in the clip."""
    heard: str
    caption_s: dict[str, float | None]
    """Language to seconds from the end of speech to the final caption."""
    speech_s: dict[str, float | None]
    """Language to seconds from the end of speech to the first audio."""


@dataclass(frozen=True)
class LanguageFigures:
    """One listener."""

    finals: int
    holes: list[str]
    """Where captions are not in order or do not tile the audio."""
    missed: int
    speech: int
    """Parts of speech with audio."""
    speech_faults: list[str]
    erasure: Erasure
    heard: Spread
    """From the end of a spoken word to its translation, of those whose place in the audio is known."""
    grown_s: float | None
    """By how much longer that takes at the end than after a minute."""


@dataclass(frozen=True)
class Figures:
    """Everything that `dragoman measure` prints."""

    session: str
    clips: list[ClipFigures]
    languages: dict[str, LanguageFigures]
    words: int
    errors: int
    """Over the whole session."""
    captions: dict[str, Spread]
    speech: dict[str, Spread]
    first_partial: Spread
    """From the end of the first word."""
    word: Spread
    """From the end of a word to its first appearance in the floor's captions."""
    first_word_from: str
    """`transcripts`: the word times of the recogniser; `estimate`: by the share of its letters."""

    @property
    def error_rate(self) -> float:
        """Word errors per word."""
        return self.errors / self.words if self.words else 0.0

    @property
    def one_final(self) -> list[str]:
        """Clips that are one final."""
        return [clip.name for clip in self.clips if clip.finals == 1]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "error_rate": self.error_rate, "one_final": self.one_final}


def figures(measured: RunFigures, transcripts: Mapping[int, Transcript] | None = None) -> Figures:
    """`transcripts` are the finals of the topic by segment, if Kafka could be asked."""
    floor = measured.hearings[measured.floor]
    finals = floor.finals
    clips = [_clip(measured, placed, finals) for placed in measured.placed]
    heard = [word for final in finals for word in words(final.text, measured.floor)]
    wanted = [word for placed in measured.placed for word in words(placed.clip.text, measured.floor)]
    others = [language for language in measured.hearings if language != measured.floor]
    return Figures(
        session=measured.code,
        clips=clips,
        languages={language: _language(measured, language, transcripts or {}) for language in measured.hearings},
        words=len(wanted),
        errors=errors(wanted, heard),
        captions={tag: Spread.of(clip.caption_s[tag] for clip in clips) for tag in measured.hearings},
        speech={tag: Spread.of(clip.speech_s[tag] for clip in clips) for tag in others},
        first_partial=Spread.of(_first_partials(measured, finals, transcripts or {})),
        word=Spread.of(_words_seen(measured, finals, transcripts or {})),
        first_word_from="transcripts" if transcripts else "estimate",
    )


def _language(measured: RunFigures, language: str, transcripts: Mapping[int, Transcript]) -> LanguageFigures:
    hearing = measured.hearings[language]
    heard = heard_after(hearing.speech, transcripts, measured.sent.at) if measured.paced else []
    return LanguageFigures(
        finals=len(hearing.finals),
        holes=holes(hearing.finals, hearing.revised),
        missed=hearing.missed,
        speech=sum(1 for _, part in hearing.speech if part.audio),
        speech_faults=[] if language == measured.floor else speech_faults(hearing),
        erasure=erasure(hearing.shown),
        heard=Spread.of(delay for _, delay in heard),
        grown_s=grown(heard),
    )


def _clip(measured: RunFigures, placed: PlacedClip, finals: Sequence[Caption]) -> ClipFigures:
    inside = [final for final in finals if final.text and placed.start <= _middle(final) < placed.until]
    heard = " ".join(final.text for final in inside)
    wanted, given = words(placed.clip.text, measured.floor), words(heard, measured.floor)
    spoken = measured.sent.at(placed.speech_end) if measured.paced else None
    captions: dict[str, float | None] = dict.fromkeys(measured.hearings)
    speech: dict[str, float | None] = dict.fromkeys(measured.hearings)
    if spoken is not None and inside:
        for language, hearing in measured.hearings.items():
            captions[language] = _since(spoken, hearing.final_at(inside[-1].segment))
            speech[language] = _since(spoken, hearing.speech_at(inside[-1].segment))
    return ClipFigures(placed.clip.name, len(wanted), errors(wanted, given), len(inside), heard, captions, speech)


def _first_partials(
    measured: RunFigures, finals: Sequence[Caption], transcripts: Mapping[int, Transcript]
) -> Iterable[float | None]:
    """Seconds from the end of each segment's first word to its first partial."""
    if not measured.paced:
        return
    for final in finals:
        if final.text:
            first_word = measured.sent.at(_end_of_first_word(final, transcripts.get(final.segment)))
            yield _since(first_word, measured.hearings[measured.floor].partial_at(final.segment))


def _words_seen(
    measured: RunFigures, finals: Sequence[Caption], transcripts: Mapping[int, Transcript]
) -> Iterable[float | None]:
    """Seconds from the end of each word to its first appearance."""
    if not measured.paced:
        return
    captions = measured.hearings[measured.floor].captions
    for final in finals:
        transcript = transcripts.get(final.segment)
        if transcript is not None and len(transcript.words) == len(final.text.split()) > 0:
            seen = first_seen(
                [shown(at, one) for at, one in captions if one.segment == final.segment and one.revised is not True]
            )
            for word, at in zip(transcript.words, seen, strict=True):
                yield _since(measured.sent.at(word.end), at)


def _end_of_first_word(final: Caption, transcript: Transcript | None) -> int:
    if transcript is not None and transcript.words:
        return transcript.words[0].end
    share = len(final.text.split()[0]) / len(final.text)
    return round(16 * (final.start_ms + (final.end_ms - final.start_ms) * share))


def _middle(final: Caption) -> int:
    return 8 * (final.start_ms + final.end_ms)


def _since(begun: float, at: float | None) -> float | None:
    return None if at is None else at - begun
