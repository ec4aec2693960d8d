"""The gateway of the gateway's own tests, and a headless Chromium of the system: no browser is downloaded."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.talk import opened, talk
from tests.gateway.conftest import connect, gateway, redis, start_gateway

__all__ = ["browser", "connect", "gateway", "opened", "redis", "start_gateway", "talk"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# as root, which containers are, Chromium refuses to start in its sandbox
SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
expect.set_options(timeout=20_000)  # a page on a busy machine takes its time; the standard is 5 s
QUIET = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser of the system."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*SANDBOX, *QUIET])
        yield chromium
        await chromium.close()
