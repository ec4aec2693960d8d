"""Speakers and listeners: ordinary users of the client who write down what they did and what they were given."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack

from dragoman.client.errors import ClientError, RequestRefused
from dragoman.client.listener import Listener
from dragoman.client.speaker import Speaker
from schemas.socket import JoinSession
from tests.chaos.door import Door
from tests.chaos.ears import listen, look_again
from tests.chaos.meeting import Meeting
from tests.chaos.notes import Heard, Sent
from tests.chaos.reader import Reader
from tests.chaos.voices import Voice, scripted
from workers.transcribe.engines.scripted import DETECTED

FRAME = 1_600
FRAME_S = 0.1
_PATIENCE_S = 240.0
"""How long anybody waits for a gateway, the end and the last words: longer than any outage."""
_ENDING = ("ending", "hearing the last words")
_FILL_S = 60.0
"""After the end holes may take so long to be filled."""
_AGAIN_S = 1.0  # before something is tried again that was refused for now

OpenDoor = Callable[[int], Door]
"""Makes a door whose first choice is the gateway of this number."""


class Crowd:
    """Keeps a number of meetings going until it is told to finish; each is followed by a fresh one."""

    def __init__(
        self, open_door: OpenDoor, voice: Voice, seed: str, *, meetings: int = 8, length_s: float = 60.0
    ) -> None:
        self._open_door, self._voice, self._seed = open_door, voice, seed
        self._meetings, self._length_s = meetings, length_s
        self._finishing = asyncio.Event()
        self.meetings: list[Meeting] = []
        """All there ever were."""
        self.restless = True
        """Speakers mute and pause now and then, and are silent until that is answered."""
        self.lasting = False
        """Nobody ends: sockets wait 30 s for the last captions, and not longer for a stage that is away."""

    @property
    def going_on(self) -> list[Meeting]:
        """Those where someone speaks."""
        return [meeting for meeting in self.meetings if not meeting.over and meeting.doing == "speaking"]

    @property
    def ending(self) -> list[Meeting]:
        """Those whose speaker has said all, and whose listeners may yet wait for the last words."""
        return [meeting for meeting in self.meetings if not meeting.over and meeting.doing in _ENDING]

    def hears(self, at: float) -> bool:
        """There are meetings where someone speaks, and all there were given something spoken after `at`."""
        return bool(self.going_on) and all(meeting.heard_since(at) for meeting in self.going_on)

    def summary(self) -> str:
        """How many meetings are at what."""
        counts = Counter("over" if meeting.over else meeting.doing for meeting in self.meetings)
        troubles = sum(1 for meeting in self.meetings if meeting.sent.trouble)
        last = next((meeting.sent.trouble for meeting in reversed(self.meetings) if meeting.sent.trouble), "")
        return ", ".join(f"{number} {what}" for what, number in counts.items()) + f", {troubles} with trouble {last}"

    def finish(self) -> None:
        """All end what they are doing, in order."""
        self._finishing.set()

    async def run(self) -> None:
        """Returns when all have ended after `finish`."""
        async with asyncio.TaskGroup() as tasks:
            for place in range(self._meetings):
                tasks.create_task(self._place(place))

    async def _place(self, place: int) -> None:
        """One meeting after the other, staggered."""
        await self._wait(place * self._length_s / self._meetings / 4)
        generation = 0
        while not self._finishing.is_set():
            dice = random.Random(f"{self._seed}/{place}/{generation}")
            meeting = self._meeting(place, generation)
            self.meetings.append(meeting)
            try:
                await self._hold(meeting, place, dice)
            except (ClientError, TimeoutError) as error:
                if meeting.doing == "opening" and _for_now(error):
                    self.meetings.remove(meeting)
                else:
                    meeting.troubled(error)
                await self._wait(_AGAIN_S)
            finally:
                meeting.over = True
            generation += 1

    def _meeting(self, place: int, generation: int) -> Meeting:
        """Of four that go on at a time, where words are known, one is to be found out and one changes its language."""
        kind = place % 4 if self._voice is scripted else 0
        sent = Sent(f"?{place}.{generation}", languages=[(0, DETECTED if kind == 1 else "en")])
        return Meeting(sent, language="auto" if kind == 1 else "en", changing=kind == 3)

    async def _hold(self, meeting: Meeting, place: int, dice: random.Random) -> None:
        async with AsyncExitStack() as stack:
            meeting.speaker_door = door = await stack.enter_async_context(self._open_door(place % 2))
            speaker = await stack.enter_async_context(
                Speaker.create(door.url, meeting.language, patience_s=_PATIENCE_S)
            )
            meeting.sent.session = speaker.code
            here, there = place % 2, (place + 1) % 2
            tasks = [
                await self._seat(stack, meeting, self._notes(meeting, "en"), fast=True, first=here),
                await self._seat(stack, meeting, self._notes(meeting, "es", speech=True), first=there),
                await self._seat(stack, meeting, self._notes(meeting, "ca", speech=place % 2 == 0), first=here),
                await self._seat_reader(stack, meeting, self._notes(meeting, "de"), first=there),
            ]
            meeting.doing = "speaking"
            try:
                await self._speak(speaker, meeting, dice, stack, tasks)
                meeting.doing = "ending"
                async with asyncio.timeout(_PATIENCE_S):
                    await speaker.end()
            except (ClientError, TimeoutError) as error:
                meeting.troubled(error)  # listeners still get what was acknowledged
            finally:
                meeting.sent.acknowledged = speaker.acknowledged
            meeting.doing = "hearing the last words"
            await asyncio.wait(tasks, timeout=_PATIENCE_S)

    def _notes(self, meeting: Meeting, language: str, *, speech: bool = False, late: bool = False) -> Heard:
        exact = self._voice is scripted
        return Heard(meeting.sent.session, language, speech, exact=exact, late=late, changing=meeting.changing)

    async def _seat(
        self, stack: AsyncExitStack, meeting: Meeting, heard: Heard, *, fast: bool = False, first: int = 0
    ) -> "asyncio.Task[None]":
        """A listener who has joined and takes notes."""
        door = await stack.enter_async_context(self._open_door(first))
        how = {"audio": heard.speech, "formats": ("pcm16",), "mode": "fast" if fast else "steady"}
        joining = JoinSession(session_id=heard.session, target_language=heard.language, **how)
        listener = await stack.enter_async_context(Listener(door.url, joining, patience_s=_PATIENCE_S))
        return _attending(stack, meeting, listener, heard, door)

    async def _seat_reader(
        self, stack: AsyncExitStack, meeting: Meeting, heard: Heard, *, first: int
    ) -> "asyncio.Task[None]":
        """One who reads by server-sent events."""
        meeting.reader_door = door = await stack.enter_async_context(self._open_door(first))
        reader = Reader(door.url, heard.session, heard.language, patience_s=_PATIENCE_S)
        return _attending(stack, meeting, reader, heard, door)

    async def _come_late(
        self, stack: AsyncExitStack, meeting: Meeting, late: Heard, first: int
    ) -> "list[asyncio.Task[None]]":
        """The one who joins in the middle; nobody, where that is refused for now."""
        try:
            return [await self._seat(stack, meeting, late, first=first)]
        except RequestRefused as refused:
            if not _for_now(refused):
                raise
            return []

    async def _speak(
        self,
        speaker: Speaker,
        meeting: Meeting,
        dice: random.Random,
        stack: AsyncExitStack,
        tasks: "list[asyncio.Task[None]]",
    ) -> None:
        """In real time, with a mute and a pause now and then, until the session is long enough."""
        sent, began = meeting.sent, time.monotonic()
        length_s = self._length_s * dice.uniform(0.7, 1.3)
        voice = self._voice(dice)
        late_at, pace = length_s * dice.uniform(0.3, 0.7), began
        while not (self._finishing.is_set() or meeting.time_is_over):
            if not self.lasting and time.monotonic() > began + length_s:
                break
            if await self._rest(speaker, meeting, dice):
                pace = time.monotonic()
            if late_at and time.monotonic() - began > late_at:
                late = self._notes(meeting, "es", late=True)
                came = await self._come_late(stack, meeting, late, dice.randrange(2))
                tasks += came
                late_at = 0.0 if came else late_at + _AGAIN_S
            pace += FRAME_S
            await asyncio.sleep(max(0.0, pace - time.monotonic()))
            await speaker.room(FRAME)
            pcm, aloud = next(voice)
            until = speaker.send(pcm) + FRAME
            sent.slices.append((until, time.time()))
            if meeting.muted or not aloud:
                sent.muted.add(until)
            sent.acknowledged = speaker.acknowledged

    async def _rest(self, speaker: Speaker, meeting: Meeting, dice: random.Random) -> bool:
        """A mute, the end of one, a pause or another language, now and then; whether it was one."""
        chance = dice.random()
        if chance >= (0.025 if meeting.changing else 0.015) or not self.restless:
            return False
        if chance < 0.01:
            meeting.muted = not meeting.muted
            await (speaker.mute() if meeting.muted else speaker.unmute())
            meeting.sent.breaks.add(speaker.position)
        elif chance >= 0.015:
            meeting.language = "es" if meeting.language == "en" else "en"
            await speaker.change_language(meeting.language)
            meeting.sent.breaks.add(speaker.position)
            meeting.sent.languages.append((speaker.position, meeting.language))
        else:
            await speaker.pause()
            meeting.sent.breaks.add(speaker.position)
            await self._wait(dice.uniform(0.5, 3))
            await speaker.go_on()
        return True

    async def _wait(self, seconds: float) -> None:
        """That long, or until all finish."""
        try:
            async with asyncio.timeout(seconds):
                await self._finishing.wait()
        except TimeoutError:
            return


def _attending(
    stack: AsyncExitStack, meeting: Meeting, listener: Listener | Reader, heard: Heard, door: Door
) -> "asyncio.Task[None]":
    heard.joined_at = time.time()
    meeting.heard.append(heard)
    meeting.listener_doors.append(door)
    task = asyncio.create_task(_attend(listener, heard, door))
    stack.callback(task.cancel)
    return task


async def _attend(listener: Listener | Reader, heard: Heard, door: Door) -> None:
    """To the end, and beyond it where something is yet to be filled."""
    await listen(listener, heard)
    await look_again(door.url, heard, _FILL_S)


def _for_now(error: Exception) -> bool:
    """Nothing was promised, and it was said."""
    return isinstance(error, RequestRefused) and error.retryable
