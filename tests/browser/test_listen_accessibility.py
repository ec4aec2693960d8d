"""The listener's and the overlay's pages by WCAG 2.2 AA in every state, and by the keyboard alone."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from tests.browser.talk import DESKTOP, PORTRAIT, Open, Talk, joined, listening, new_talk, offers_voices
from tests.gateway.access.conftest import KEY
from tests.gateway.client import Connect, StartGateway

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = ["plain", "high", "yellow-on-black", "black-on-yellow"]


async def accessible(page: Page, state: str) -> None:
    """No rule is broken. The page's policy lets no foreign script in: the page must be opened with `bypass_csp`."""
    results = await Axe().run(page, options=RULES)
    broken = [(each["id"], [node["html"] for node in each["nodes"]]) for each in results.response["violations"]]
    assert not broken, (state, broken)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PORTRAIT, DESKTOP], ids=["phone", "desktop"])
async def test_every_state_of_a_listener_is_accessible(
    opened: Open, talk: Talk, redis: Redis, scheme: str, size: dict[str, int]
) -> None:
    await offers_voices(redis)
    page = await opened(f"/listen/{talk.code}", color_scheme=scheme, viewport=size, bypass_csp=True)
    await expect(page.locator("#listen")).to_be_visible()
    await accessible(page, "before joining")
    await joined(page)
    await accessible(page, "waiting")
    await talk.writes("Buenos días", sourceText="Good morning")
    await talk.writes("", outcome="skipped", reason="deadline")
    await talk.writes("", outcome="skipped", reason="jump")
    await talk.revises(talk.said, "Tarde", sourceText="Late")
    await talk.mumbles("Y ahora")
    await expect(page.locator("#captions .partial")).to_be_visible()
    await expect(page.locator("#captions .late")).to_be_visible()
    await accessible(page, "live")
    await page.locator("#pause").click()
    await expect(page.locator("#live")).to_be_visible()
    await accessible(page, "paused")
    await page.locator("#language").click()
    await accessible(page, "languages")
    await page.keyboard.press("Escape")
    await page.locator("#openSettings").click()
    await expect(page.locator("#voice")).to_be_visible()
    await accessible(page, "settings")
    await page.locator("#original").check()
    for colours in COLOURS:
        await page.locator("#colours").select_option(colours)
        await page.keyboard.press("Escape")
        await accessible(page, colours)
        await page.locator("#openSettings").click()
    await page.locator("#openHelp").click()
    await accessible(page, "help")
    await page.keyboard.press("Escape")
    await talk.ends()
    await expect(page.locator("#end")).to_be_visible()
    await accessible(page, "ended")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_page_that_asks_for_a_pin_or_finds_nothing_is_accessible(
    opened: Open, connect: Connect, redis: Redis, scheme: str
) -> None:
    talk = await new_talk(connect, redis, listeners="pin", pin="4711")
    options: dict[str, Any] = {"color_scheme": scheme, "bypass_csp": True}
    page = await opened(f"/listen/{talk.code}", **options)
    await page.locator("#pin").fill("1")
    await page.locator("#listen").click()
    await expect(page.locator("#pinWrong")).not_to_be_empty()
    await accessible(page, "wrong pin")
    page = await opened("/listen/no-such-000", **options)
    await expect(page.locator("#end")).to_be_visible()
    await accessible(page, "no session")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_page_that_asks_for_the_key_or_shows_what_an_ended_session_keeps_is_accessible(
    opened: Open, start_gateway: StartGateway, connect: Connect, redis: Redis, scheme: str
) -> None:
    gateway = await start_gateway(auth="secret", speaker_key=KEY)
    talk = await new_talk(lambda: connect(gateway), redis, token=KEY, listeners="signed-in")
    await talk.says(2, "en")
    await talk.ends("en")
    page = await opened(f"/listen/{talk.code}", "en", at=gateway.url, color_scheme=scheme, bypass_csp=True)
    for key, state in (("wrong", "key"), (KEY, "wrong key")):
        await expect(page.get_by_label("Key", exact=True)).to_be_focused()
        await accessible(page, state)
        await page.keyboard.type(key)
        await page.keyboard.press("Enter")
        if key == "wrong":
            await expect(page.get_by_role("alert").first).to_contain_text("not the key")
    await expect(page.locator("#captions > div")).to_have_count(2)
    await expect(page.locator("#takeLanguage")).to_be_visible()
    await accessible(page, "ended, with its text")


@pytest.mark.parametrize("edge", ["outline", "box"])
async def test_the_overlay_is_accessible(opened: Open, talk: Talk, edge: str) -> None:
    page = await opened(f"/overlay/{talk.code}?language=es&edge={edge}&debug", "es", viewport=DESKTOP, bypass_csp=True)
    await expect(page.locator("#debug")).to_have_text("Conectado")
    await talk.writes("Buenos días")
    await expect(page.locator("#lines p")).to_have_text(["Buenos días"])
    await accessible(page, edge)


async def test_everything_can_be_done_by_keyboard(opened: Open, talk: Talk) -> None:
    page = await opened(f"/listen/{talk.code}", "en")
    await expect(page.locator("#listen")).to_be_visible()
    await tab_to(page, "#pick")
    await page.keyboard.press("Enter")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        await page.keyboard.press(key)
    await expect(page.locator("#picked")).to_have_text("español")
    await expect(page.locator("#pick")).to_be_focused()
    await tab_to(page, "#listen")
    await page.keyboard.press("Enter")
    await expect(page.locator("#state")).to_have_attribute("data-kind", "live")
    await tab_to(page, "#pause")
    await page.keyboard.press("Space")
    await expect(page.locator("#pause use")).to_have_attribute("href", "#i-play")
    await tab_to(page, "#openSettings")
    await page.keyboard.press("Enter")
    await tab_to(page, "#bigger")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.locator("#openSettings")).to_be_focused()


async def test_keys_do_what_the_help_says(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 1)
    captions = page.locator("#captions")
    size = "box => parseFloat(getComputedStyle(box).fontSize)"
    before = await captions.evaluate(size)
    await page.keyboard.press("+")
    assert await captions.evaluate(size) > before
    await page.keyboard.press("-")
    assert await captions.evaluate(size) == before
    await page.keyboard.press("m")
    await expect(page.locator("#sound use")).to_have_attribute("href", "#i-silent")
    await page.keyboard.press("Space")
    await expect(page.locator("#live")).to_be_visible()
    await page.keyboard.press("l")
    await expect(page.locator("#live")).to_be_hidden()
    await page.keyboard.press("?")
    assert await page.locator("#help kbd").all_inner_texts() == ["Espacio", "L", "M", "+", "-", "?"]
    await page.locator("#keys").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("m")
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_be_hidden()
    await expect(page.locator("#sound use")).to_have_attribute("href", "#i-silent")


async def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until something has the focus."""
    for _ in range(30):
        if await page.evaluate("wanted => document.activeElement?.matches(wanted)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached")
