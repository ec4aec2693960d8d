"""Which record ends the process again and again.

What the lanes work on is noted before they do. A crash (any end that was no clean stop) counts for all that was noted.
Where two crashes were counted, the third must have one culprit only: such a suspect works *alone*. Ends the process a
third time, it is convicted and no stage sees it again; else it is cleared. A crowd of suspects works together, as
before: whatever does no harm is settled and cleared before the next crash, until few are left. While Redis is away
nothing is noted.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import TypeVar

import structlog
from redis.exceptions import RedisError

from workers import metrics
from workers.crashes import CONVICTED, SUSPECT, Crashes, Place

log = structlog.get_logger()
T = TypeVar("T")

MOST_SUSPECTS = 4
"""More of them point to a cause outside, such as too little memory; and as many stand still one after the other."""
AWAY_S = 5
"""For so long Redis is not asked again after it did not answer."""


class Suspects:
    """Of one process. `clock` counts seconds."""

    def __init__(
        self, stage: str, crashes: Crashes, clock: Callable[[], float], at_rest_s: float = 3, alone_s: float = 30
    ) -> None:
        """A suspect waits `at_rest_s` for the others to finish what they have begun. One that did no harm for `alone_s`
        is cleared: the others wait meanwhile. Shorter than its work, it would be cleared each time before it bites."""
        self._at_rest_s, self._alone_s = at_rest_s, alone_s
        self._stage, self._crashes, self._clock = stage, crashes, clock
        self._counts: dict[Place, int] = {}
        self._working: set[Place] = set()
        self._noted: set[Place] = set()
        """What Redis knows of."""
        self._perhaps: set[Place] = set()
        """What Redis may know of: it was written or taken back, and no answer came."""
        self._unwritten: set[Place] = set()
        """What began or ended since Redis was told."""
        self._writing = asyncio.Lock()
        self._away_until = 0.0
        self._alone: Place | None = None
        self._changed = asyncio.Condition()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    async def start(self) -> None:
        """Learns of a crash of the process's former life, and of all others."""
        for place in await self._ask(self._crashes.count_former) or []:
            log.warning("crash.counted", topic=place.topic, partition=place.partition, offset=place.offset)
        await self.load()

    async def load(self) -> None:
        """Learns what other processes counted: partitions move."""
        self._counts |= await self._ask(self._crashes.counts) or {}

    def crashes(self, place: Place) -> int:
        """How often the process ended while this was worked on."""
        return self._counts.get(place, 0)

    async def begin(self, place: Place) -> None:
        """Returns when `place` may be worked on and this is noted. May be asked again for the same place."""
        if self._alone is not None or self._needs_turn(place):
            await self._in_turn(place)
        if place not in self._working:
            self._working.add(place)
            self._unwritten.add(place)
            await self._note(place)
            if place not in self._noted and place in self._working:
                metrics.UNNOTED.labels(self._stage).inc()

    def finish(self, place: Place) -> None:
        """It was settled: it did no harm."""
        self.leave(place)
        self._clear(place)

    def leave(self, place: Place) -> None:
        """It is worked on no more; what comes of it is not known."""
        self._working.discard(place)
        self._unwritten.add(place)
        if self._alone is not None:
            if place == self._alone:
                self._release()
            self._soon(self._wake())

    async def blame(self, places: Iterable[Place]) -> None:
        """The process is about to end because of these places, or of none that is worked on."""
        blamed = list(places)
        async with self._writing:
            self._away_until = math.inf  # the lanes go on until the end: what they begin now is not to be blamed, too
            await self._ask(lambda: self._crashes.blame(blamed))

    async def flush(self) -> None:
        """Takes back what is no longer worked on."""
        await self._note()

    async def stop(self) -> None:
        """A clean stop."""
        for task in tuple(self._tasks):
            task.cancel()
        if self._timer:
            self._timer.cancel()
        await self._ask(self._crashes.forget)
        await self._crashes.close()

    def _needs_turn(self, place: Place) -> bool:
        """One only: what is worked on already has had it."""
        return self.crashes(place) >= SUSPECT and place not in self._working and not self._crowded

    @property
    def _crowded(self) -> bool:
        return sum(count == SUSPECT for count in self._counts.values()) > MOST_SUSPECTS

    async def _in_turn(self, place: Place) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._alone in (None, place))
            if self._alone == place or not self._needs_turn(place):
                return
            self._alone = place
            self._unwritten |= self._working
            log.warning("suspect.alone", topic=place.topic, partition=place.partition, offset=place.offset)
            metrics.SUSPECTS.labels(self._stage).inc()
            try:
                async with asyncio.timeout(self._at_rest_s):
                    await self._changed.wait_for(lambda: not self._working)
            except TimeoutError:
                pass  # the others have open speech: it is not theirs if the process ends now
            except BaseException:
                self._release()
                raise
        self._timer = asyncio.get_running_loop().call_later(self._alone_s, self._harmless, place)

    def _harmless(self, place: Place) -> None:
        if place == self._alone:
            self._release()
            self._clear(place)
            self._soon(self._wake())

    def _release(self) -> None:
        self._alone = None
        self._unwritten |= self._working
        if self._timer:
            self._timer.cancel()

    def _clear(self, place: Place) -> None:
        """Of a suspect only. One that is convicted did no harm because no stage sees it."""
        if SUSPECT <= self.crashes(place) < CONVICTED:
            del self._counts[place]
            self._soon(self._ask(lambda: self._crashes.clear(place)))

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _note(self, mine: Place | None = None) -> None:
        """Whoever comes while it is written goes with the next writing: most find theirs, `mine`, done."""
        async with self._writing:
            if mine in self._noted or not self._unwritten or self._clock() < self._away_until:
                return
            changed, self._unwritten = self._unwritten, set()
            wanted = {place for place in changed if place in self._working and self._alone in (None, place)}
            begun, done = wanted - self._noted, (changed - wanted) & (self._noted | self._perhaps)
            if not begun and not done:
                return
            written = False
            self._noted -= done
            self._perhaps |= begun | done
            try:
                written = await self._ask(lambda: self._written(begun, done)) is not None
            finally:  # also when the lane that happens to write for all is cancelled
                if written:
                    self._noted |= begun
                    self._perhaps -= begun | done
                else:
                    self._unwritten |= begun | done

    async def _written(self, begun: set[Place], done: set[Place]) -> bool:
        await self._crashes.work_on(begun, done)
        return True

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """None while Redis is away: then work goes on without protection."""
        try:
            return await call()
        except (RedisError, OSError) as error:
            self._away_until = self._clock() + AWAY_S
            log.warning("suspects.unknown", error=type(error).__name__)
            return None

    def _soon(self, work: Coroutine[None, None, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
