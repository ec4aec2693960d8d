"""Translates what was missed, in the background: newest first, and never before live speech."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from schemas.messages import Transcript, Wanted
from schemas.topics import TRANSCRIPTS, TRANSLATIONS, USAGE
from workers import metrics
from workers.audience import Audience
from workers.stage import Bury, Emit, Record
from workers.translate.glossaries import Glossaries
from workers.translate.past import NOTHING_MISSING, Past
from workers.translate.translations import to_fill, translation_of, usage_of
from workers.translate.translators import Translators

AT_ONCE = 2
"""Calls of a process. The pipelines of an engine may be serial: a live call then waits for one of them."""
HOLD_MS = 10_000
"""A record is open no longer for the sake of a fill: what live speech brings behind it cannot be committed."""
TRIES = 2
"""What fails comes again after all others, and is then left: if the engines are down, a breaker has opened by then."""


class Turns:
    """Lets few fills of a process call at once, of each language one, in the order in which they asked."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._most = asyncio.Semaphore(most)
        self._languages: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def of(self, language: str) -> AsyncIterator[None]:
        """Waits for the turn, and holds it."""
        async with self._languages[language], self._most:
            yield


@dataclass(frozen=True)
class FillSurroundings:
    """What the fills of a lane need."""

    translators: Translators
    audience: Audience
    past: Past
    turns: Turns
    quiet: asyncio.Event
    """Set while no live final of the lane waits or is under way."""
    now: Callable[[], int]
    """Unix ms."""
    glossaries: Glossaries


@dataclass(frozen=True)
class Filled:
    """A fill has gone on."""

    emits: list[Emit | Bury]
    done: list[Record]
    """What needs nothing more in this language, when all of that is delivered."""


