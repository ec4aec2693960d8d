"""A recogniser without a model: it says which samples it heard, so that tests of the plumbing are exact and cheap."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from schemas.audio import samples
from schemas.languages import ANY, AUTO
from workers.errors import EngineCrashed
from workers.faults import Faults
from workers.transcribe.engine import Hypothesis, Quiet

UTTERANCE: Final = 32_000
"""Samples of every utterance that is not finished before."""
DETECTED: Final = "es"
"""The language that it finds out, certain from the first final on."""
SECOND_CLAUSE: Final = " were said, and that was all of it"
PARTIAL_EVERY: Final = 3_200
"""Samples between partials: at most 5 a second of audio."""


class ScriptedRecogniser:
    """Any language; every final takes `latency_ms` and may have a fault."""

    name = "scripted"
    capacity = None

    def __init__(self, latency_ms: float = 0, faults: str = "", *, clauses: bool = False) -> None:
        """`faults` is a script of workers.faults; with `clauses` it says two. Raises SettingsError."""
        self._more = SECOND_CLAUSE if clauses else ""
        self.languages = frozenset({ANY, AUTO})
        self._latency_s = latency_ms / 1000
        self._faults = Faults(faults, seed="transcribe")

    async def start(self) -> None:
        """Nothing to prove."""

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> "ScriptedRecognition":
        """A stream for a session; never refused."""
        return ScriptedRecognition(self._latency_s, self._faults, DETECTED if language == AUTO else "", self._more)

    async def close(self) -> None:
        """Nothing was started."""


class ScriptedRecognition:
    """One session's stream. The text of an utterance is the span that it tiles: `0 to 32000`.

    An utterance begins where the last one ended, also when audio is missing there: so do the stage's segments.
    """

    def __init__(self, latency_s: float, faults: Faults, found: str, more: str) -> None:
        """`found`: the language, if it is to be found out; `more`: what is said behind each span."""
        self._latency_s, self._faults, self._found, self._more = latency_s, faults, found, more
        self._results: asyncio.Queue[Hypothesis | Quiet | None] = asyncio.Queue()
        self._broken: EngineCrashed | None = None
        self._closed = asyncio.Event()
        self._heard = -1
        """Position up to which audio was fed; -1 before the first."""
        self._begin = 0
        """Where the open utterance begins."""
        self._speech = 0
        """Position of its first sample that was really fed."""
        self._partial_at = 0

    async def feed(self, position: int, pcm: bytes) -> None:
        """Never waits. Raises EngineCrashed after a fault."""
        if self._broken:
            raise self._broken
        if self._heard < 0:
            self._begin = self._heard = self._speech = self._partial_at = position
        elif position != self._heard:
            self._end_utterance(self._heard)
            self._heard = self._speech = self._partial_at = position
            self._begin = min(self._begin, position)
        self._heard += samples(pcm)
        while self._heard - self._speech >= UTTERANCE:
            self._end_utterance(self._speech + UTTERANCE)
        if self._heard > self._speech and self._heard - self._partial_at >= PARTIAL_EVERY:
            self._partial_at = self._heard
            self._results.put_nowait(self._hypothesis(self._heard, final=False))

    async def finish(self) -> None:
        """Ends the open utterance, if any. Raises EngineCrashed after a fault."""
        if self._broken:
            raise self._broken
        if self._heard >= 0:
            self._end_utterance(self._heard)
        self._results.put_nowait(Quiet(max(0, self._heard)))

    async def results(self) -> AsyncIterator[Hypothesis | Quiet]:
        """What was heard, until `close`. Raises EngineCrashed where the script has a `fail` or `crash`, stops where it
        hangs."""
        while not self._closed.is_set() and (result := await self._results.get()) is not None:
            if isinstance(result, Hypothesis) and result.final:
                await self._answer(result.text)
            if self._closed.is_set():
                return
            yield result

    async def close(self) -> None:
        """Results end."""
        self._closed.set()
        self._results.put_nowait(None)

    async def _answer(self, text: str) -> None:
        """Returns after the latency or `close`, whichever is first; a call that hangs returns at `close`."""
        call, closed = asyncio.ensure_future(self._call(text)), asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait((call, closed), return_when=asyncio.FIRST_COMPLETED)
            if call.done():
                call.result()
        except EngineCrashed as error:
            self._broken = error
            raise
        finally:
            call.cancel()
            closed.cancel()

    async def _call(self, text: str) -> None:
        await self._faults.strike(text)
        await asyncio.sleep(self._latency_s)

    def _end_utterance(self, until: int) -> None:
        """Says the final up to `until`, if there is anything to say."""
        if until > self._speech:
            self._results.put_nowait(self._hypothesis(until, final=True))
            self._begin = self._speech = self._partial_at = until

    def _hypothesis(self, until: int, final: bool) -> Hypothesis:
        text = f"{self._begin} to {until}{self._more}"
        stable = len(text) if final else text.index("to")
        return Hypothesis(
            text,
            start=self._speech,
            end=until,
            until=until,
            final=final,
            stable_chars=stable,
            language=self._found,
            certain=bool(self._found) and final,
        )
