"""People speak other languages than English, say not which, and change: real speech through the whole system."""

import asyncio
import os
import signal
from contextlib import suppress

import psutil
import pytest

from dragoman.client.listener import Listener
from dragoman.client.pace import Pace, of_bytes, speak
from dragoman.client.speaker import Speaker
from dragoman.measure.clips import read_samples
from dragoman.measure.hearing import ListenerNotes, holes
from dragoman.measure.scoring import words
from dragoman.ops.records import find_session, records
from dragoman.runtime.settings import read_settings
from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from schemas.messages import Transcript
from schemas.socket import Caption, SourceLanguageChanged
from tests.processes import until
from tests.system.machine import Machine
from workers.synthesize.engine import Sound
from workers.synthesize.engines import create

pytestmark = pytest.mark.system

TALK = (
    "Buenos días a todos y bienvenidos a la reunión del consejo.",
    "Hoy hablamos del presupuesto de la ciudad y de las escuelas.",
    "Muchas gracias por su paciencia y por sus preguntas.",
)
PAUSE = bytes(BYTES_PER_SAMPLE * SAMPLE_RATE)


@pytest.fixture(scope="module")
def spanish() -> list[bytes]:
    """The talk, a sentence each, in the voice of Pico."""

    async def spoken() -> list[Sound]:
        voice = create("pico", read_settings())
        await voice.start()
        try:
            return [await voice.synthesize(sentence, "es", 1.0) for sentence in TALK]
        finally:
            await voice.close()

    sounds = asyncio.run(spoken())
    assert {sound.sample_rate for sound in sounds} == {SAMPLE_RATE}
    return [sound.pcm + PAUSE for sound in sounds]


@pytest.fixture(scope="module")
def english() -> bytes:
    """Some seconds of human speech."""
    clips = {clip.name: clip.pcm for clip in read_samples()}
    return clips["go_somewhere"] + PAUSE + clips["goforward"] + PAUSE


