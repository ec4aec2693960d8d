"""The gateway of the gateway's own tests, and one Chromium for all tests of this folder that a process runs."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.chromium import Lasting, close_all, with_microphone
from tests.browser.heard import SPEECH
from tests.browser.talk import opened, talk
from tests.gateway.conftest import connect, gateway, redis, start_gateway

__all__ = ["browser", "connect", "gateway", "opened", "redis", "start_gateway", "talk"]

expect.set_options(timeout=20_000)  # a page on a busy machine takes its time; the standard is 5 s


@pytest.fixture(name="_function_scoped_runner")
def same_loop(_session_scoped_runner: asyncio.Runner) -> asyncio.Runner:
    """Tests and fixtures of this folder run in one loop instead of one each: a browser belongs to the loop it began in.

    The name is that of pytest-asyncio's own fixture, which has no other way to say this for fixtures of elsewhere.
    """
    return _session_scoped_runner


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lasting]:
    """Its microphone plays the speech once each time that a page opens it, then silence."""
    lasting = Lasting(lambda: with_microphone(tmp_path_factory.mktemp("microphone"), *SPEECH, once=True))
    yield lasting
    await lasting.close()


@pytest_asyncio.fixture
async def browser(chromium: Lasting) -> AsyncIterator[Browser]:
    """A browser in which nothing is open, and nothing stays open."""
    connected = await chromium.connected()
    assert connected.contexts == []
    yield connected
    if connected.is_connected():
        await close_all(connected)
