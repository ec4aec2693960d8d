"""A recogniser of processes as the stage sees it: sessions bound to recogniser processes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from workers.errors import AtCapacity, EngineError, EngineKilled, EngineRefused
from workers.transcribe.engine import Hypothesis, Quiet
from workers.transcribe.engines.pool.link import Owner, PoolProcess, hung
from workers.transcribe.engines.pool.pipe import Feed, Finish, Heard
from workers.transcribe.engines.pool.trials import Trials

PIECE: Final = SAMPLE_RATE // 10
"""Samples of one piece of work: sessions of a process take turns after each."""
FAR_BEHIND: Final = 5 * SAMPLE_RATE
"""Samples fed and not heard from which `feed` waits."""
UPKEEP_S: Final = 1.0
"""Seconds between looks at the processes."""


@dataclass(frozen=True)
class Kind:
    """An engine that hears in such processes."""

    name: str
    languages: frozenset[str]
    """BCP-47 tags that it understands, and `auto`, if it can find out."""
    program: tuple[str, ...]
    """Module of its processes, and their arguments."""
    understands: Callable[[str], bool]
    """Whether it does a language."""
    light: Callable[[str, int], bool] = lambda _language, _others: False
    """Whether a session in a language is heard with the smaller model where the process holds so many others."""
    threads: int = 1
    """Of each process."""


class PooledRecogniser:
    """Processes start at first need and stop when they are long unused, but for one."""

    def __init__(
        self,
        kind: Kind,
        *,
        processes: int,
        sessions_per_process: int,
        timeout_s: float,
        reap_s: float,
        memory_mb: int = 1024,
        start_process: Callable[[Sequence[str], int, int], Awaitable[PoolProcess]] = PoolProcess.start,
    ) -> None:
        self.name, self.languages = kind.name, kind.languages
        self._kind = kind
        self._processes, self._sessions_per_process = processes, sessions_per_process
        self._timeout_s, self._reap_s = timeout_s, reap_s
        self._start_link = start_process
        self._memory_mb = memory_mb
        self._links: list[PoolProcess] = []
        self._trials = Trials(self._start)
        self._starting = asyncio.Lock()
        self._upkeep: asyncio.Task[None] | None = None

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that run now."""
        return tuple(link.pid for link in (*self._links, *self._trials.links) if link.alive)

    @property
    def capacity(self) -> tuple[int, int]:
        """Sessions in its processes, and what they can take; who is tried apart comes back, and keeps its place."""
        taken = self._trials.sessions + sum(link.sessions for link in self._links if link.alive)
        return taken, self._processes * self._sessions_per_process

    async def start(self) -> None:
        """Starts one process, which proves that it works; it stays, so that no session waits for the first one.

        Raises EngineUnavailable, EngineCrashed.
        """
        async with self._starting:
            if not self.pids:
                await self._start_process()

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> "PooledRecognition":
        """A stream for a session, in the process that has the fewest; of a suspect in one of its own.

        `vocabulary` is ignored: it was tried, and makes words appear that nobody said.
        Raises AtCapacity, EngineRefused (language), EngineUnavailable, EngineCrashed.
        """
        if not self._kind.understands(language):
            raise EngineRefused(f"It does not understand {language}.")
        if session_id in self._trials:
            return self._recognition(await self._trials.begin(), session_id, language)
        async with self._starting:
            return self._recognition(await self._least_loaded(), session_id, language)

    async def close(self) -> None:
        """Ends all processes."""
        if self._upkeep:
            self._upkeep.cancel()
            await asyncio.gather(self._upkeep, return_exceptions=True)
        links, self._links = self._links, []
        await asyncio.gather(self._trials.close(), *(link.close() for link in links))

    async def _start(self) -> PoolProcess:
        return await self._start_link(self._kind.program, self._memory_mb, self._kind.threads)

    async def _least_loaded(self) -> PoolProcess:
        await self._bury()
        taken, most = self.capacity
        if taken >= most:
            raise AtCapacity(f"({self._processes} processes with {self._sessions_per_process} sessions each)")
        free = min(self._links, key=lambda link: link.sessions, default=None)
        if free is None or (free.sessions and len(self._links) < self._processes):
            return await self._start_process()
        return free

    async def _start_process(self) -> PoolProcess:
        link = await self._start()
        self._links.append(link)
        if self._upkeep is None:
            self._upkeep = asyncio.create_task(self._look_after())
        return link

    async def _look_after(self) -> None:
        """Kills processes that hang, and stops those that are long unused, but for one."""
        while True:
            await asyncio.sleep(UPKEEP_S)
            for link in (*self._links, *self._trials.links):
                if link.alive and link.silent_s > self._timeout_s:
                    link.kill(hung(self._timeout_s))
            async with self._starting:
                await self._bury()
                for link in self._links[1:]:
                    if link.idle_s > self._reap_s:
                        self._links.remove(link)
                        await link.close()

    async def _bury(self) -> None:
        """Forgets the processes that ended."""
        dead = [link for link in self._links if not link.alive]
        for link in dead:
            await link.close()
        self._links = [link for link in self._links if link not in dead]  # only now: whoever closes all finds them

    def _recognition(self, link: PoolProcess, session_id: str, language: str) -> "PooledRecognition":
        return PooledRecognition(
            link,
            lambda owner: link.open(owner, language, self._kind.light(language, link.sessions)),
            session_id,
            self._trials,
        )


