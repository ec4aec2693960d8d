"""A listener's page in a network that lets no WebSocket through."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from yarl import URL

from gateway.gateway import Gateway
from tests.browser.talk import Open, Talk, joined
from tests.browser.wire import Wire

HINT = "Esta red bloquea lo que la voz necesita"
ANSWERS = {
    "403": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "426": b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
}


class Proxy(Wire):
    """A wire that passes requests on, and treats WebSockets as `rule` says."""

    rule = "403"
    """A status, `silence` (never answered), or empty."""
    refused = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Someone called: Chromium opens a connection of its own for a WebSocket."""
        self._ends.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if not self.whole:
                return
            upgrade = b"upgrade: websocket" in head.lower()
            if upgrade and self.rule:
                self.refused += 1
                if self.rule in ANSWERS:
                    writer.write(ANSWERS[self.rule])
                    await writer.drain()
                    return
            if upgrade and self.rule == "silence":
                await reader.read()
                return
            there = URL(self.target)
            back, forth = await asyncio.open_connection(there.host, there.port)
            self._ends.add(forth)
            forth.write(head)
            await asyncio.gather(self._pass(reader, forth), self._pass(back, writer))
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.transport.abort()


@pytest_asyncio.fixture
async def proxy(gateway: Gateway) -> AsyncIterator[Proxy]:
    """Between the pages and the gateway."""
    laid = Proxy(gateway.url)
    server = await asyncio.start_server(laid.connected, "127.0.0.1", 0)
    laid.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield laid
    server.close()
    laid.mend()
    laid.cut()


async def hindered(page: Page) -> None:
    """Waits for the captions' other way, and for the words about it."""
    await page.locator("#listen").click()
    await expect(page.locator("#hindered")).to_contain_text(HINT, timeout=90_000)
    await expect(page.locator("#hindered")).to_be_visible(timeout=90_000)
    await expect(page.locator("#state")).to_have_attribute("data-kind", "live")


@pytest.mark.parametrize("rule", ["426", "silence"])
async def test_captions_come_all_the_same_and_it_is_said_why_there_is_no_sound(
    opened: Open, talk: Talk, proxy: Proxy, rule: str
) -> None:
    proxy.rule = rule
    await talk.says(2)
    page = await opened(f"/listen/{talk.code}", at=proxy.url)
    await hindered(page)
    assert proxy.refused >= 3
    await expect(page.locator("#captions > div")).to_have_count(2)
    await expect(page.locator("#sound")).to_be_hidden()
    await talk.mumbles("Y ahora")
    await expect(page.locator("#captions .partial")).to_have_text("Y ahora")
    await talk.writes("Y ahora la segunda parte")
    await expect(page.locator("#captions > div").last).to_have_text("Y ahora la segunda parte")
    await expect(page.locator("#delay")).to_contain_text(" s ")


async def test_the_stream_recovers_changes_the_language_and_gives_way_to_a_socket(
    opened: Open, talk: Talk, proxy: Proxy
) -> None:
    page = await opened(f"/listen/{talk.code}", at=proxy.url)
    await hindered(page)
    captions = page.locator("#captions > div")
    await talk.says(1)
    await expect(captions).to_have_count(1)
    proxy.cut()
    await expect(page.locator("#state")).to_have_attribute("data-kind", "bad")
    await talk.says(2)
    await talk.writes("", outcome="skipped", reason="no-audience")
    await talk.revises(4, "cuatro")
    proxy.mend()
    await expect(page.locator("#state")).to_have_attribute("data-kind", "live", timeout=60_000)
    await expect(captions).to_contain_text(["1:", "2:", "3:", "cuatro"])
    await talk.writes("bon dia", "ca")
    await page.locator("#language").click()
    await page.locator("#languages [data-language=ca]").click()
    await expect(captions).to_have_text(["bon dia"])
    proxy.rule = ""
    await expect(page.locator("#hindered")).to_be_hidden(timeout=90_000)
    await expect(page.locator("#sound")).to_be_visible()
    await talk.writes("adéu", "ca")
    await expect(captions).to_have_text(["bon dia", "adéu"])
    await expect(page.locator("#captions .hole")).to_have_count(0)


async def test_a_socket_that_worked_and_is_lost_is_waited_for(opened: Open, talk: Talk, proxy: Proxy) -> None:
    proxy.rule = ""
    page = await joined(await opened(f"/listen/{talk.code}", at=proxy.url))
    proxy.rule = "403"
    proxy.cut()
    proxy.mend()
    while proxy.refused < 5:  # noqa: ASYNC110  # nothing tells
        await asyncio.sleep(0.1)
    await expect(page.locator("#hindered")).to_be_hidden()
    proxy.rule = ""
    await expect(page.locator("#state")).to_have_attribute("data-kind", "live", timeout=60_000)
    await expect(page.locator("#sound")).to_be_visible()
