"""A headless Chromium of the system, whose microphone plays recordings: no browser is downloaded."""

import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.heard import microphone_file

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# as root, which containers are, Chromium refuses to start in its sandbox
SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
QUIET = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
FAKE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@asynccontextmanager
async def with_microphone(folder: Path, *spoken: str, once: bool = False) -> AsyncIterator[Browser]:
    """A browser whose microphone plays recordings over and over, or `once` each time that it is opened."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    plays = f"--use-file-for-fake-audio-capture={microphone_file(folder, *spoken)}{'%noloop' if once else ''}"
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*SANDBOX, *QUIET, *FAKE, plays])
        yield chromium
        await chromium.close()


class Lasting:
    """A browser that many tests share: in place of one that crashed the next test gets a new one."""

    def __init__(self, start: Callable[[], AbstractAsyncContextManager[Browser]]) -> None:
        self._start, self._stack = start, AsyncExitStack()
        self._browser: Browser | None = None

    async def connected(self) -> Browser:
        """It, or a new one."""
        if self._browser is None or not self._browser.is_connected():
            await self.close()
            self._browser = await self._stack.enter_async_context(self._start())
        return self._browser

    async def close(self) -> None:
        """Ends it; `connected` may follow."""
        await self._stack.aclose()


async def close_all(browser: Browser) -> None:
    """Closes every page, with what it has stored."""
    for context in browser.contexts:
        await context.close()
