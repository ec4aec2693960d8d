"""What was said in a session and is not there in a language, because nobody read it then."""

from collections import defaultdict
from typing import NamedTuple

import msgspec

from schemas.messages import Transcript, Translation
from workers.stage import Record


class _Final(NamedTuple):
    transcript: Transcript
    offset: int
    written_at: int


class _Made(NamedTuple):
    revision: int
    unread: bool
    """It was skipped for want of an audience."""


class Gaps:
    """Takes the records of one session as they come, and keeps what its newest finals need."""

    def __init__(self, most: int) -> None:
        """Keeps `most` finals."""
        self._most = most
        self._finals: dict[int, _Final] = {}
        self._made: defaultdict[str, dict[int, _Made]] = defaultdict(dict)
        self._first = 0
        """What begins before this sample is not kept."""

    def __len__(self) -> int:
        return len(self._finals)

    @property
    def oldest_at(self) -> int:
        """When the first of the finals was written, Unix ms."""
        return min(final.written_at for final in self._finals.values())

    def take(self, record: Record) -> None:
        """Of each segment the highest revision counts, and of two the first, as in the channels."""
        match record.message:
            case Transcript(final=True, segment=segment) as new if segment >= self._first:
                known = self._finals.get(segment)
                if known is None or new.revision > known.transcript.revision:
                    self._finals[segment] = _Final(
                        msgspec.structs.replace(new, words=()), record.offset, record.written_at
                    )
                if len(self._finals) > 2 * self._most:
                    self.keep(self._most)
            case Translation(final=True, segment=segment) as translation if segment >= self._first:
                made = self._made[translation.language]
                if segment not in made or translation.revision > made[segment].revision:
                    unread = translation.outcome == "skipped" and translation.reason == "no-audience"
                    made[segment] = _Made(translation.revision, unread)

    def keep(self, most: int) -> None:
        """Forgets all but the newest `most` finals."""
        kept = sorted(self._finals, reverse=True)[:most]
        if len(kept) < len(self._finals):
            self._first = min(kept, default=self._first)
            self._finals = {segment: self._finals[segment] for segment in kept}
            for language, made in self._made.items():
                self._made[language] = {segment: each for segment, each in made.items() if segment >= self._first}

    def missing(self, language: str, since_ms: int, before: int) -> list[Transcript]:
        """Newest first: finals written at or after `since_ms` (Unix ms), below offset `before`, that nobody translated.

        Not those that were skipped or failed for another reason than that nobody read them; but a translation of what
        was replaced since is none.
        """
        self.keep(self._most)
        return [
            final.transcript
            for segment, final in sorted(self._finals.items(), reverse=True)
            if final.written_at >= since_ms
            and final.offset < before
            and final.transcript.language != language
            and self._lacks(language, segment, final.transcript.revision)
        ]

    def _lacks(self, language: str, segment: int, revision: int) -> bool:
        made = self._made[language].get(segment)
        return made is None or made.revision < revision or made.unread
