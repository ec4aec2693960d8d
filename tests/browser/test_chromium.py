"""The browser that the tests of this folder share."""

import asyncio
from contextlib import suppress
from functools import partial
from pathlib import Path

from playwright.async_api import Error as PlaywrightError

from tests.browser.chromium import Lasting, with_microphone
from tests.browser.heard import SPEECH


async def test_a_browser_that_crashed_fails_no_later_test(tmp_path: Path) -> None:
    lasting, gone = Lasting(partial(with_microphone, tmp_path, *SPEECH)), asyncio.Event()
    first = await lasting.connected()
    assert await lasting.connected() is first
    first.once("disconnected", lambda _: gone.set())
    session = await first.new_browser_cdp_session()
    with suppress(PlaywrightError):  # it does not live to answer
        await session.send("Browser.crash")
    await gone.wait()
    second = await lasting.connected()
    page = await second.new_page()
    assert await page.evaluate("6 * 7") == 42
    await lasting.close()
    assert not second.is_connected()
