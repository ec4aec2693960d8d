"""Speakers and listeners: ordinary clients of the protocol, and a record of what each said and heard."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from dragoman.client.connection import SpeechPart
from dragoman.client.errors import ClientError
from dragoman.client.listener import Listener, Missed
from dragoman.client.speaker import Speaker
from schemas.socket import Caption, JoinSession, SessionEnded
from tests.chaos.checker import Final, Heard, Spoken
from tests.chaos.doors import Door

FRAME = 1_600
FRAME_S = 0.1
LAST_WORDS_S = 60.0
"""How long after the end of its session a listener may still be waiting."""

Say = Callable[[str], None]
Fault = Callable[[], str]
"""What is broken now."""


@dataclass(frozen=True)
class Wish:
    """What a listener asks for."""

    language: str
    speech: str = ""
    """Format of the speech; empty: captions only."""
    fast: bool = False


@dataclass
class Ear:
    """A listener."""

    wish: Wish
    door: Door
    heard: Heard
    trouble: str = ""
    """What ended it, if not the end of the session."""

    async def listen(self, code: str, joined: Callable[[], None], fault: Fault) -> None:
        """Until the session has ended."""
        join = JoinSession(
            session_id=code,
            target_language=self.wish.language,
            audio=bool(self.wish.speech),
            formats=(self.wish.speech or "ogg-opus",),  # type: ignore[arg-type]  # one of the two
            mode="fast" if self.wish.fast else "steady",
        )
        try:
            async with Listener(await self.door.open(), join) as listener:
                joined()
                async for message in listener.messages():
                    self._note(message, fault())
        except ClientError as error:
            self.trouble = f"{type(error).__name__}: {error}"
        finally:
            joined()
            await self.door.close()

    def _note(self, message: Any, fault: str) -> None:
        now, heard = time.monotonic(), self.heard
        if isinstance(message, Caption) and message.final:
            heard.finals.append(
                Final(
                    now,
                    message.segment,
                    message.segment + message.revision,
                    (message.source_text or "") if self.wish.language != "en" else message.text,
                    message.outcome,
                    message.reason,
                    fault,
                )
            )
        elif isinstance(message, SpeechPart):
            header = message.header
            heard.spoken.append(Spoken(now, header.segment, header.part, header.outcome))
        elif isinstance(message, Missed):
            if message.product == "speech":
                heard.speech_missed = True
            else:
                heard.missed_before.append(len(heard.finals))
        elif isinstance(message, SessionEnded):
            heard.ended = True


@dataclass
class Talk:
    """One session from its first word to the last caption."""

    number: int
    length_s: float
    wishes: Sequence[Wish]
    gateways: Sequence[int]
    dice: random.Random
    fault: Fault
    home: Callable[[], bool]
    """Everybody is to go home now."""
    code: str = ""
    ears: list[Ear] = field(default_factory=list)
    door: Door = field(init=False)
    until: int = 0
    """Samples that were acknowledged in the end."""
    lost: int = 0
    trouble: str = ""
    over: bool = False

    def __post_init__(self) -> None:
        self.door = Door(self.gateways, self.dice)

    async def hold(self) -> None:
        """Speaks, ends, and waits for the listeners' last words."""
        listening: list[asyncio.Task[None]] = []
        try:
            async with Speaker.create(await self.door.open(), "en") as speaker:
                self.code = speaker.code
                listening = await self._gather_listeners()
                watching = asyncio.create_task(_drain(speaker))
                try:
                    await self._speak(speaker)
                finally:
                    watching.cancel()
                await asyncio.wait(listening, timeout=LAST_WORDS_S)
        except ClientError as error:
            self.trouble = f"{type(error).__name__}: {error}"
        finally:
            self.over = True
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            await self.door.close()

    async def _gather_listeners(self) -> list[asyncio.Task[None]]:
        """Returns when all have joined, or cannot."""
        ready = asyncio.Semaphore(0)
        listening = []
        for wish in self.wishes:
            ear = Ear(wish, Door(self.gateways, self.dice), Heard(f"{self.code} {wish.language}"))
            self.ears.append(ear)
            listening.append(asyncio.create_task(ear.listen(self.code, ready.release, self.fault)))
        for _ in self.wishes:
            await ready.acquire()
        return listening

    async def _speak(self, speaker: Speaker) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        end = due + self.length_s
        pcm = bytes(2 * FRAME)
        while loop.time() < end and not self.home():
            if self.dice.random() < 0.004:
                await speaker.pause()
                await asyncio.sleep(self.dice.uniform(0.2, 1.5))
                await speaker.go_on()
                due = loop.time()
            await speaker.room(FRAME)
            speaker.send(pcm)
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - loop.time()))
        await speaker.end()
        self.until, self.lost = speaker.acknowledged, speaker.lost


async def _drain(speaker: Speaker) -> None:
    with suppress(ClientError):
        async for _ in speaker.events():
            pass


WISHES = (
    (Wish("en", fast=True), Wish("es", "pcm16"), Wish("ca")),
    (Wish("es"), Wish("fr", "ogg-opus")),
    (Wish("en"), Wish("es", "ogg-opus"), Wish("es", "pcm16"), Wish("gl", fast=True)),
)


class Crowd:
    """Sessions one after the other in each of several rooms, until it is sent home."""

    def __init__(self, rooms: int, gateways: Sequence[int], seed: int, fault: Fault, length_s: float = 45) -> None:
        self._rooms, self._gateways, self._fault, self._length_s = rooms, gateways, fault, length_s
        self._dice = random.Random(seed)
        self._tasks: list[asyncio.Task[None]] = []
        self._home = False
        self.talks: list[Talk] = []

    @property
    def present(self) -> list[Talk]:
        """Sessions that go on."""
        return [talk for talk in self.talks if not talk.over and talk.code]

    @property
    def ears(self) -> list[Ear]:
        """Listeners of the sessions that go on."""
        return [ear for talk in self.present for ear in talk.ears if not ear.heard.ended and not ear.trouble]

    def start(self) -> None:
        """Begins."""
        self._tasks = [asyncio.create_task(self._room(number)) for number in range(self._rooms)]

    async def go_home(self) -> None:
        """Every session ends, and no other begins."""
        self._home = True
        await asyncio.gather(*self._tasks)

    async def _room(self, room: int) -> None:
        dice = random.Random(self._dice.random())
        await asyncio.sleep(dice.uniform(0, 2))
        while not self._home:
            length_s = dice.uniform(0.6, 1.4) * self._length_s
            number = len(self.talks)
            wishes = WISHES[(room + number) % len(WISHES)]
            talk = Talk(number, length_s, wishes, self._gateways, dice, self._fault, lambda: self._home)
            self.talks.append(talk)
            await talk.hold()
            if talk.trouble and not talk.code:  # no session could be created just now
                self.talks.remove(talk)
                await asyncio.sleep(0.5)