class Fill:
    """One language of a session."""

    def __init__(self, language: str, around: FillSurroundings) -> None:
        self._language, self._around = language, around
        self._open: dict[Record, int] = {}
        """What asked for it, each with when it came (Unix ms)."""
        self._todo: dict[int, Transcript] = {}
        """By segment."""
        self._tries: Counter[int] = Counter()
        """By segment, in vain."""
        self._made: set[tuple[int, int]] = set()
        self._left: set[tuple[int, int]] = set()
        """Segments with their revisions. The log may not show yet what was made, and never shows what was left."""
        self._at = 0
        """When the language was last asked for, Unix ms."""
        self._looks = self._rests = False
        """It has to look back; the engines are left alone for a moment."""
        self._news, self._again = asyncio.Event(), asyncio.Event()
        self._place = "", 0
        """Session and partition."""
        self._before = 0
        """Offset of what asked last: what lies behind it is live, or yet to come."""
        self._told = 0
        """How many waiting finals the metric was told of."""

    def wanted(self, record: Record) -> None:
        """Somebody asks for the language; all that was live before is done. What was given up is tried once more."""
        assert isinstance(record.message, Wanted)
        if record.message.at > self._at:
            self._at = record.message.at
            self._left.clear()
        self._looks, self._before = True, record.offset
        self._take(record)

    def add(self, record: Record) -> None:
        """A transcript that came late."""
        assert isinstance(record.message, Transcript)
        self._add(record.message)
        self._take(record)

    def turn(self) -> Filled | None:
        """To be called from time to time. Gives what it is asked for back to the log when that is open for long.

        Behind all that has come since, so that it is filled also when this process is killed. Not in a replay, where
        nobody would read it.
        """
        self._again.set()
        now, replayed = self._around.now(), self._around.past is NOTHING_MISSING
        if replayed or not self._open or now - next(iter(self._open.values())) < HOLD_MS:
            return None
        wanted = Wanted(language=self._language, at=self._at or now, since=self._since)
        self._at = wanted.at
        return Filled([Emit(TRANSCRIPTS, wanted)], self._close())

    async def work(self) -> AsyncIterator[Filled]:
        """Goes on for as long as the lane."""
        try:
            while True:
                metrics.FILLS_WAITING.inc(len(self._todo) - self._told)
                self._told = len(self._todo)
                if self._looks:
                    await self._look()
                elif self._rests:
                    await self._rest()
                elif self._todo:
                    yield Filled(await self._next(), [])
                elif self._open:
                    yield Filled([], self._close())
                else:
                    self._news.clear()
                    await self._news.wait()
        finally:
            metrics.FILLS_WAITING.dec(self._told)

    @property
    def _since(self) -> int:
        """Nothing that is asked for was written before, Unix ms; 0: not known."""
        return min(
            record.message.since if isinstance(record.message, Wanted) else record.written_at for record in self._open
        )

    def _take(self, record: Record) -> None:
        self._place = record.session_id, record.partition
        self._open[record] = self._around.now()
        self._news.set()

    def _close(self) -> list[Record]:
        records, self._open = list(self._open), {}
        return records

    def _add(self, transcript: Transcript) -> None:
        new, known = to_fill(transcript), self._todo.get(transcript.segment)
        place = new.segment, new.revision
        if place not in self._made | self._left and (known is None or known.revision < new.revision):
            self._todo[new.segment] = new

    async def _look(self) -> None:
        self._looks = False
        if self._open:  # else it was given back to the log meanwhile, and comes again
            for transcript in await self._around.past.missing(*self._place, self._language, self._since, self._before):
                self._add(transcript)

    async def _rest(self) -> None:
        self._again.clear()
        await self._again.wait()
        self._rests = False

    async def _next(self) -> list[Emit | Bury]:
        """One more translation, or nothing if live speech comes between or nobody wants it any more."""
        await self._around.quiet.wait()
        async with self._around.turns.of(self._language):
            if not await self._is_wanted():
                metrics.FILLS.labels("unwanted").inc(len(self._todo))
                self._todo.clear()
            elif self._around.quiet.is_set():
                least_tried_newest = max(self._todo, key=lambda segment: (-self._tries[segment], segment))
                return await self._fill(self._todo[least_tried_newest])
        return []

    async def _is_wanted(self) -> bool:
        listening = await self._around.audience.of(self._place[0])
        return self._language in listening.wanted or not listening.certain

    async def _fill(self, transcript: Transcript) -> list[Emit | Bury]:
        """Nothing, beside what it cost, if no engine could: what is there of the segment stays. But what ends engines'
        processes is given up for good, and said so."""
        if transcript.outcome != "ok" or not transcript.text:
            return [self._over(transcript, outcome=transcript.outcome, reason=transcript.reason)]
        terms = await self._around.glossaries.of(self._place[0])
        answer = await self._around.translators.ask(transcript, self._language, terms)
        usage = [
            Emit(USAGE, usage_of(transcript, self._language, attempt, at=self._around.now()), awaited=False)
            for attempt in answer.attempts
        ]
        if answer.value is not None:
            text = answer.value
            return [self._over(transcript, text=text, engine=answer.engine, stable_chars=len(text)), *usage]
        if answer.gave_up:
            buried = [Bury(record, answer.gave_up) for record in self._open if _is_of(transcript, record)]
            return [self._over(transcript, "failed", outcome="failed", reason="engine"), *buried, *usage]
        self._tries[transcript.segment] += bool(answer.attempts)
        if self._around.translators.rest(transcript, self._language):
            self._rests = True
        elif not answer.attempts or self._tries[transcript.segment] >= TRIES:
            metrics.FILLS.labels("failed").inc()
            self._left.add(self._forget(transcript))
        return [*usage]

    def _over(self, transcript: Transcript, counted: str = "made", **made: Any) -> Emit:
        metrics.FILLS.labels(counted).inc()
        self._made.add(self._forget(transcript))
        return Emit(TRANSLATIONS, translation_of(transcript, self._language, at=self._around.now(), **made))

    def _forget(self, transcript: Transcript) -> tuple[int, int]:
        if self._todo.get(transcript.segment) is transcript:  # else a newer one came meanwhile
            del self._todo[transcript.segment], self._tries[transcript.segment]
        return transcript.segment, transcript.revision


def _is_of(transcript: Transcript, record: Record) -> bool:
    """The record holds this transcript, and does not merely ask for it."""
    message = record.message
    return isinstance(message, Transcript) and to_fill(message) == transcript
