"""What a listener gets of a channel before live: the last of its history, or what followed the last that was seen."""

from typing import NamedTuple

from gateway.channels.channel import Channel
from gateway.channels.history import Entry, is_id, order
from gateway.channels.publications import joined, published_of, silent
from gateway.channels.revisions import late
from gateway.wire.frames import Form

MOST_HISTORY = 500


class Backlog(NamedTuple):
    """What was read of a channel's history."""

    entries: list[Entry]
    recovered: bool
    head: str | None
    """Id up to which the history was read; None: nothing was asked for."""
    most: int = 0
    """So many captions of the history were asked for; 0: those after an id."""


NOTHING = Backlog([], False, None)


async def read(channel: Channel | None, known: str, history: int) -> Backlog:
    """The entries after `known`, or the last `history` ones where it is no longer there. Raises RedisError."""
    if channel is None:
        return NOTHING
    sent = channel.last  # the history may have less, when it expired or Redis lost it: then nothing is waited for
    if is_id(known):
        entries, whole = await channel.since(known)
        if whole:
            return Backlog(entries, True, max(entries[-1].id if entries else known, sent, key=order))
    most = min(history, MOST_HISTORY)
    if most <= 0:
        return NOTHING
    entries = await channel.history.newest(most)
    return Backlog(entries, False, max(entries[-1].id if entries else "", sent, key=order), most)


def unspoken(missed: Backlog, withdrawn: frozenset[int]) -> Backlog:
    """What was spoken, without the sound of segments that were taken back since."""
    now = [silent(entry) if order(entry.id)[0] in withdrawn else entry for entry in missed.entries]
    return missed._replace(entries=now)


def complete(channel: Channel | None, missed: Backlog) -> bool:
    """Whether what was read reaches to what the channel will send."""
    return channel is None or missed.head is None or order(channel.last) <= order(missed.head)


class Seen(NamedTuple):
    """What a listener who comes back knows of the channel's revisions."""

    revision: str
    """Id of the last one that it saw."""
    most: int
    """So many are news to one that says no such id."""


def frames(channel: Channel, missed: Backlog, seen: Seen | None, form: Form) -> bytes:
    """All of it as it is now, up to where the channel goes on; then what was revised and is not `seen`.

    Whoever is new, or whose place is no longer known (`seen` is None), gets only as much as was asked for.
    """
    due = [entry for entry in missed.entries if order(entry.id) <= order(channel.last)]
    if missed.most:
        now = channel.revised.with_gaps_filled(due, channel.last)[-missed.most :]
    else:
        now = channel.revised.as_now(due)
    if seen is not None:
        told = {entry.revision for entry in now}
        if is_id(seen.revision):
            revised = channel.revised.after(seen.revision)
        else:
            revised = channel.revised.spoken_last(min(seen.most, MOST_HISTORY))
        now += [late(channel.last, each) for each in revised if each.id not in told]
    known = channel.last_revision if seen is None else seen.revision
    return joined((each for each in published_of(now, known if is_id(known) else "") if not each.ended), form)
