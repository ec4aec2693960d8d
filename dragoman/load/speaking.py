"""The speaker of one session: a microphone that never waits, and what is said into it by the plan."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, assert_never

import numpy as np

from dragoman.client.errors import ClientError
from dragoman.client.speaker import Speaker
from dragoman.client.wav import as_s16le
from dragoman.load.crowd import LoadListener
from dragoman.load.microphone import SimulatedMicrophone
from dragoman.load.plan import APART_S, PlannedListener, PlannedUtterance, session_begins_s
from dragoman.load.recordings import utterance
from dragoman.load.response import UtteranceResponse
from dragoman.load.setup import TITLE, LoadRun, kind, raise_defects
from schemas.audio import SAMPLE_RATE, samples

BREAKS_OFF_S: Final = (0.3, 0.8)
"""After the translation began to be heard."""
ANEW_S: Final = 0.3
"""Between breaking off and the new beginning."""
NOISE_S: Final = 0.3
NOISE_AFTER_S: Final = 1.2
"""Behind the speech: in another utterance, as far as a recogniser is concerned."""
NOISE_LEVEL: Final = 0.1  # standard deviation of full scale: -20 dBFS
STRAGGLERS_S: Final = 3.0
"""When nothing seems to be missing any more, so long is waited for another word; its time counts as it came."""
END_S: Final = 20.0


@dataclass(frozen=True)
class SaidUtterance:
    """Something that was said, and what those who are waited for got of it."""

    planned: PlannedUtterance
    length_s: float
    answered_by: float
    """On the clock of the run."""
    awaited: list[tuple[LoadListener, UtteranceResponse]]


class LoadSpeaker:
    """One session of a load."""

    def __init__(self, run: LoadRun, number: int, listeners: Sequence[PlannedListener]) -> None:
        self._run, self._number = run, number
        self._changed = asyncio.Event()
        self._listeners = [
            LoadListener(run, planned, self._wake, tells=place == 0) for place, planned in enumerate(listeners)
        ]
        self._broken = ""
        self._settling: list[asyncio.Task[None]] = []
        self._microphone = SimulatedMicrophone(0.0)

    async def run(self, planned: Sequence[PlannedUtterance]) -> None:
        """From the session's beginning to its end; whatever goes wrong is counted."""
        due = self._run.at(session_begins_s(self._run.setup.shape, self._number))
        await asyncio.sleep(max(0.0, due - self._run.clock()))
        setup = self._run.setup
        speaker = Speaker.create(setup.url, setup.floor, title=TITLE, credential=setup.credential)
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(speaker)
            except ClientError as error:
                for each in planned:
                    self._lose(each, f"speaker {kind(error)}")
                return
            self._run.tally.add("connection", self._run.clock() - due)
            self._run.sessions.append(speaker.code)
            await self._talk(speaker, planned)

    async def _talk(self, speaker: Speaker, planned: Sequence[PlannedUtterance]) -> None:
        self._microphone = SimulatedMicrophone(self._run.clock(), speaker.position)
        around = [
            asyncio.create_task(self._give(speaker)),
            asyncio.create_task(self._hear(speaker)),
            *(asyncio.create_task(each.run(speaker.code)) for each in self._listeners),
        ]
        try:
            for each in planned:
                await asyncio.sleep(max(0.0, self._run.at(each.begin_s) - self._run.clock()))
                await self._act(each)
            await asyncio.gather(*self._settling)
            around[0].cancel()  # the microphone
            await self._end(speaker)
        finally:
            for task in (*around, *self._settling):
                task.cancel()
            ends = await asyncio.gather(*around, *self._settling, return_exceptions=True)
        raise_defects(ends)

    async def _end(self, speaker: Speaker) -> None:
        try:
            async with asyncio.timeout(END_S):
                await speaker.end()
        except (ClientError, TimeoutError) as error:
            self._run.tally.listeners[f"end of a session: {kind(error)}"] += 1

    async def _give(self, speaker: Speaker) -> None:
        """Frames leave when they are due, whatever becomes of them."""
        microphone, ahead = self._microphone, time.time() - self._run.clock()
        while True:
            captured = microphone.due(microphone.position)
            frame = microphone.frame()
            due = microphone.due(microphone.position)
            await asyncio.sleep(max(0.0, due - self._run.clock()))
            self._run.strain.frame_left(self._run.clock() - due)
            try:
                speaker.send(frame, round((captured + ahead) * 1000))
            except ClientError as error:
                return self._break(f"speaker {kind(error)}")
            if speaker.lost:
                return self._break("speech was lost: nothing was acknowledged for a minute")

    async def _hear(self, speaker: Speaker) -> None:
        try:
            async for _ in speaker.events():
                continue
        except ClientError as error:
            self._break(f"speaker {kind(error)}")

    async def _act(self, planned: PlannedUtterance) -> None:
        if self._broken:
            return self._lose(planned, self._broken)
        match planned.scenario:
            case "simple" | "slow-engine":
                self._settle(self._say(planned))
            case "interruptions":
                await self._interrupt(planned)
            case "false-alarms":
                self._cough(planned)
            case _:
                assert_never(planned.scenario)

    def _say(self, planned: PlannedUtterance, *, anew: bool = False) -> SaidUtterance:
        """By the plan, or at once."""
        microphone, dice = self._microphone, random.Random(planned.seed + anew)
        not_before = microphone.position if anew else microphone.at(self._run.at(planned.begin_s))
        pcm = utterance(self._run.setup.recordings, planned.shortest_s, planned.longest_s, dice)
        start = microphone.say(pcm, not_before, round((ANEW_S if anew else APART_S) * SAMPLE_RATE))
        end = start + samples(pcm)
        expected = [
            (each, each.expect(start, end, microphone.due))
            for each in self._listeners
            if each.planned.habit == "steady"
        ]
        awaited = self._awaited(planned)
        return SaidUtterance(
            planned,
            samples(pcm) / SAMPLE_RATE,
            microphone.due(end) + self._run.setup.timeouts_s[planned.scenario],
            [pair for pair in expected if pair[0] in awaited],
        )

    def _awaited(self, planned: PlannedUtterance) -> list[LoadListener]:
        slow = planned.scenario == "slow-engine"
        return [each for each in self._listeners if each.planned.habit == "steady" and each.planned.slow == slow]

    async def _interrupt(self, planned: PlannedUtterance) -> None:
        """Waits for the translation to be heard; where nothing is spoken, to be read."""
        begun = self._say(planned)

        def heard() -> bool:
            return any(
                (each.first_audio_at if listener.hears else each.first_token_s) is not None
                for listener, each in begun.awaited
            )

        await self._until(heard, begun.answered_by)
        if not heard():
            return self._lose(planned, self._broken or "nothing came that could be interrupted")
        await asyncio.sleep(random.Random(planned.seed).uniform(*BREAKS_OFF_S))
        self._microphone.break_off()
        self._settle(self._say(planned, anew=True))

    def _cough(self, planned: PlannedUtterance) -> None:
        said = self._say(planned)
        noise = np.random.default_rng(planned.seed).normal(0, NOISE_LEVEL, round(NOISE_S * SAMPLE_RATE))
        behind = round(NOISE_AFTER_S * SAMPLE_RATE)
        begin = self._microphone.say(as_s16le(noise.astype(np.float32)), 0, behind)
        end = begin + round(NOISE_S * SAMPLE_RATE)
        watched = [
            listener.expect(begin - round(0.2 * SAMPLE_RATE), end, self._microphone.due) for listener, _ in said.awaited
        ]
        self._settle(said, watched)

    def _settle(self, said: SaidUtterance, noise: Sequence[UtteranceResponse] = ()) -> None:
        self._settling.append(asyncio.create_task(self._settled(said, noise)))

    async def _settled(self, said: SaidUtterance, noise: Sequence[UtteranceResponse]) -> None:
        """`noise`: behind what was said; nothing may be understood of it until finals account for it."""

        got = [response for _, response in said.awaited]

        async def until(condition: Callable[[], bool], at: float) -> None:
            await self._until(lambda: bool(self._broken) or condition(), min(at, said.answered_by))

        await until(lambda: all(each.done for each in got), said.answered_by)
        await until(lambda: all(each.heard_out for each in got), self._run.clock() + STRAGGLERS_S)
        await until(lambda: all(each.done for each in got), said.answered_by)  # with the speech of a straggler
        await until(lambda: all(each.heard_out for each in noise), said.answered_by)
        if not said.planned.counted:
            return
        self._run.tally.add("speech", said.length_s, identity := (self._number, said.planned.begin_s))
        for listener, response in said.awaited:
            self._note(said, listener, response, identity)
        wrong = {trouble for response in got for trouble in response.wrong}
        wrong |= {"false alarm"} if any(each.first_token_s is not None for each in noise) else set()
        if not all(response.done for response in got):
            wrong |= {self._broken or next((one.broken for one, _ in said.awaited if one.broken), "") or "timeout"}
        if wrong:
            self._fail(said.planned, sorted(wrong)[0])
        else:
            self._run.tally.succeeded[said.planned.scenario] += 1

    def _note(self, said: SaidUtterance, listener: LoadListener, response: UtteranceResponse, identity: object) -> None:
        """Its times; what has not come by now, and what will not, at the limit."""
        first = response.first_audio_s if listener.hears else response.first_token_s
        found = {"ttft": response.first_token_s, "total": response.total_s, "first_audio": first, "recovery": first}
        for figure in _figures(said.planned, listener):
            if (seconds := found[figure]) is not None:
                self._run.tally.add(figure, seconds, identity)
            else:
                self._run.tally.limit(figure, self._run.setup.timeouts_s[said.planned.scenario], identity)

    def _lose(self, planned: PlannedUtterance, why: str) -> None:
        """It could not be said as it was planned: nothing of its answer will come."""
        self._fail(planned, why)
        if planned.counted:
            limit_s, identity = self._run.setup.timeouts_s[planned.scenario], (self._number, planned.begin_s)
            for listener in self._awaited(planned):
                for figure in _figures(planned, listener):
                    self._run.tally.limit(figure, limit_s, identity)

    def _fail(self, planned: PlannedUtterance, why: str) -> None:
        if planned.counted:
            self._run.tally.failed[planned.scenario, why] += 1

    def _break(self, why: str) -> None:
        self._broken = self._broken or why
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _until(self, condition: Callable[[], bool], at: float) -> None:
        """Returns when the condition holds, or at this moment of the clock."""
        while not condition() and (left_s := at - self._run.clock()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    await self._changed.wait()
            except TimeoutError:
                return


def _figures(planned: PlannedUtterance, listener: LoadListener) -> list[str]:
    """What is measured of an utterance at a listener."""
    found = ["ttft", "total"]
    if listener.hears:
        found.append("first_audio")
    if planned.scenario == "interruptions":
        found.append("recovery")
    return found