class PooledRecognition:
    """One session's stream, bound to one process."""

    def __init__(
        self,
        link: PoolProcess,
        begin: Callable[[Owner], int],
        session_id: str,
        trials: Trials,
    ) -> None:
        """`begin` opens the session in the process."""
        self._link = link
        self._session_id, self._trials = session_id, trials
        self._results: asyncio.Queue[Hypothesis | Quiet | EngineError | None] = asyncio.Queue()
        self._progress = asyncio.Event()
        self._behind = 0
        """Samples fed and not heard."""
        self._fed = 0
        """Position up to which audio was fed."""
        self._quiet_until = -1
        self._error: EngineError | None = None
        self._closed = False
        self._session = begin(self)

    async def feed(self, position: int, pcm: bytes) -> None:
        """Passes PCM to the process. Raises EngineCrashed, EngineTimeout; EngineRefused for half a sample."""
        if len(pcm) % BYTES_PER_SAMPLE:
            raise EngineRefused("PCM ends within a sample.")
        for begin in range(0, samples(pcm), PIECE):
            self._check()
            piece = pcm[begin * BYTES_PER_SAMPLE : (begin + PIECE) * BYTES_PER_SAMPLE]
            self._behind += samples(piece)
            self._fed = position + begin + samples(piece)
            await self._link.send(Feed(self._session, position + begin, piece))
            while self._behind > FAR_BEHIND and not self._closed:
                self._check()
                self._progress.clear()
                await self._progress.wait()

    async def finish(self) -> None:
        """Ends the open utterance. Raises EngineCrashed, EngineTimeout."""
        self._check()
        await self._link.send(Finish(self._session))

    async def results(self) -> AsyncIterator[Hypothesis | Quiet]:
        """What is heard, until `close`. Raises EngineCrashed, EngineTimeout."""
        while not self._closed:
            match await self._results.get():
                case EngineError() as error:
                    self._results.put_nowait(error)
                    raise error
                case None:
                    return
                case result if not self._closed:
                    yield result

    async def close(self) -> None:
        """The process forgets the session."""
        self._closed = True
        self._link.release(self._session)
        self._progress.set()
        self._results.put_nowait(None)
        await self._trials.end(self._link)

    def heard(self, heard: Heard) -> None:
        """Takes an answer of the process."""
        self._behind -= heard.samples
        self._progress.set()
        for hypothesis in heard.hypotheses:
            self._results.put_nowait(hypothesis)
            if hypothesis.final:
                self._quiet_until = hypothesis.until
        if heard.quiet_until > self._quiet_until or heard.finished:
            self._quiet_until = heard.quiet_until
            self._results.put_nowait(Quiet(max(0, heard.quiet_until)))
        if self._trials.acquit(self._link, self._session_id, self._quiet_until):
            self._results.put_nowait(EngineKilled("(it was tried apart, and goes on with the others)"))

    def failed(self, error: EngineError) -> None:
        """Learns that the process is gone, or the session in it."""
        self._error = error
        self._progress.set()
        self._results.put_nowait(error)

    def suspected(self) -> None:
        """Its next try is in a process of its own."""
        self._trials.suspect(self._session_id, self._fed)

    def _check(self) -> None:
        if self._error:
            raise self._error
