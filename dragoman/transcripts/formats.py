"""The files that a transcript can be: plain text, SRT, WebVTT, JSON. UTF-8, no byte order mark."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple, get_args
from unicodedata import east_asian_width

import msgspec

from dragoman.transcripts.cues import Cue, cues, merged, plain
from dragoman.transcripts.direction import is_right_to_left, marked
from dragoman.transcripts.said import FLOOR, Finals, Said
from dragoman.transcripts.timing import Clocks, Pause, Timing, pauses, timed
from schemas.audio import SAMPLE_RATE, to_ms
from schemas.languages import AUTO
from schemas.messages import Session, State
from schemas.notice import NOTICE

FileFormat = Literal["txt", "srt", "vtt", "json"]
FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)
CONTENT_TYPES: dict[FileFormat, str] = {
    "txt": "text/plain",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "json": "application/json",
}

PAUSE = 2 * SAMPLE_RATE
"""A silence of so many samples begins a new paragraph."""
LONG = 600
"""Characters after which a paragraph ends with the next sentence."""
_SENTENCE_END = re.compile(r"[.!?。\uff01\uff1f؟।…][\"'”\u2019»)\]]*$")
_TAG = re.compile(r"<(?=[A-Za-z/!])")


class TranscriptFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The JSON file: the facts of a session and what was said in one language."""

    session_id: str
    """The code."""
    title: str
    source_language: str
    language: str
    state: State
    """Unless it is `ended`, more may follow."""
    created_at: int
    """Unix ms."""
    started_at: int
    """When the first sample was captured, Unix ms: 0 of both clocks, but for the offset. 0: not known."""
    pauses: "list[TranscriptPause]"
    notice: str
    """How it was made."""
    segments: "list[TranscriptSegment]"


