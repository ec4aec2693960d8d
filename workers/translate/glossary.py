"""A session's own words: how a term is found in a text, and what stands for it in a language."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from schemas.languages import LanguageTagError, lookup
from workers.translate.kept import Span

_UNSPACED: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
"""Scripts that put no spaces between words."""


class Glossary:
    """Terms and what they are in one language."""

    def __init__(self, entries: Mapping[str, Mapping[str, str]], language: str) -> None:
        """`entries`: term to language to term, as in a Session."""
        found = {_plain(term): _wanted(known, language) for term, known in entries.items() if term.strip()}
        self._terms = {term: wanted for term, wanted in found.items() if wanted is not None}
        # The longest first, and of those that differ in case only the one that stands there.
        self._longest = sorted(self._terms, key=lambda term: (-len(term), term))
        self._pattern = re.compile("|".join(map(_literal, self._longest)), re.IGNORECASE) if self._terms else None

    def __bool__(self) -> bool:
        return bool(self._terms)

    def spans(self, text: str) -> list[Span]:
        """Where terms stand as whole words; none overlaps another."""
        spans, at = [], 0
        while self._pattern and (match := self._at(text, at)):
            begin, end, term = match
            spans.append((begin, end, self._fitting(text, begin, text[begin:end], term)))
            at = end
        return spans

    def _at(self, text: str, at: int) -> tuple[int, int, str] | None:
        """The next term: of several in one place the longest that is whole."""
        assert self._pattern
        while match := self._pattern.search(text, at):
            for term in self._longest:
                here = re.compile(_literal(term), re.IGNORECASE).match(text, match.start())
                if here and _whole(text, here.start(), here.end()) and (exact := self._same(term, here[0])):
                    return here.start(), here.end(), exact
            at = match.start() + 1
        return None

    def _same(self, term: str, said: str) -> str | None:
        """The entry for what was said: as it is written there if that is one; an acronym only as it is written."""
        written = _plain(said)
        if written in self._terms:
            return written
        acronym = len(term) > 1 and term.isupper()
        return None if acronym else term

    def _fitting(self, text: str, begin: int, said: str, term: str) -> str:
        """What stands for it, with a capital where the term got its own from the beginning of a sentence."""
        wanted = self._terms[term]
        first = re.search(r"(?:^|[.!?…]\s)\W*$", text[:begin]) is not None
        if first and said[:1].isupper() and term[:1].islower() and wanted[:1].islower():
            return wanted[:1].upper() + wanted[1:]
        return wanted


def replaced(answer: str, said: str, wanted: str) -> str:
    """`answer` with `wanted` for each whole `said` in it: where an engine lost a placeholder."""
    pattern = re.compile(_literal(_plain(said)), re.IGNORECASE)
    return pattern.sub(lambda match: wanted if _whole(answer, match.start(), match.end()) else match[0], answer)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _literal(term: str) -> str:
    return r"\s+".join(map(re.escape, term.split()))


def _whole(text: str, begin: int, end: int) -> bool:
    return not (_joined(text[begin - 1 : begin]) or _joined(text[end : end + 1]))


def _joined(beside: str) -> bool:
    """A letter or mark beside the term makes another word of it, where words have spaces between them."""
    if not beside or unicodedata.name(beside, "").startswith(_UNSPACED):
        return False
    return beside.isalnum() or beside == "_" or unicodedata.category(beside).startswith("M")


def _wanted(known: Mapping[str, str], language: str) -> str | None:
    try:
        tag = lookup(language, known)
    except LanguageTagError:
        return None
    return known.get(tag) if tag else None
