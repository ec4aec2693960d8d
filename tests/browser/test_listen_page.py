"""The listener's page in a real Chromium, on a real gateway; a publisher stands for the workers."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import captions_channel, speech_channel
from tests.gateway.client import Client, Connect, created
from tests.gateway.publisher import Publisher, caption, ended, session_id_of

PORTRAIT, LANDSCAPE = {"width": 390, "height": 844}, {"width": 844, "height": 390}
LEFT = "box => box.scrollHeight - box.clientHeight - box.scrollTop"

Open = Callable[..., Awaitable[Page]]


class Talk:
    """A session with a speaker, whose captions in Spanish the test writes."""

    def __init__(self, code: str, speaker: Client, spanish: Publisher, voice: Publisher) -> None:
        self.code, self.speaker = code, speaker
        self._spanish, self._voice, self._said = spanish, voice, 0

    async def says(self, sentences: int) -> str:
        """Captions, each of some lines on a phone; the text of the newest."""
        for _ in range(sentences):
            self._said += 1
            text = f"{self._said}: " + "palabras que se dicen " * 5
            await self._spanish.final(self._said, caption(self._said, text))
        return f"{self._said}: "

    async def ends(self) -> None:
        """The speaker ends it, and the workers are done with it."""
        await self.speaker.ask("endSession", sessionId=self.code)
        for channel in (self._spanish, self._voice):
            await channel.final(self._said + 1, ended(self.code))


@pytest_asyncio.fixture
async def talk(connect: Connect, redis: Redis) -> Talk:
    """A session that is live."""
    speaker = await connect()
    code, _ = await created(speaker, title="A talk")
    session_id = await session_id_of(redis, code)
    captions, voice = captions_channel(session_id, "es"), speech_channel(session_id, "es", "ogg-opus")
    return Talk(code, speaker, Publisher(redis, captions), Publisher(redis, voice))


@pytest_asyncio.fixture
async def opened(browser: Browser, gateway: Gateway) -> AsyncIterator[Open]:
    """Opens a path on a phone; at the end no page has complained, or asked anybody else for anything."""
    complaints: list[str] = []

    def asked(url: str) -> None:
        if not url.startswith((gateway.url, "data:")):
            complaints.append(url)

    async def open_page(path: str, locale: str = "es-MX") -> Page:
        context = await browser.new_context(viewport=PORTRAIT, locale=locale)  # type: ignore[arg-type]
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: asked(request.url))
        await page.goto(gateway.url + path)
        return page

    yield open_page
    assert complaints == []


async def listening(opened: Open, talk: Talk, captions: int) -> Page:
    """A page that shows captions."""
    page = await opened(f"/listen/{talk.code}")
    await page.get_by_role("button", name="Listen").click()
    await expect(page.locator("#state")).to_have_text("Live")
    newest = await talk.says(captions)
    await expect(page.locator("#captions p").last).to_contain_text(newest)
    return page


@pytest.mark.parametrize(("locale", "language"), [("es-MX", "es"), ("en-GB", "en"), ("de-DE", "en")])
async def test_the_browsers_language_is_chosen_or_else_the_original(
    opened: Open, talk: Talk, locale: str, language: str
) -> None:
    page = await opened(f"/listen/{talk.code}", locale)
    await expect(page.locator("#language")).to_have_value(language)
    assert await page.locator("#language option").all_inner_texts() == [
        "English (original)",
        "català",
        "español",
        "français (text only)",
    ]


async def test_a_turned_phone_still_shows_the_newest_caption(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 12)
    for size in (LANDSCAPE, PORTRAIT):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        newest = await talk.says(1)
        await expect(page.locator("#captions p").last).to_contain_text(newest)
        await expect(page.locator("#captions p").last).to_be_in_viewport(ratio=1)
        for part in ("#title", "#state", "#language", "#sound"):
            await expect(page.locator(part)).to_be_in_viewport(ratio=1)
    await expect(page.locator("#newest")).to_be_hidden()


async def test_a_reader_who_scrolled_up_stays_there_until_asking_for_the_newest(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 12)
    await page.mouse.move(200, 500)
    await page.mouse.wheel(0, -600)
    await expect(page.locator("#newest")).to_be_visible()
    newest = await talk.says(2)
    await expect(page.locator("#captions p").last).to_contain_text(newest)
    await expect(page.locator("#captions p").last).not_to_be_in_viewport()
    await page.locator("#newest").click()
    assert await page.locator("#captions").evaluate(LEFT) < 2
    await expect(page.locator("#newest")).to_be_hidden()


async def test_silence_is_counted_for_the_speaker(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 1)
    await page.locator("#sound").click()
    await talk.speaker.until(lambda message: message["type"] == "listenersChanged" and message["paused"] == 1)
    await page.locator("#sound").click()
    await talk.speaker.until(lambda message: message["type"] == "listenersChanged" and message["paused"] == 0)


async def test_an_ended_session_says_so_and_offers_nothing_to_choose(opened: Open, talk: Talk) -> None:
    await talk.speaker.ask("endSession", sessionId=talk.code)
    page = await opened(f"/listen/{talk.code}")
    await expect(page.locator("#state")).to_have_text("The session has ended")
    await expect(page.locator("#choice")).to_be_hidden()
    await expect(page.locator("#back")).to_have_attribute("href", "/")


async def test_captions_stay_when_the_session_ends(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 3)
    await talk.ends()
    await expect(page.locator("#state")).to_have_text("The session has ended")
    await expect(page.locator("#choice")).to_be_hidden()
    await expect(page.locator("#captions p")).to_have_count(3)
