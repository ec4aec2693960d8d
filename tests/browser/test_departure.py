"""Which ways of leaving a listener's page end what it asks for, in a real Chromium."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from schemas.channels import absent_key, audience_key
from tests.browser.talk import DESKTOP, Open, Talk, listening
from tests.browser.test_listen_refused import Proxy, hindered, proxy
from tests.gateway.client import eventually

__all__ = ["proxy"]

HIDE = "Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })"


async def elsewhere(page: Page) -> None:
    """Somebody goes on to another page."""
    await page.goto("about:blank")


async def closed(page: Page) -> None:
    """Somebody closes the tab."""
    await page.close(run_before_unload=True)


async def again(page: Page) -> None:
    """Somebody loads the page again."""
    await page.reload()


async def discarded(page: Page) -> None:
    """A phone that was locked needs the memory."""
    await page.evaluate(HIDE)
    await page.goto("about:blank")


async def asked_for(redis: Redis, talk: Talk) -> int:
    """Readers of Spanish who may come back, once the socket's end is known."""

    async def nobody() -> bool:
        return not await redis.hlen(audience_key(talk.session_id))  # type: ignore[misc]

    await eventually(nobody)
    return int(await redis.zcard(absent_key(talk.session_id, "captions", "es")))


@pytest.mark.parametrize(("leaves", "lingers"), [(elsewhere, 0), (closed, 0), (again, 0), (discarded, 1)])
async def test_a_language_is_given_up_only_when_its_reader_means_it(
    opened: Open, talk: Talk, redis: Redis, leaves: Callable[[Page], Awaitable[None]], lingers: int
) -> None:
    page = await listening(opened, talk, 1)
    await leaves(page)
    assert await asked_for(redis, talk) == lingers


async def test_so_does_the_overlay(opened: Open, talk: Talk, redis: Redis) -> None:
    page = await opened(f"/overlay/{talk.code}?debug&language=es", "en", viewport=DESKTOP)
    await expect(page.locator("#debug")).to_have_text("Connected")
    await elsewhere(page)
    assert await asked_for(redis, talk) == 0


async def test_so_does_a_page_that_reads_by_a_stream(opened: Open, talk: Talk, redis: Redis, proxy: Proxy) -> None:
    page = await opened(f"/listen/{talk.code}", at=proxy.url)
    await hindered(page)
    await closed(page)
    assert await asked_for(redis, talk) == 0
