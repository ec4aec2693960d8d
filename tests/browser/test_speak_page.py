"""The speaker's page in a real Chromium whose microphone plays recorded human speech, on a real gateway."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.audio import SAMPLE_RATE
from tests.browser.conftest import CHROMIUM, QUIET, SANDBOX
from tests.browser.heard import SPEECH, arrived, end_of, joined, likeness, microphone_file, speech
from tests.chaos.door import Door

PHONE = {"width": 390, "height": 844}
FAKE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
SAID = speech(*SPEECH)

Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture
async def speaking_browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser whose microphone plays the speech once, then silence, from each time that it is opened."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    plays = f"--use-file-for-fake-audio-capture={microphone_file(tmp_path, *SPEECH)}%noloop"
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*SANDBOX, *QUIET, *FAKE, plays])
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture
async def opened(speaking_browser: Browser, gateway: Gateway) -> AsyncIterator[Open]:
    """Opens the speaker's page on a phone; at the end no page has complained."""
    complaints: list[str] = []

    async def open_page(url: str = "", locale: str = "en-GB", script: str = "") -> Page:
        context = await speaking_browser.new_context(viewport=PHONE, locale=locale)  # type: ignore[arg-type]
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if script:
            await page.add_init_script(script)
        await page.goto((url or gateway.url) + "/speak")
        return page

    yield open_page
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
        "wanted => document.querySelector('#time').textContent.split(':').reduce((all, each) => 60 * all + +each, 0) >= wanted",
        arg=seconds,
    )


async def test_what_is_said_arrives_whole(opened: Open, kafka: str, redis: Redis) -> None:
    page = await opened()
    code = await started(page)
    await spoken(page, len(SAID) / SAMPLE_RATE + 2)
    heard = joined(await arrived(kafka, redis, code, len(SAID) + SAMPLE_RATE))
    print(likeness(SAID, heard))
    assert likeness(SAID, heard)[0] > 0.9