class Room:
    """A session and its listeners; what all of them are told of the language."""

    def __init__(self, stack: Machine, language: str, *targets: str) -> None:
        self.url, self.stack = stack.run["url"], stack
        self.speaker = Speaker.create(self.url, language, captions=True)
        self.hearings = {target: ListenerNotes(target) for target in targets}
        self.told: dict[str, list[tuple[str, bool]]] = {who: [] for who in ("speaker", *targets)}
        self.captions: list[Caption] = []
        """What the speaker reads."""
        self._joined = asyncio.Semaphore(0)

    async def __aenter__(self) -> "Room":
        await self.speaker.__aenter__()
        self._tasks = [asyncio.create_task(self._listen(target)) for target in self.hearings]
        for _ in self.hearings:
            await self._joined.acquire()
        self._tasks.append(asyncio.create_task(self._follow()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.speaker.close()

    async def say(self, pcm: bytes) -> None:
        """Says it, and waits until it is durable."""
        await speak(self.speaker, of_bytes(pcm), Pace(fast=True))
        await self.speaker.delivered()

    async def end(self) -> None:
        """Ends the session and waits until every listener has heard that."""
        await self.speaker.end()
        await until(lambda: all(hearing.ended for hearing in self.hearings.values()), timeout_s=120)

    async def told_all(self, *told: tuple[str, bool]) -> None:
        """Waits until speaker and listeners were told just this."""
        with suppress(AssertionError):
            await until(lambda: all(each == list(told) for each in self.told.values()), timeout_s=90)
        assert self.told == {who: list(told) for who in self.told}

    async def transcripts(self) -> list[Transcript]:
        """The finals in Kafka."""
        session = await find_session(self.stack.run["kafka"], self.speaker.code)
        found = [record.message async for record in records(self.stack.run["kafka"], session, "transcripts")]
        return [message for message in found if isinstance(message, Transcript) and message.final]

    def words(self, target: str) -> set[str]:
        """What a listener read, also late."""
        hearing = self.hearings[target]
        return set(words(" ".join(final.text for final in [*hearing.finals, *hearing.revised])))

    async def _listen(self, target: str) -> None:
        async with Listener.join(self.url, self.speaker.code, target, audio=False) as listener:
            self._joined.release()
            async for message in listener.messages():
                self.hearings[target].note(message)
                self._note(target, message)

    async def _follow(self) -> None:
        async for event in self.speaker.events():
            self._note("speaker", event)
            if isinstance(event, Caption) and event.final:
                self.captions.append(event)

    def _note(self, who: str, message: object) -> None:
        if isinstance(message, SourceLanguageChanged):
            self.told[who].append((message.source_language, message.detected))


async def kill(stack: Machine, kind: str) -> None:
    """kill -9, and waits until the successors are ready."""

    def pids() -> dict[str, int]:
        processes = stack.run["processes"]
        return {name: each["pid"] for name, each in processes.items() if name.startswith(kind)}

    before = pids()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    def ready() -> bool:
        with suppress(OSError):
            return not set(pids().values()) & set(before.values()) and all(stack.readyz(name) == 200 for name in before)
        return False

    await until(ready, timeout_s=120)
    assert not any(psutil.pid_exists(pid) for pid in before.values())


async def test_spanish_is_found_out_and_read_in_english(stack: Machine, spanish: list[bytes]) -> None:
    async with Room(stack, "auto", "en", "es") as room:
        await room.say(b"".join(spanish))
        await room.told_all(("es", True))
        await room.end()
        for hearing in room.hearings.values():
            assert holes(hearing.finals) == []
            assert not hearing.missed
            assert {final.outcome for final in hearing.finals} == {"ok"}
        assert {"buenos", "gracias", "preguntas"} <= room.words("es")
        assert {"good", "city", "questions"} & room.words("en")
        assert {final.language for final in room.hearings["es"].finals} == {"es"}
        assert [caption.text for caption in room.captions] == [final.text for final in room.hearings["es"].finals]


async def test_english_is_found_out_and_needs_no_translation(stack: Machine, english: bytes) -> None:
    async with Room(stack, "auto", "en", "es") as room:
        await room.say(english)
        await room.told_all(("en", True))
        await room.end()
        assert {"go", "somewhere", "forward"} <= room.words("en")
        assert {"metros", "diez"} & room.words("es")
        assert all(holes(hearing.finals) == [] for hearing in room.hearings.values())


async def test_a_language_that_is_found_out_outlives_the_workers_that_did_and_those_that_had_not_yet(
    stack: Machine, spanish: list[bytes]
) -> None:
    async with Room(stack, "auto", "en", "es") as room:
        await room.say(spanish[0][: 2 * SAMPLE_RATE * BYTES_PER_SAMPLE])
        await kill(stack, "transcribe")
        await room.say(spanish[0][2 * SAMPLE_RATE * BYTES_PER_SAMPLE :])
        await room.told_all(("es", True))
        await room.say(spanish[1][: SAMPLE_RATE * BYTES_PER_SAMPLE])
        await kill(stack, "transcribe")
        await room.say(spanish[1][SAMPLE_RATE * BYTES_PER_SAMPLE :] + spanish[2])
        await room.end()
        assert room.told == {who: [("es", True)] for who in room.told}
        assert all(holes(hearing.finals) == [] for hearing in room.hearings.values())
        assert {"buenos", "escuelas", "preguntas"} <= room.words("es")
        found = [(final.language, final.detected) for final in await room.transcripts()]
        first = found.index(("es", True))
        assert set(found[first:]) == {("es", True)}


async def test_a_speaker_goes_over_to_another_language_at_a_word_s_border(
    stack: Machine, english: bytes, spanish: list[bytes]
) -> None:
    async with Room(stack, "en", "en", "es") as room:
        await room.say(english)
        border = room.speaker.position
        await room.speaker.change_language("es")
        await room.say(b"".join(spanish[1:]))
        await room.end()
        assert {"somewhere", "forward"} <= room.words("en")
        assert {"presupuesto", "preguntas"} <= room.words("es")
        assert {"schools", "questions", "patience"} & room.words("en")
        assert {"metros", "diez"} & room.words("es")
        finals = await room.transcripts()
        assert {(final.language, final.end <= border) for final in finals} == {("en", True), ("es", False)}
        assert all(holes(hearing.finals) == [] for hearing in room.hearings.values())


@pytest.mark.parametrize("kind", ["broadcast", "gateway"])
async def test_nobody_misses_a_word_when_a_process_dies_while_the_speaker_changes_language(
    stack: Machine, english: bytes, spanish: list[bytes], kind: str
) -> None:
    async with Room(stack, "en", "en", "es") as room:
        await room.say(english)
        await room.speaker.change_language("es")
        await room.say(spanish[1][: SAMPLE_RATE * BYTES_PER_SAMPLE])
        await kill(stack, kind)
        await room.say(spanish[1][SAMPLE_RATE * BYTES_PER_SAMPLE :] + spanish[2])
        await room.end()
        assert {"somewhere", "forward"} <= room.words("en")
        assert {"schools", "questions", "patience"} & room.words("en")
        assert {"presupuesto", "preguntas"} <= room.words("es")
        assert {"metros", "diez"} & room.words("es")
        assert not any(hearing.missed for hearing in room.hearings.values())
        assert all(holes(hearing.finals, hearing.revised) == [] for hearing in room.hearings.values())
