"""The files that a transcript can be: plain text, SRT, WebVTT, JSON. UTF-8, no byte order mark."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, get_args
from unicodedata import east_asian_width

import msgspec

from dragoman.transcripts.cues import Cue, cues, merged, plain
from dragoman.transcripts.said import FLOOR, Finals, Said
from schemas.audio import SAMPLE_RATE, to_ms
from schemas.languages import AUTO
from schemas.messages import Session, State

Format = Literal["txt", "srt", "vtt", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)
CONTENT_TYPES: dict[Format, str] = {
    "txt": "text/plain",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "json": "application/json",
}

NOTICE = "Written and translated by software, may contain errors."
"""Stands wherever a file has a place for it: readers have a right to know."""
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
    notice: str = NOTICE
    """How it was made."""
    segments: "list[TranscriptSegment]"


class TranscriptSegment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A final of it."""

    segment: int
    start_ms: int
    end_ms: int
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

    @classmethod
    def of(cls, session: Session, finals: Finals, language: str = FLOOR) -> "Transcribed":
        """What was said in a language; of the floor in each that was spoken, by the name of the one spoken last."""
        if session.source_language == AUTO:
            session = msgspec.structs.replace(session, source_language=finals.floor_language)
        return cls(session, language or session.source_language, finals.said(language))


def written(transcribed: Transcribed, form: Format) -> bytes:
    """The file."""
    return _WRITERS[form](transcribed).encode()


def file_name(session: Session, language: str, form: Format) -> str:
    """`A-talk.es.srt`: of the title, or of the code when there is none."""
    name = re.sub(r"[^\w]+", "-", session.title).strip("-_")[:80] or session.code
    return f"{name}.{language}.{form}"


def _txt(transcribed: Transcribed) -> str:
    return "".join(f"{paragraph}\n\n" for paragraph in _paragraphs(transcribed.said))[:-1]


def _paragraphs(said: Iterable[Said]) -> Iterator[str]:
    paragraph, end = "", 0
    for text in merged(said):
        words = text.mark if text.missing else plain(text.text)
        ends = text.missing or text.start - end >= PAUSE
        if paragraph and (ends or (len(paragraph) > LONG and _SENTENCE_END.search(paragraph))):
            yield paragraph
            paragraph = ""
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
    return "\n".join(
        f"{number}\n{_time(cue.start_ms, ',')} --> {_time(cue.end_ms, ',')}\n{_lines(cue, _without_tags)}\n"
        for number, cue in enumerate(cues(transcribed.said), 1)
    )


def _vtt(transcribed: Transcribed) -> str:
    """https://www.w3.org/TR/webvtt1/; the lines below the first are what players show of a track, or pass over."""
    header = f"WEBVTT\nKind: captions\nLanguage: {transcribed.language}\n\nNOTE {NOTICE}\n"
    shown = [
        f"{_time(cue.start_ms, '.')} --> {_time(cue.end_ms, '.')}\n{_lines(cue, _escaped)}\n"
        for cue in cues(transcribed.said)
    ]
    return "\n".join([header, *shown])


def _json(transcribed: Transcribed) -> str:
    session = transcribed.session
    file = TranscriptFile(
        session_id=session.code,
        title=session.title,
        source_language=session.source_language,
        language=transcribed.language,
        state=session.state,
        created_at=session.created_at,
        segments=[_segment(text, transcribed.language) for text in transcribed.said if text.text or text.missing],
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=1).decode() + "\n"


def _segment(text: Said, language: str) -> TranscriptSegment:
    return TranscriptSegment(
        segment=text.segment,
        start_ms=to_ms(text.start),
        end_ms=to_ms(text.end),
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


_WRITERS: dict[Format, Callable[[Transcribed], str]] = {"txt": _txt, "srt": _srt, "vtt": _vtt, "json": _json}
