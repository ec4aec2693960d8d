"""The listeners of one session: those who stay and are measured, and those who come, go, switch and drop out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from dragoman.client.connection import SpeechPart
from dragoman.client.errors import ClientError
from dragoman.client.listener import Listener, ListenerEvent, Missed
from dragoman.load.plan import EVERY_S, PlannedListener
from dragoman.load.response import UtteranceResponse
from dragoman.load.setup import LoadRun, kind, raise_defects
from schemas.audio import SAMPLE_RATE
from schemas.socket import Caption, JoinSession, LagMs, TranslatedAudio

ASK_EVERY_S: Final = 5.0
"""How often a steady listener asks for something."""
ANSWER_S: Final = 10.0
"""A question without an answer for so long counts as having taken so long."""
PATIENCE_S: Final = 30.0
KEPT: Final = 3
"""So many responses are kept when they are complete, for what still belongs to them."""


class LoadListener:
    """One listener, from its coming to its going."""

    def __init__(self, run: LoadRun, planned: PlannedListener, changed: Callable[[], None], *, tells: bool) -> None:
        """`changed`: somebody waits for what comes; `tells`: the stages of this session are asked for here."""
        self._run, self.planned, self._changed, self._tells = run, planned, changed, tells
        self.hears = planned.language in run.setup.heard
        self.broken = ""
        """Why it is not there."""
        self._responses: list[UtteranceResponse] = []
        self._lag = LagMs()

    def expect(self, start: int, speech_end: int, due: Callable[[int], float]) -> UtteranceResponse:
        """Something is said; what this listener gets of it."""
        response = UtteranceResponse(start, speech_end, due, hears=self.hears)
        self._responses.append(response)
        return response

    async def run(self, code: str) -> None:
        """Joins the session, and stays until it ends or it is cancelled."""
        try:
            await self._listen(code)
        except ClientError as error:
            self.broken = f"listener {kind(error)}"
            self._run.tally.listeners[self.broken] += 1
            self._changed()

    async def _listen(self, code: str) -> None:
        due = self._run.at(self.planned.from_s)
        await asyncio.sleep(max(0.0, due - self._run.clock()))
        asked = max(due, self._run.clock()) if self.planned.habit != "late" else due
        joining = JoinSession(session_id=code, target_language=self.planned.language, audio=self.hears)
        listener = Listener(self._run.setup.url, joining, patience_s=PATIENCE_S, on_change=self._moved)
        async with listener:
            self._run.tally.add("connection", self._run.clock() - asked)
            self._run.tally.listeners["joined late" if self.planned.habit == "late" else "joined"] += 1
            acting = asyncio.create_task(self._act(listener))
            try:
                async for event in listener.messages():
                    self.take(event, self._run.clock())
            finally:
                acting.cancel()
                ends = await asyncio.gather(acting, return_exceptions=True)
            raise_defects(ends)

    def take(self, event: ListenerEvent, at: float) -> None:
        """Something came."""
        match event:
            case Caption():
                if response := self._of(event):
                    response.caption(at, event)
                if event.final:
                    until = event.until if isinstance(event.until, int) else event.segment + event.revision
                    for each in self._responses:
                        each.accounted(until)
            case SpeechPart():
                if response := self._of(event.header):
                    response.speech(at, event)
            case Missed():
                self._run.tally.listeners["missed something"] += 1
                for each in self._responses:
                    each.missed()
            case _:
                return
        recent = len(self._responses) - KEPT
        self._responses = [each for at, each in enumerate(self._responses) if at >= recent or not each.done]
        self._changed()

    def _of(self, said: Caption | TranslatedAudio) -> UtteranceResponse | None:
        """The last utterance that begins before the middle of these words."""
        middle = (said.start_ms + said.end_ms) * SAMPLE_RATE // 2000
        return next((each for each in reversed(self._responses) if each.start <= middle), None)

    async def _act(self, listener: Listener) -> None:
        match self.planned.habit:
            case "steady":
                await self._ask_again_and_again(listener)
            case "leaving":
                await asyncio.sleep(max(0.0, self._run.at(self.planned.until_s or 0.0) - self._run.clock()))
                self._run.tally.listeners["left"] += 1
                await listener.close()
            case "switching":
                await self._switch(listener)
            case "losing":
                while True:
                    await asyncio.sleep(EVERY_S)
                    listener.cut()
            case "late":
                return

    async def _ask_again_and_again(self, listener: Listener) -> None:
        """On a schedule: an answer that is late delays no other question but the next, whose time then counts too."""
        due, number = self._run.clock() + ASK_EVERY_S, 0
        while True:
            await asyncio.sleep(max(0.0, due - self._run.clock()))
            if number % 2:
                await self._answered(listener.set_playback(paused=False), due)
            elif (status := await self._answered(listener.status(), due)) is not None and self._tells:
                self.note_stages(status.lag_ms)
            due, number = due + ASK_EVERY_S, number + 1

    async def _switch(self, listener: Listener) -> None:
        languages = [*self._run.setup.shape.languages]
        while len(languages) > 1:
            await asyncio.sleep(EVERY_S)
            languages.append(languages.pop(0))
            hears = languages[0] in self._run.setup.heard
            if await self._answered(listener.change_language(languages[0], audio=hears), self._run.clock()):
                self._run.tally.listeners["switched"] += 1

    async def _answered(self, question: Awaitable[Any], due: float) -> Any:
        """The answer; its time counts from when the question was due. None: there was none."""
        measuring, answer = self._run.measuring, None
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await question
        except TimeoutError:
            if measuring:
                self._run.tally.limit("control", ANSWER_S, None)
        except ClientError as error:
            self._run.tally.listeners[f"question {kind(error)}"] += 1
        else:
            if measuring:
                self._run.tally.add("control", self._run.clock() - due)
        return answer

    def note_stages(self, lag: LagMs) -> None:
        """What the last final spent in each stage, once for each final."""
        if lag == self._lag or not self._run.measuring:
            return
        for stage in ("transcribe", "translate", "synthesize", "broadcast"):
            spent_ms = getattr(lag, stage)
            if spent_ms is not None and spent_ms != getattr(self._lag, stage):
                self._run.tally.add(stage, spent_ms / 1000)
        self._lag = lag

    def _moved(self, found: bool) -> None:
        self._run.tally.listeners["came back" if found else "lost the network"] += 1
