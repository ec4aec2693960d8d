"""Order in a channel's history: ids, and whether anything lies between two of them. No I/O."""

import re
from typing import NamedTuple

_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")

LOST = "lost"
"""The `previous` of an entry whose predecessor is gone: an id that no client has seen."""


Row = tuple[str, bytes]
"""Id and payload, as they are in Redis."""


class Entry(NamedTuple):
    """A publication in the history."""

    id: str
    previous: str
    payload: bytes
    revision: str = ""
    """Its place among the revisions, if it is one; then `id` and `previous` may both be the entry's before it."""


def is_id(text: str) -> bool:
    """Whether a client's id can be one of ours."""
    return bool(_ID.fullmatch(text))


def order(entry_id: str) -> tuple[int, int]:
    """Sorts ids; the empty one comes before all."""
    first, _, second = entry_id.partition("-")
    return (int(first), int(second or 0)) if first else (-1, 0)


def after(known: str, rows: list[Row]) -> tuple[list[Entry], bool]:
    """The entries after `known` in rows read from `known` on, and whether none is missing between.

    Rows that do not begin with `known` mean that it is gone, and with it perhaps others.
    """
    whole = not known or bool(rows and rows[0][0] == known)
    entries = []
    previous = known if whole else LOST
    for entry_id, payload in rows:
        if order(entry_id) > order(known):
            entries.append(Entry(entry_id, previous, payload))
        previous = entry_id
    return entries, whole