class TranscriptPause(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The speaker paused, or was away."""

    start_ms: int
    """Media time at which it was; that stands still meanwhile."""
    wall_start_ms: int
    """When it began, by the clock of the room."""
    duration_ms: int


class TranscriptSegment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A final of it."""

    segment: int
    start_ms: int
    """Media time, which stands still in a pause."""
    end_ms: int
    wall_start_ms: int
    """The same by the clock of the room, which does not."""
    wall_end_ms: int
    text: str
    language: str | msgspec.UnsetType = msgspec.UNSET
    """If it is another than that of the file: the speaker changed over."""
    source_text: str | msgspec.UnsetType = msgspec.UNSET
    outcome: str
    """`skipped` and `failed`: a hole, without text."""
    reason: str


class Transcribed(NamedTuple):
    """What is written to a file."""

    session: Session
    language: str
    said: Sequence[Said]
    """In order."""
    timing: Timing = Timing()
    marks: bool = True
    """Lines of SRT that are read from right to left say so."""
    notice: str = NOTICE
    """Stands wherever a file has a place for it."""

    @classmethod
    def of(
        cls,
        session: Session,
        finals: Finals,
        language: str = FLOOR,
        *,
        timing: Timing = Timing(),  # noqa: B008  # it is frozen
        marks: bool = True,
        notice: str = NOTICE,
    ) -> "Transcribed":
        """What was said in a language; of the floor in each that was spoken, by the name of the one spoken last."""
        if session.source_language == AUTO:
            session = msgspec.structs.replace(session, source_language=finals.floor_language)
        return cls(session, language or session.source_language, finals.said(language), timing, marks, notice)

    @property
    def timed(self) -> list[Said]:
        """What belongs into the file, at its times there."""
        return [moved for _, moved in timed(self.said, self.timing, Clocks(self.said))]

    @property
    def pauses(self) -> list[Pause]:
        """The same of the pauses between."""
        return list(pauses(self.timing, Clocks(self.said)))

    @property
    def about(self) -> str:
        """What it is, in a line."""
        return f"{plain(self.session.title) or self.session.code}, {self.date}"

    @property
    def date(self) -> str:
        """The day on which the session began, in UTC."""
        return datetime.fromtimestamp(self.session.created_at / 1000, UTC).date().isoformat()


def written(transcribed: Transcribed, form: FileFormat) -> bytes:
    """The file."""
    return _WRITERS[form](transcribed).encode()


def file_name(session: Session, language: str, form: FileFormat) -> str:
    """`A-talk.2026-03-01.es.srt`: of the title, or of the code when there is none, and the day."""
    name = re.sub(r"[^\w]+", "-", session.title).strip("-_")[:80] or session.code
    return f"{name}.{Transcribed(session, language, ()).date}.{language}.{form}"


def _txt(transcribed: Transcribed) -> str:
    paragraphs = _paragraphs(transcribed.timed, deque(transcribed.pauses))
    return "".join(f"{paragraph}\n\n" for paragraph in (transcribed.about, *paragraphs))[:-1]


def _paragraphs(said: Iterable[Said], stops: deque[Pause]) -> Iterator[str]:
    paragraph, end = "", 0
    for text in merged(said):
        words = text.mark if text.missing else plain(text.text)
        stopped = [stops.popleft() for _ in range(sum(stop.until <= text.start for stop in stops))]
        ends = text.missing or text.start - end >= PAUSE or bool(stopped)
        if paragraph and (ends or (len(paragraph) > LONG and _SENTENCE_END.search(paragraph))):
            yield paragraph
            paragraph = ""
        yield from (f"[pause of {_length(stop)}]" for stop in stopped)
        if text.missing:
            yield words
        else:
            paragraph = _joined(paragraph, words)
        end = text.end
    if paragraph:
        yield paragraph


def _joined(before: str, words: str) -> str:
    """Chinese and Japanese put no space between sentences."""
    wide = bool(before) and east_asian_width(before[-1]) in "WF" and east_asian_width(words[0]) in "WF"
    return before + words if wide or not before else f"{before} {words}"


def _srt(transcribed: Transcribed) -> str:
    """SubRip has no escapes: what players would take for a tag or an arrow is written with a look-alike."""
    leftward = transcribed.marks and is_right_to_left(transcribed.language)

    def safe(line: str) -> str:
        return marked(_without_tags(line)) if leftward else _without_tags(line)

    return "\n".join(
        f"{number}\n{_time(cue.start_ms, ',')} --> {_time(cue.end_ms, ',')}\n{_lines(cue, safe)}\n"
        for number, cue in enumerate(cues(transcribed.timed), 1)
    )


def _vtt(transcribed: Transcribed) -> str:
    """https://www.w3.org/TR/webvtt1/; the lines below the first are what players show of a track, or pass over."""
    header = f"WEBVTT\nKind: captions\nLanguage: {transcribed.language}\n\nNOTE {_escaped(transcribed.notice)}\n"
    shown = [
        (cue.start_ms, 1, f"{_time(cue.start_ms, '.')} --> {_time(cue.end_ms, '.')}\n{_lines(cue, _escaped)}\n")
        for cue in cues(transcribed.timed)
    ]
    notes = [(to_ms(pause.until), 0, f"NOTE pause of {_length(pause)}\n") for pause in transcribed.pauses]
    blocks = [block for *_, block in sorted([*shown, *notes])]
    return "\n".join([header, f"NOTE {_escaped(transcribed.about)}\n", *blocks])


def _json(transcribed: Transcribed) -> str:
    session, clocks, timing = transcribed.session, Clocks(transcribed.said), transcribed.timing
    media = [text for text, _ in timed(transcribed.said, timing, clocks) if text.text or text.missing]
    file = TranscriptFile(
        session_id=session.code,
        title=session.title,
        source_language=session.source_language,
        language=transcribed.language,
        state=session.state,
        created_at=session.created_at,
        started_at=clocks.started_at,
        pauses=[_stop(stop, timing, clocks) for stop in clocks.pauses],
        notice=transcribed.notice,
        segments=[_segment(text, transcribed.language, timing, clocks) for text in media],
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=1).decode() + "\n"


def _stop(stop: Pause, timing: Timing, clocks: Clocks) -> TranscriptPause:
    offset_ms = round(timing.offset * 1000)
    return TranscriptPause(
        start_ms=to_ms(stop.until) + offset_ms,
        wall_start_ms=to_ms(clocks.wall(stop.until) - stop.length) + offset_ms,
        duration_ms=to_ms(stop.length),
    )


def _segment(text: Said, language: str, timing: Timing, clocks: Clocks) -> TranscriptSegment:
    offset_ms = round(timing.offset * 1000)
    start_ms, end_ms = to_ms(text.start) + offset_ms, to_ms(text.end) + offset_ms
    waited_ms = to_ms(clocks.wall(text.segment) - text.segment)
    return TranscriptSegment(
        segment=text.segment,
        start_ms=start_ms,
        end_ms=end_ms,
        wall_start_ms=start_ms + waited_ms,
        wall_end_ms=end_ms + waited_ms,
        text=text.text,
        language=text.language if text.text and text.language != language else msgspec.UNSET,
        source_text=msgspec.UNSET if text.source_text is None else text.source_text,
        outcome=text.outcome,
        reason=text.reason,
    )


def _lines(cue: Cue, safe: Callable[[str], str]) -> str:
    return "\n".join(map(safe, cue.lines))


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _without_tags(line: str) -> str:
    return _TAG.sub("\u2039", line.replace("-->", "→"))


def _time(ms: int, comma: str) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{comma}{ms % 1000:03}"


def _length(pause: Pause) -> str:
    """As `5:12` or `1:05:12`."""
    total = round(pause.length / SAMPLE_RATE)
    hours = f"{total // 3600}:{total // 60 % 60:02}" if total >= 3600 else f"{total // 60}"
    return f"{hours}:{total % 60:02}"


_WRITERS: dict[FileFormat, Callable[[Transcribed], str]] = {"txt": _txt, "srt": _srt, "vtt": _vtt, "json": _json}
