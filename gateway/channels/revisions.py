"""The revisions of a channel, and what was said as it is now: a history with each of them in its place. No I/O."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from gateway.channels.history import Entry, order

MOST = 500
"""Of so many segments, those that were spoken last, the newest revision is kept: none gets more history than that."""


class _RevisionPlace(msgspec.Struct):
    segment: int
    revision: int
    outcome: str = "ok"


_place = msgspec.json.Decoder(_RevisionPlace)


NONE_YET = "0-0"
"""Id before the first revision; Redis has none such."""


def beyond(revision_id: str, known: str) -> bool:
    """It goes further than `known` in one of the topics: Redis may have forgotten both, and got them back in another
    order."""
    return any(place > seen for place, seen in zip(order(revision_id), order(known), strict=True))


class Revised(NamedTuple):
    """A final of the past that was revised."""

    id: str
    """Its place among the revisions."""
    segment: int
    revision: int
    payload: bytes
    withdrawn: bool
    """It was taken back."""


class Revisions:
    """What a channel's readers were sent of its revisions, by segment."""

    def __init__(self) -> None:
        self._newest: dict[int, Revised] = {}

    def take(self, revision_id: str, payload: bytes) -> None:
        """Keeps it if it is newer than what is known of its segment; what cannot be read is passed over."""
        try:
            place = _place.decode(payload)
        except msgspec.DecodeError:
            return
        known = self._newest.get(place.segment)
        if known and known.revision >= place.revision:
            return
        withdrawn = place.outcome == "withdrawn"
        self._newest[place.segment] = Revised(revision_id, place.segment, place.revision, payload, withdrawn)
        if len(self._newest) > MOST:
            del self._newest[min(self._newest)]

    @property
    def withdrawn(self) -> frozenset[int]:
        """The segments that were taken back."""
        return frozenset(each.segment for each in self._newest.values() if each.withdrawn)

    def after(self, known: str) -> list[Revised]:
        """Those that who was given the id `known` may not have, in the order in which they came."""
        return _as_they_came(each for each in self._newest.values() if beyond(each.id, known))

    def spoken_last(self, most: int) -> list[Revised]:
        """Those of the last segments, in the order in which they came."""
        by_segment = sorted(self._newest)
        return _as_they_came(self._newest[segment] for segment in by_segment[max(len(by_segment) - most, 0) :])

    def as_now(self, entries: Sequence[Entry]) -> list[Entry]:
        """Entries of the history, each as its newest revision."""
        return [self._now(entry) for entry in entries]

    def with_gaps_filled(self, entries: Sequence[Entry], last: str) -> list[Entry]:
        """The same, and every segment besides that has no entry, in its place.

        It stands at the entry before it: `id` and `previous` are both that one's (of an empty history `last`), so that
        a client that follows the ids, or resumes after the last, misses nothing.
        """
        there = {order(entry.id)[0] for entry in entries}
        now = [(order(entry.id)[0], self._now(entry)) for entry in entries]
        now += [(each.segment, late("", each)) for each in self._newest.values() if each.segment not in there]
        before = entries[0].previous if entries else last
        placed = []
        for _, entry in sorted(now, key=lambda pair: pair[0]):
            placed.append(entry if entry.id else entry._replace(id=before, previous=before))
            before = placed[-1].id
        return placed

    def _now(self, entry: Entry) -> Entry:
        segment, number = order(entry.id)
        found = self._newest.get(segment)
        if found is None or found.revision <= number:
            return entry
        return entry._replace(payload=found.payload, revision=found.id)


def _as_they_came(revised: Iterable[Revised]) -> list[Revised]:
    return sorted(revised, key=lambda each: order(each.id))


def late(last: str, revised: Revised) -> Entry:
    """A revision that comes when `last` is the last of the history."""
    return Entry(last, last, revised.payload, revised.id)
