"""Subtitles: what was said in pieces that can be read, with the times at which they are shown."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, east_asian_width

from dragoman.transcripts.said import Said
from schemas.audio import to_ms

WIDTH = 42
"""Columns of a line; a Chinese, Japanese or Korean character takes two."""
LINES = 2
SHORTEST_MS = 500
_SPACES = re.compile(r"[ \t\r\n\v\f\x1c-\x1f\x85\u2028\u2029]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_OPENING = ("Ps", "Pi")
_JOINER = "\u200d"


class Cue(NamedTuple):
    """What is shown from `start_ms` until `end_ms` of media time."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def cues(said: Iterable[Said]) -> Iterator[Cue]:
    """In order, never two at a time, each of at most two lines; neighbouring holes for one reason are one."""
    shown_ms = 0
    for text in merged(said):
        begin_ms = max(to_ms(text.start), shown_ms)
        pieces = _pieces(wrapped(text.mark if text.missing else plain(text.text)))
        end_ms = max(to_ms(text.end), begin_ms + SHORTEST_MS * len(pieces))
        total = sum(map(_weight, pieces))
        passed = 0
        for piece in pieces:
            start_ms = max(begin_ms + (end_ms - begin_ms) * passed // total, shown_ms)
            passed += _weight(piece)
            shown_ms = max(begin_ms + (end_ms - begin_ms) * passed // total, start_ms + 1)
            yield Cue(start_ms, shown_ms, piece)


def merged(said: Iterable[Said]) -> Iterator[Said]:
    """Without silence, and with one hole where several of one kind follow each other."""
    hole: Said | None = None
    for text in said:
        if text.missing:
            text = text._replace(start=text.segment, end=text.until)
            if hole and hole.mark == text.mark:
                hole = hole._replace(until=text.until, end=text.end)
            else:
                if hole:
                    yield hole
                hole = text
        elif plain(text.text):
            if hole:
                yield hole
                hole = None
            yield text
    if hole:
        yield hole


def plain(text: str) -> str:
    """On one line and without control characters: an empty line would end a cue."""
    return _CONTROLS.sub("", _SPACES.sub(" ", text)).strip(" ")


def wrapped(text: str) -> list[str]:
    """Lines of at most `WIDTH` columns, as few as possible and as even as these can be."""
    atoms = [(atom, width(atom.rstrip(" ")), width(atom)) for atom in _atoms(text)]
    lines = _filled(atoms, WIDTH)
    low, high = 1, WIDTH
    while low < high:
        most = (low + high) // 2
        if len(_filled(atoms, most)) <= len(lines):
            high = most
        else:
            low = most + 1
    return _filled(atoms, high)


def width(text: str) -> int:
    """Columns that a text takes; accents above and below a letter take none."""
    return sum(_columns(character) for character in text)


@lru_cache(maxsize=4096)
def _columns(character: str) -> int:
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def _weight(lines: Sequence[str]) -> int:
    return max(1, sum(map(width, lines)))


def _pieces(lines: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(lines[first : first + LINES]) for first in range(0, len(lines), LINES)]


def _atoms(text: str) -> Iterator[str]:
    """What may stand at the end of a line, with the space behind it: words, wide characters, pieces of very long ones.

    No line begins with a closing mark or an accent, none ends with an opening one.
    """
    atom = ""
    for character in text:
        if atom and _may_break(atom, character):
            yield atom
            atom = ""
        atom += character
    if atom:
        yield atom


def _may_break(before: str, character: str) -> bool:
    last, kind = before[-1], category(character)
    if character == " " or kind[0] == "M" or kind in ("Cf", "Sk") or last == _JOINER:
        return False  # a space stays with what it follows; an accent with its letter
    if last == " ":
        return True
    if kind[0] == "P" and kind not in _OPENING:
        return width(before) >= WIDTH - 2
    if category(last) in _OPENING:
        return False
    wide = east_asian_width(character) in "WF" or east_asian_width(last) in "WF"
    return wide or width(before) >= WIDTH - 2


def _filled(atoms: Iterable[tuple[str, int, int]], most: int) -> list[str]:
    """Puts atoms, with their columns without and with the spaces behind them, into lines."""
    lines: list[str] = []
    line = ""
    columns = 0
    for atom, wanted, all_of_it in atoms:
        if line and columns + wanted > most:
            lines.append(line.rstrip(" "))
            line, columns = "", 0
        line += atom
        columns += all_of_it
    return [*lines, line.rstrip(" ")] if line else lines
