"""Start and Go on in a browser where something is slow: they show that they were heard, and nothing is lost by it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from playwright.async_api import Page, Route, WebSocket, expect
from redis.asyncio import Redis

from schemas.audio import SAMPLE_RATE
from tests.browser.heard import arrived, joined
from tests.browser.speaking import ASKS, Open, speaking, spoken, started

__all__ = ["speaking"]

HELD = """
window.asked = 0;
window.refused = false;
const may = new Promise((resolve) => (window.letIn = resolve));
const real = %(owner)s.prototype.%(name)s;
%(owner)s.prototype.%(name)s = async function (...wanted) {
  asked += 1;
  await may;
  if (refused) throw new DOMException("", "NotAllowedError");
  return real.call(this, ...wanted);
};
"""
"""A call of the browser that does not return before `letIn()`."""
MICROPHONE = HELD % {"owner": "MediaDevices", "name": "getUserMedia"}
WORKLET = HELD % {"owner": "Worklet", "name": "addModule"}
LANGUAGES, MODULE = "**/api/languages", "**/static/speak/speak.js"


@asynccontextmanager
async def held(page: Page, address: str) -> AsyncIterator[None]:
    """Loads the page on a network on which what `address` matches arrives only at the end."""
    let_in = asyncio.Event()

    async def hold(route: Route) -> None:
        await let_in.wait()
        await route.continue_()

    await page.route(address, hold)
    await page.reload(wait_until="commit")
    yield
    let_in.set()


async def pressed(page: Page) -> None:
    """Presses Start; it shows at once that it was heard, and cannot be pressed again."""
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator("#start")).to_have_text("Starting…")
    await expect(page.locator("#start")).to_be_disabled()


async def begun(page: Page) -> str:
    """The code of the session that is live by itself."""
    await expect(page.locator("#state-name")).to_have_text("Live")
    return await page.locator("#code").text_content() or ""


async def test_before_the_page_can_do_anything_there_is_nothing_to_press(speaking: Open) -> None:
    page = await speaking()
    async with held(page, MODULE):
        await expect(page.locator(".brand")).to_be_visible()
        await expect(page.get_by_role("button")).to_have_count(0)
    await started(page)


@pytest.mark.parametrize("script", ["", ASKS])
async def test_start_waits_for_the_languages(speaking: Open, script: str) -> None:
    page = await speaking(script=script)
    async with held(page, LANGUAGES):
        await pressed(page)
    await begun(page)


async def test_start_waits_for_the_microphone_and_opens_it_once(speaking: Open) -> None:
    page = await speaking(script=MICROPHONE)
    await pressed(page)
    await page.wait_for_function("() => asked === 1")
    await expect(page.locator("#live")).to_be_hidden()
    await page.evaluate("letIn()")
    await begun(page)
    assert await page.evaluate("asked") == 1


async def test_nobody_is_live_before_the_microphone_gives_sound(speaking: Open, kafka: str, redis: Redis) -> None:
    page = await speaking(script=WORKLET)
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    await page.wait_for_function("() => asked === 1")
    await expect(page.locator("#language option")).to_have_count(1)
    await pressed(page)
    await expect(page.locator("#live")).to_be_hidden()
    assert sockets == []
    await page.evaluate("letIn()")
    code = await begun(page)
    await spoken(page, 2)
    assert len(joined(await arrived(kafka, redis, code, SAMPLE_RATE))) >= SAMPLE_RATE


async def test_a_microphone_that_is_refused_while_start_waits_leaves_a_page_that_can_start(speaking: Open) -> None:
    page = await speaking(script=MICROPHONE)
    await pressed(page)
    await page.evaluate("refused = true; letIn()")
    await expect(page.get_by_role("heading", name="The microphone is not allowed")).to_be_visible()
    assert await page.evaluate("asked") == 1
    await page.evaluate("refused = false")
    await started(page)


async def test_start_says_that_there_is_no_language_and_works_when_there_is_one(speaking: Open) -> None:
    page = await speaking()
    nothing = partial(Route.fulfill, body='{"sourceLanguages": {}}', content_type="application/json")
    await page.route(LANGUAGES, nothing)
    await page.reload()
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator("#problem")).to_have_text(re.compile("still starting"))
    await page.unroute(LANGUAGES)
    await expect(page.locator("#language option")).to_have_count(1)
    await started(page)


async def test_go_on_shows_that_it_was_heard_while_the_microphone_opens(speaking: Open) -> None:
    page = await speaking(script=MICROPHONE)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.evaluate("letIn()")
    code = await started(page)
    await page.reload()
    await page.get_by_role("button", name="Go on").click()
    await expect(page.locator("#go-on")).to_have_text("Starting…")
    await expect(page.locator("#start-new")).to_be_disabled()
    await page.evaluate("letIn()")
    assert await begun(page) == code
