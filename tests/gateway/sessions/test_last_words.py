"""What a speaker waits for whose session has ended."""

import asyncio
from collections.abc import Iterable

from gateway.sessions.draining import drained
from schemas.channels import languages_key, speech_channel, spoken_languages_key
from schemas.messages import Session
from tests.workers.driving import everyone_waits

SESSION = Session(
    session_id="calm-otter-421-t", code="calm-otter-421", source_language="en", partition=0, created_at=1, updated_at=1
)


class Asked:
    """Redis, which knows what was asked for."""

    def __init__(self, languages: Iterable[str], spoken: Iterable[str]) -> None:
        names = {languages_key: languages, spoken_languages_key: spoken}
        self._members = {key(SESSION.session_id): {each.encode() for each in kept} for key, kept in names.items()}

    async def smembers(self, key: str) -> set[bytes]:
        return self._members[key]


class Held:
    """A channel."""

    def __init__(self, name: str) -> None:
        self.name, self.over = name, asyncio.Event()


class Channels:
    """Those that are held."""

    def __init__(self) -> None:
        self.held: dict[str, Held] = {}

    async def captions(self, session: Session, language: str) -> Held:
        return self._hold(language)

    async def speech(self, session: Session, language: str, audio_format: str, voice: str = "") -> Held:
        return self._hold(speech_channel("", language, audio_format, voice))  # type: ignore[arg-type]

    async def release(self, channel: Held) -> None:
        del self.held[channel.name]

    def _hold(self, name: str) -> Held:
        return self.held.setdefault(name, Held(name))


async def test_the_last_words_are_over_when_those_in_every_voice_are() -> None:
    channels = Channels()
    asked = Asked(["es"], ["es:ogg-opus", "es:ogg-opus/female", "es:no-format/male"])
    waiting = asyncio.create_task(drained(asked, channels, SESSION))  # type: ignore[arg-type]
    await everyone_waits()
    voices = [speech_channel("", "es", "ogg-opus", voice) for voice in ("", "female")]
    assert set(channels.held) == {"en", "es", *voices}
    for name in ("en", "es", voices[0]):
        channels.held[name].over.set()
    await everyone_waits()
    assert not waiting.done()
    channels.held[voices[1]].over.set()
    await waiting
    assert channels.held == {}
