"""A session whose translations the test writes, and pages of a phone that listen to it."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import captions_channel, framed, speech_channel
from schemas.languages import Abilities, Voicing, abilities_key
from tests.browser.chromium import close_all
from tests.gateway.client import Client, Connect, created, eventually
from tests.gateway.publisher import Publisher, caption, ended, session_id_of

PORTRAIT, LANDSCAPE, DESKTOP = (
    {"width": 390, "height": 844},
    {"width": 844, "height": 390},
    {"width": 1280, "height": 800},
)
# what Chromium says of a connection that a test cut, or of an answer that refuses
NETWORK = ("WebSocket connection to", "Failed to load resource")

Open = Callable[..., Awaitable[Page]]


class Talk:
    """A session with a speaker, whose captions and speech the test writes."""

    def __init__(self, code: str, session_id: str, speaker: Client, redis: Redis) -> None:
        self.code, self.session_id, self.speaker = code, session_id, speaker
        self._redis, self._channels = redis, dict[str, Publisher]()
        self.said = self.revised = 0

    def _channel(self, name: str) -> Publisher:
        return self._channels.setdefault(name, Publisher(self._redis, name))

    async def says(self, sentences: int, language: str = "es") -> str:
        """Captions, each of some lines on a phone; the text of the newest."""
        for _ in range(sentences):
            text = f"{self.said + 1}: " + "palabras que se dicen " * 5
            await self.writes(text, language)
        return f"{self.said}: "

    async def writes(self, text: str, language: str = "es", *, quietly: bool = False, **members: Any) -> None:
        """One caption, spoken just now; `quietly`: pub/sub drops it."""
        self.said += 1
        plain = json.loads(caption(self.said, text, language=language)) | {"spokenAt": now_ms()} | members
        channel = self._channel(captions_channel(self.session_id, language))
        await channel.final(self.said, json.dumps(plain).encode(), quietly=quietly)

    async def revises(
        self, segment: int, text: str, language: str = "es", *, revision: int = 2, **members: Any
    ) -> None:
        """A caption of the past as it is now, or one that was missing; written behind all that was said."""
        self.revised += 1
        plain = json.loads(caption(segment, text, language=language, revision=revision))
        channel = self._channel(captions_channel(self.session_id, language))
        await channel.revised(self.revised, json.dumps(plain | {"spokenAt": now_ms()} | members).encode())

    async def mumbles(self, text: str, language: str = "es") -> None:
        """A partial of the next caption."""
        channel = self._channel(captions_channel(self.session_id, language))
        plain = caption(self.said + 1, text, language=language, final=False, revision=len(text))
        await channel.partial(json.dumps(json.loads(plain) | {"spokenAt": now_ms()}).encode())

    async def speaks(
        self, segment: int, part: int, audio: bytes, language: str = "es", chosen: str = "", **members: Any
    ) -> None:
        """A part of a segment's speech, for those who chose the voice `chosen`."""
        header = {"type": "translatedAudio", "segment": segment, "part": part, "language": language, "last": False}
        header |= {"format": "ogg-opus", "sampleRate": 48_000, "durationMs": 0, "startMs": 0, "endMs": 1}
        header |= {"spokenAt": now_ms(), "outcome": "ok", "reason": ""} | members
        channel = self._channel(speech_channel(self.session_id, language, header["format"] or "ogg-opus", chosen))
        await channel.final(segment, framed(json.dumps(header).encode(), audio), number=part + 1)

    async def ends(self, language: str = "es") -> None:
        """The speaker ends it, and the workers are done with it."""
        await self.speaker.ask("endSession", sessionId=self.code)
        captions = captions_channel(self.session_id, language)
        for name in (captions, speech_channel(self.session_id, language, "ogg-opus")):
            await self._channel(name).final(self.said + 1_000, ended(self.code))


def now_ms() -> int:
    """Unix ms."""
    return round(time.time() * 1000)


@pytest_asyncio.fixture
async def talk(connect: Connect, redis: Redis) -> Talk:
    """A session that is live."""
    return await new_talk(connect, redis)


async def new_talk(connect: Connect, redis: Redis, **members: Any) -> Talk:
    """Another session that is live."""
    speaker = await connect()
    code, _ = await created(speaker, **({"title": "A talk"} | members))
    return Talk(code, await session_id_of(redis, code), speaker, redis)


@pytest_asyncio.fixture
async def opened(browser: Browser, gateway: Gateway) -> AsyncIterator[Open]:
    """Opens a path on a phone; at the end no page has complained, or asked anybody else for anything."""
    complaints: list[str] = []

    def asked(url: str, own: str) -> None:
        if not url.startswith((own, "data:", "blob:")):
            complaints.append(url)

    def said(words: str) -> None:
        if not words.startswith(NETWORK):
            complaints.append(words)

    async def open_page(
        path: str, locale: str = "es-MX", *, at: str = gateway.url, before: str = "", **options: Any
    ) -> Page:
        """`at`: where the gateway is reached; `before`: a script that runs before those of the page."""
        context = await browser.new_context(**({"viewport": PORTRAIT, "locale": locale} | options))
        if before:
            await context.add_init_script(before)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: said(message.text))
        page.on("request", lambda request: asked(request.url, at))
        page.on(
            "response", lambda found: found.status >= 400 and "/static/" in found.url and complaints.append(found.url)
        )
        await page.goto(at + path)
        return page

    yield open_page
    assert not complaints, complaints
    await close_all(browser)  # while the gateway is there


async def shows(page: Page, expression: str, argument: object = None) -> None:
    """Waits until something is so in a page; Playwright's own way is forbidden by the page's policy."""

    async def true() -> bool:
        return bool(await page.evaluate(expression, argument))

    await eventually(true)


async def joined(page: Page, kind: str = "live") -> Page:
    """The page after the one tap."""
    await page.locator("#listen").click()
    await expect(page.locator("#stage")).to_be_visible()
    await expect(page.locator("#state")).to_have_attribute("data-kind", kind)
    return page


async def offers_voices(redis: Redis) -> None:
    """Spanish can be heard in two voices, Catalan in one."""
    told = Abilities(languages={"*": ["es", "ca"]}, voices={"es": Voicing(engine="kokoro", voices=["female", "male"])})
    await redis.set(abilities_key("synthesize"), msgspec.json.encode(told))


async def listening(opened: Open, talk: Talk, captions: int, **options: Any) -> Page:
    """A page that shows captions."""
    page = await joined(await opened(f"/listen/{talk.code}", **options))
    newest = await talk.says(captions)
    await expect(page.locator("#captions > div").last).to_contain_text(newest)
    return page
