"""A Redis channel as its listeners on this gateway see it: everything once, in order, also what pub/sub dropped."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway import metrics
from gateway.channels.filling import Refill
from gateway.channels.history import Entry, Row, after, order
from gateway.channels.publications import Published, joined, published_of
from gateway.channels.revisions import Revisions, beyond
from gateway.channels.stream import PAGE, RedisStream
from gateway.wire.fan import Fan
from gateway.wire.frames import Form
from gateway.wire.peer import Peer
from schemas.channels import Product, publication, revisions_key
from schemas.socket import Caption

log = structlog.get_logger()

RETRY_S = 0.5


CaptionWatcher = Callable[[Caption], None]


class Reader(Protocol):
    """Someone who gets a channel's publications."""

    peer: Peer
    fast: bool
    """Partials too."""

    def channel_ended(self) -> None:
        """Nothing more follows in the channel."""


class Channel:
    """One channel. `last` and `last_revision` move in step with what its readers were sent."""

    def __init__(self, redis: "Redis", name: str, product: Product, language: str, filling: Refill) -> None:
        self.filling = filling
        self.name, self.product, self.language = name, product, language
        self.last = ""
        """Id of the last entry that the readers have; empty: none."""
        self.last_revision = ""
        """Id of the last revision that they have; empty: none."""
        self.over = asyncio.Event()
        """Nothing more follows."""
        self.ready = asyncio.Event()
        """Subscribed, and `last` is known."""
        self.holders = 0
        self.history, self.revisions = RedisStream(redis, name), RedisStream(redis, revisions_key(name))
        self.revised = Revisions()
        self._readers: set[Reader] = set()
        self._fans: dict[tuple[bool, Form], Fan] | None = None
        self._watchers: set[CaptionWatcher] = set()
        self._started = self._again = False
        self._catching_up: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        """Nothing more follows."""
        return self.over.is_set()

    def add(self, reader: Reader) -> None:
        """`reader` gets what comes after `last`."""
        self._readers.add(reader)
        self._fans = None

    def remove(self, reader: Reader) -> None:
        """`reader` gets nothing more."""
        self._readers.discard(reader)
        self._fans = None

    def watch(self, watcher: CaptionWatcher) -> None:
        """`watcher` is given the final captions that come after `last`, and no revisions."""
        self._watchers.add(watcher)

    def unwatch(self, watcher: CaptionWatcher) -> None:
        """`watcher` is given nothing more."""
        self._watchers.discard(watcher)

    def subscribed(self) -> None:
        """The subscription counts (again)."""
        self.catch_up()

    def message(self, raw: bytes) -> None:
        """What pub/sub brought."""
        try:
            entry_id, previous, payload, revised = publication(raw)
        except ValueError:
            log.warning("channel.undecodable", product=self.product, language=self.language)
            return
        last = self.last_revision if revised else self.last
        if not self.ready.is_set() or self._catching_up:
            self._again = True
        elif not entry_id:
            if order(previous) > order(self.last):
                self.catch_up()
            self._publish([Entry("", "", payload)])
        elif previous == last and revised:
            self._publish_revised([(entry_id, payload)])
        elif previous == last:
            self._publish([Entry(entry_id, previous, payload)])
        elif beyond(entry_id, last) if revised else order(entry_id) > order(last):
            self.catch_up()

    def heads(self, entry_id: str, revision: str) -> None:
        """The last entry of the history and of the revisions are these, as of now."""
        if order(entry_id) > order(self.last) or beyond(revision, self.last_revision):
            self.catch_up()

    def catch_up(self) -> None:
        """Reads from the history what is missing, before anything else is sent."""
        self._again = True
        if self._catching_up is None:
            self._catching_up = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            while self._again:
                self._again = False
                try:
                    await self._read_on()
                except (RedisError, OSError):
                    self._again = True
                    await asyncio.sleep(RETRY_S)
        finally:
            self._catching_up = None

    async def _read_on(self) -> None:
        if not self._started:
            if await self.filling.under_way():  # what comes back now is old: nobody here has missed it
                await self._later()
                return
            newest, revised = await self.history.newest(1), await self.revisions.rows("")
            self._started = True
            self._note_revised(revised)
            for entry in newest:
                self.last = entry.id
                if _is_end(entry):
                    self.over.set()
            self.ready.set()
            return
        while True:
            rows = await self.history.page(self.last)
            entries, whole = after(self.last, rows)
            if not whole and await self.filling.under_way():
                await self._later()
                return
            metrics.RECOVERED.inc(len(entries))
            self._publish(entries)
            if len(rows) < PAGE:
                break
        revised = [row for row in await self.revisions.rows("") if beyond(row[0], self.last_revision)]
        metrics.RECOVERED.inc(len(revised))
        self._publish_revised(revised)

    async def _later(self) -> None:
        self._again = True
        await asyncio.sleep(RETRY_S)

    async def since(self, known: str) -> tuple[list[Entry], bool]:
        """The entries after `known`, and whether none is missing; waits for what may yet come back."""
        while True:
            entries, whole = after(known, await self.history.rows(known))
            if whole or not await self.filling.under_way():
                return entries, whole
            await asyncio.sleep(RETRY_S)

    def _note_revised(self, rows: Iterable[Row]) -> None:
        for revision, payload in rows:
            self.last_revision = revision
            self.revised.take(revision, payload)

    def _publish_revised(self, rows: Sequence[Row]) -> None:
        """They have no place in the history, and move nobody's."""
        self._publish(Entry(self.last, self.last, payload, revision) for revision, payload in rows)
        self._note_revised(rows)

    def _publish(self, entries: Iterable[Entry]) -> None:
        """Sends entries in order, each frame once, to all readers; waits for nobody."""
        entries = [self._now(entry) for entry in entries]
        self.last = next((entry.id for entry in reversed(entries) if entry.id), self.last)
        published = published_of(entries, self.last_revision)
        everything = [p for p in published if not p.ended]
        finals = [p for p in everything if not p.partial]
        for fast, choice in ((True, everything), (False, finals)):
            if choice:
                self._fan_out(choice, fast)
        for caption in (p.caption for p in published if p.caption):
            for watcher in tuple(self._watchers):
                watcher(caption)
        if any(p.ended for p in published):
            self._end()

    def _now(self, entry: Entry) -> Entry:
        """What a slow stage brings may have been withdrawn or corrected before."""
        return entry if entry.revision or not entry.id else self.revised.as_now([entry])[0]

    def _fan_out(self, published: Sequence[Published], fast: bool) -> None:
        if self._fans is None:
            self._fans = _fans(self._readers)
        count = 0
        for (their_mode, form), fan in self._fans.items():
            if their_mode is fast:
                fan.write(joined(published, form))
                count += len(fan)
        metrics.MESSAGES_OUT.labels(self.product).inc(count * len(published))

    def _end(self) -> None:
        self.over.set()
        for reader in tuple(self._readers):
            reader.channel_ended()

    def stop(self) -> None:
        """Ends what is under way."""
        if self._catching_up:
            self._catching_up.cancel()


def _fans(readers: Iterable[Reader]) -> dict[tuple[bool, Form], Fan]:
    """Those who get the same bytes: by `fast` and `form`, neither of which changes while they read."""
    peers: dict[tuple[bool, Form], list[Peer]] = defaultdict(list)
    for reader in readers:
        peers[reader.fast, reader.peer.form].append(reader.peer)
    return {which: Fan(them) for which, them in peers.items()}


def _is_end(entry: Entry) -> bool:
    return any(each.ended for each in published_of([entry]))
