"""The speaker's page in a Chromium whose microphone plays recorded human speech."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import captions_channel
from tests.browser.chromium import close_all
from tests.chaos.door import Address
from tests.gateway.publisher import Publisher, caption, ended, session_id_of

PHONE = {"width": 390, "height": 844}
KEEPS_STREAMS = """
window.refused = false;
window.streams = [];
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  if (refused) throw new DOMException("", "NotFoundError");
  streams.push(await ask(wanted));
  return streams.at(-1);
};
"""
ASKS = "navigator.permissions.query = async () => ({ state: 'prompt' })"
REFUSED = KEEPS_STREAMS.replace("refused = false", "refused = true").replace("NotFoundError", "%s")

Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture
async def speaking(browser: Browser, gateway: Gateway) -> AsyncIterator[Open]:
    """Opens the speaker's page on a phone; at the end no page has complained, or asked anybody else for anything."""
    complaints: list[str] = []

    def told(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    def asked(url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:")):
            complaints.append(url)

    async def open_page(url: str = "", locale: str = "en-GB", script: str = "") -> Page:
        context = await browser.new_context(viewport=PHONE, locale=locale)  # type: ignore[arg-type]
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", told)
        page.on("request", lambda request: asked(request.url))
        if script:
            await page.add_init_script(script)
        await page.goto((url or gateway.url) + "/speak")
        return page

    yield open_page
    await close_all(browser)
    assert complaints == []


async def started(page: Page) -> str:
    """Presses Start; the code of the session that is live then."""
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator("#state-name")).to_have_text("Live")
    code = await page.locator("#code").text_content()
    assert code
    return code


async def spoken(page: Page, seconds: float) -> None:
    """Waits until so much was said."""
    await page.wait_for_function(
        """wanted => document.querySelector('#time').textContent.split(':')
            .reduce((all, each) => 60 * all + Number(each), 0) >= wanted""",
        arg=seconds,
    )


def way_of(gateway: Gateway) -> list[Address]:
    """What a door lets through to: emptied, it lets nobody in."""
    return [("127.0.0.1", int(gateway.url.rsplit(":", 1)[1]))]


async def workers_are_done(redis: Redis, code: str) -> None:
    """The last captions are out: the gateway closes the session's sockets."""
    floor = captions_channel(await session_id_of(redis, code), "en")
    await Publisher(redis, floor).final(2**40, ended(code))


def skipped(segment: int, ms: int) -> bytes:
    """A caption of speech that was skipped, because recognition was too far behind."""
    members = json.loads(caption(segment, "", language="en"))
    return json.dumps(members | {"outcome": "skipped", "reason": "jump", "startMs": 0, "endMs": ms}).encode()
