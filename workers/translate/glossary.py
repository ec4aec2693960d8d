"""A session's own words: how a term is found in a text, and what stands for it in a language."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from schemas.languages import LanguageTagError, lookup
from workers.translate.kept import Span

_UNSPACED: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
"""Scripts that put no spaces between words."""


class Terms:
    """Those of a session."""

    def __init__(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        """`entries`: term to language to term, as in a Session."""
        self._entries = entries
        self._by_language: dict[str, Glossary] = {}

    def into(self, language: str) -> "Glossary":
        """What they are in a language."""
        if language not in self._by_language:
            self._by_language[language] = Glossary(self._entries, language)
        return self._by_language[language]


class Glossary:
    """Terms and what they are in one language."""

    def __init__(self, entries: Mapping[str, Mapping[str, str]], language: str) -> None:
        """`entries`: term to language to term."""
        found = {_plain(term): _wanted(known, language) for term, known in entries.items() if term.strip()}
        self._terms = {term: wanted for term, wanted in found.items() if wanted is not None}
        self._by_first: defaultdict[str, list[tuple[str, re.Pattern[str]]]] = defaultdict(list)
        for term in sorted(self._terms, key=lambda term: (-len(term), term)):
            self._by_first[term[0].lower()].append((term, re.compile(_literal(term), re.IGNORECASE)))

    def spans(self, text: str) -> list[Span]:
        """Where terms stand as whole words; none overlaps another."""
        spans, at = [], 0
        while self._terms and at < len(text):
            if found := self._here(text, at):
                end, term = found
                spans.append((at, end, self._fitting(text, at, text[at:end], term)))
                at = end
            else:
                at += 1
        return spans

    def _here(self, text: str, at: int) -> tuple[int, str] | None:
        """Where the longest term ends that is whole and begins here, and which it is."""
        for term, pattern in self._by_first.get(text[at].lower(), ()):
            match = pattern.match(text, at)
            if match and _whole(text, at, match.end()) and (entry := self._entry(term, match[0])):
                return match.end(), entry
        return None

    def _entry(self, term: str, said: str) -> str | None:
        """The entry for what was said: as it is written there if that is one; an acronym only as it is written."""
        written = _plain(said)
        if written in self._terms:
            return written
        return None if len(term) > 1 and term.isupper() else term

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
