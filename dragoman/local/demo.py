"""The demo of `dragoman up`: speaks recorded samples into a fresh session and shows what becomes of them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from time import time
from typing import Final
from urllib.parse import urlsplit

from dragoman.client.connection import SpeechPart
from dragoman.client.errors import ClientError
from dragoman.client.listener import Listener, ListenerEvent
from dragoman.client.pace import Pace, of_bytes, speak
from dragoman.client.speaker import Speaker
from dragoman.local.screen import Screen
from dragoman.measure.clips import Clip, read_samples
from dragoman.runtime.called import called
from dragoman.runtime.errors import first_of
from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from schemas.socket import Caption, JoinSession, SpeakerState

FLOOR: Final = "en"
TARGET: Final = "es"
NAMES: Final = {FLOOR: "English", TARGET: "Spanish"}
BETWEEN_S: Final = 2.0
"""Silence behind each sample."""
AGAIN_S: Final = 2.0
"""Pause before a fresh session when one was lost."""
GOOD_BYE_S: Final = 2.0


async def run(url: str, screen: Screen, *, built_in: bool, key: str = "") -> None:
    """Speaks until it is cancelled, through restarts of the gateway; a session that is lost is followed by another.

    `built_in`: the engines are those that come with the program; `key`: what speakers show, if anything.
    """
    clips, said = read_samples(), ""
    while True:
        try:
            await _one_session(url, clips, screen, built_in, key)
        except ClientError as error:
            if str(error) != said:  # a gateway that stays away is said once
                screen.line(f"\ndemo: {error}; a fresh session follows")
            said = str(error)
            await asyncio.sleep(AGAIN_S)


async def _one_session(url: str, clips: list[Clip], screen: Screen, built_in: bool, key: str) -> None:
    async with Speaker.create(url, FLOOR, title="Dragoman demo", credential=key) as speaker:
        screen.line(_introduction(url, speaker, built_in, "secret" if key else "open"))
        show = Display(screen)
        joins = [
            JoinSession(session_id=speaker.code, target_language=FLOOR, audio=False, mode="fast"),
            JoinSession(session_id=speaker.code, target_language=TARGET),
        ]
        try:
            async with asyncio.TaskGroup() as tasks:
                for join in joins:
                    tasks.create_task(_listen(url, join, show))
                tasks.create_task(_drop_events(speaker))
                await speak(speaker, _loop(clips), Pace(fast=False))
        except BaseExceptionGroup as group:
            if lost := first_of(group, ClientError):
                raise lost from group
            raise
        finally:
            with suppress(ClientError, TimeoutError):
                async with asyncio.timeout(GOOD_BYE_S):
                    await speaker.end()


async def _listen(url: str, join: JoinSession, show: "Display") -> None:
    async with Listener(url, join) as listener:
        async for message in listener.messages():
            show.take(message)


async def _drop_events(speaker: Speaker) -> None:
    async for _ in speaker.events():
        pass


async def _loop(clips: list[Clip]) -> AsyncIterator[bytes]:
    silence = bytes(round(BETWEEN_S * SAMPLE_RATE) * BYTES_PER_SAMPLE)
    while True:
        for clip in clips:
            async for frame in of_bytes(clip.pcm + silence):
                yield frame


class Display:
    """English, Spanish and the voice as they come, with the seconds since the words were spoken."""

    def __init__(self, screen: Screen, *, now: Callable[[], float] = time) -> None:
        self._screen, self._now = screen, now

    def take(self, message: ListenerEvent) -> None:
        """One line for each final of now and each part of speech; on a terminal the open one is written over."""
        match message:
            case Caption(final=True) if message.text and message.revised is not True:
                language = message.language.split("-")[0]
                break_ = "\n" if language == FLOOR else ""
                self._screen.line(
                    f"{break_}{self._label(NAMES.get(language, language), message.spoken_at)}{message.text}"
                )
            case Caption(final=False) if message.text:
                self._screen.unfinished(f"{'…':>7}           ", message.text)
            case SpeechPart() if message.audio:
                spoken = self._label("voice", message.header.spoken_at)
                self._screen.line(f"{spoken}{message.header.duration_ms / 1000:.1f} s of speech")
            case SpeakerState():
                self._screen.line(f"{'':>7}           ({message.state})")

    def _label(self, name: str, spoken_at: int) -> str:
        return f"{name:>7}  {max(0.0, self._now() - spoken_at / 1000):5.2f} s  "


def _introduction(url: str, speaker: Speaker, built_in: bool, mode: str) -> str:
    page = f"{url.rstrip('/')}/listen/{speaker.code}"
    lines = [
        f"\nA recorded voice speaks into the session {speaker.code}. Read and hear it in your language:\n",
        f"  in a browser here:             {page}",
        f"  on a phone, in this network:   {_for_phones(url, page, speaker.join_url, mode)}",
        f"  in a terminal:                 {called()} listen {speaker.code} --language ca --url {url}",
        f"\nSpeak yourself, into a microphone of this machine: {url.rstrip('/')}/speak",
        "\nSeconds count from the end of the spoken words.",
    ]
    if built_in:
        lines.append("The built-in engines make mistakes: docs/engines.md says which.")
    return "\n".join(lines)


def _for_phones(url: str, page: str, join_url: str, mode: str) -> str:
    """A link that leads to this machine over the network, or what is needed for one."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 80
    address = own_address()
    if join_url and urlsplit(join_url).netloc != urlsplit(page).netloc and _answers(urlsplit(join_url).hostname, port):
        return join_url
    if address and _answers(address, port):
        return page.replace(f"//{host}", f"//{address}", 1)
    return f"start with --host 0.0.0.0 --auth {mode} (the gateway answers this machine only)"


def own_address() -> str:
    """This machine's address in its network; empty without one. Nothing is sent: a UDP socket only picks a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation (RFC 5737)
        except OSError:
            return ""
        address = str(probe.getsockname()[0])
    return "" if address.startswith("127.") else address


def _answers(host: str | None, port: int) -> bool:
    try:
        with socket.create_connection((host or "", port), timeout=1):
            return True
    except OSError:
        return False
