"""A listener's page whose network is cut, dead or slow to come back."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import captions_channel
from tests.browser.sound import TAP, heard, played, sample, shifts_ms, silent, speak
from tests.browser.talk import Open, Talk, joined, listening, shows
from tests.browser.wire import Wire, wire
from tests.gateway.client import StartGateway

LIVE = "live"


@pytest_asyncio.fixture
async def line(gateway: Gateway) -> AsyncIterator[Wire]:
    """The wire between the pages and the gateway."""
    async with wire(gateway.url) as laid:
        yield laid


async def lost(page: Page) -> None:
    """Waits until the page says that it is not connected."""
    await expect(page.locator("#state")).to_have_attribute("data-kind", "bad")


async def back(page: Page) -> None:
    """Waits until the page is connected."""
    await expect(page.locator("#state")).to_have_attribute("data-kind", LIVE, timeout=30_000)


async def test_what_was_said_meanwhile_is_caught_up_and_that_is_said(opened: Open, talk: Talk, line: Wire) -> None:
    page = await listening(opened, talk, 2, at=line.url)
    line.cut()
    await lost(page)
    await talk.says(3)
    line.mend()
    await back(page)
    await expect(page.locator("#notice")).to_have_text("De vuelta: 3 subtítulos recuperados.")
    await talk.says(1)
    captions = page.locator("#captions > div")
    await expect(captions).to_have_count(6)
    assert [words.split(":")[0] for words in await captions.all_inner_texts()] == ["1", "2", "3", "4", "5", "6"]


async def test_what_was_filled_meanwhile_is_there_and_nothing_is_said_to_be_lost(
    opened: Open, talk: Talk, line: Wire
) -> None:
    page = await listening(opened, talk, 1, at=line.url)
    await talk.writes("", outcome="skipped", reason="no-audience")
    await expect(page.locator("#captions .hole")).to_have_count(1)
    line.cut()
    await lost(page)
    await talk.writes("", outcome="skipped", reason="jump")
    await talk.revises(2, "dos")
    await talk.revises(3, "tres")
    line.mend()
    await back(page)
    captions = page.locator("#captions > div")
    await expect(captions).to_contain_text(["1: ", "dos", "tres"])
    await expect(page.locator("#notice")).to_have_text("De vuelta: 1 subtítulo recuperado.")
    await talk.writes("cuatro")
    await expect(captions.last).to_have_text("cuatro")
    await expect(page.locator("#captions .hole")).to_have_count(0)


async def test_a_cut_without_a_loss_says_that_nothing_was_missed(opened: Open, talk: Talk, line: Wire) -> None:
    page = await listening(opened, talk, 2, at=line.url)
    line.cut()
    await lost(page)
    line.mend()
    await back(page)
    await expect(page.locator("#notice")).to_have_text("De vuelta: no se ha perdido nada.")


async def test_what_is_gone_for_good_is_said_where_it_is_missing(
    opened: Open, talk: Talk, line: Wire, redis: Redis
) -> None:
    page = await listening(opened, talk, 2, at=line.url)
    line.cut()
    await lost(page)
    await talk.says(2)
    await redis.xtrim(captions_channel(talk.session_id, "es"), maxlen=1, approximate=False)
    line.mend()
    await back(page)
    await expect(page.locator("#notice")).to_have_text("Se ha perdido algo en los subtítulos.")
    await expect(page.locator("#captions > div")).to_contain_text(["1:", "2:", "[aquí se ha perdido algo]", "4:"])


async def test_a_dead_network_is_noticed_and_left(opened: Open, talk: Talk, line: Wire) -> None:
    page = await listening(opened, talk, 1, at=line.url)
    line.die()
    await expect(page.locator("#state")).not_to_have_attribute("data-kind", LIVE, timeout=40_000)
    await talk.says(2)
    line.cut()
    line.mend()
    await back(page)
    await expect(page.locator("#captions > div")).to_have_count(3)


async def test_another_gateway_takes_over_without_a_loss(
    opened: Open, talk: Talk, line: Wire, start_gateway: StartGateway
) -> None:
    page = await listening(opened, talk, 1, at=line.url)
    other = await start_gateway()
    line.target = other.url
    line.cut()
    await lost(page)
    await talk.says(1)
    line.mend()
    await back(page)
    await talk.says(1)
    await expect(page.locator("#captions > div")).to_have_count(3)
    await expect(page.locator("#captions .hole")).to_have_count(0)


async def test_speech_goes_on_over_a_short_cut_as_if_nothing_had_been(opened: Open, talk: Talk, line: Wire) -> None:
    page = await opened(f"/listen/{talk.code}", at=line.url, before=TAP, bypass_csp=True)
    await joined(page)
    await shows(page, "tape.ready")
    speech = sample("librivox_0870.wav")
    await speak(talk, 1, speech[: 7 * 16_000 * 7 // 10], goes_on=True)
    await heard(page, 0.2)
    line.cut()
    await speak(talk, 1, speech, first=7)
    line.mend()
    await back(page)
    await silent(page)
    assert max(map(abs, shifts_ms(speech, await played(page)))) < 20


async def test_speech_that_was_missed_by_who_had_heard_none_yet_is_said_to_be(
    opened: Open, talk: Talk, line: Wire
) -> None:
    page = await joined(await opened(f"/listen/{talk.code}", at=line.url))
    line.cut()
    await lost(page)
    await speak(talk, 1, sample("librivox_0870.wav"))
    line.mend()
    await back(page)
    await expect(page.locator("#notice")).to_have_text("Se ha perdido algo de la voz.")


async def test_a_language_chosen_while_the_network_is_away_is_the_one_that_comes(
    opened: Open, talk: Talk, line: Wire
) -> None:
    page = await listening(opened, talk, 1, at=line.url)
    await talk.writes("bon dia", "ca")
    line.cut()
    await lost(page)
    await page.locator("#language").click()
    await page.locator("#languages [data-language=ca]").click()
    line.mend()
    await back(page)
    await expect(page.locator("#captions > div")).to_have_text(["bon dia"])


async def test_a_device_without_a_network_is_told_so(opened: Open, talk: Talk, line: Wire) -> None:
    page = await listening(opened, talk, 1, at=line.url)
    await page.context.set_offline(True)
    await expect(page.locator("#state")).to_have_text("No tiene conexión")
    await page.context.set_offline(False)
    await back(page)


async def test_a_page_that_is_opened_too_early_finds_the_server_later(opened: Open, talk: Talk, line: Wire) -> None:
    page = await opened(f"/listen/{talk.code}", at=line.url)
    await expect(page.locator("#listen")).to_be_visible()
    await page.route("**/api/sessions/*", lambda route: route.abort())
    await page.reload()
    await lost(page)
    await page.unroute("**/api/sessions/*")
    await expect(page.locator("#listen")).to_be_visible()
