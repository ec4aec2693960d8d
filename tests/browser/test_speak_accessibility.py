"""The speaker's and the landing page keep WCAG 2.2 AA in every state, and can be used with the keyboard alone."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import captions_channel
from tests.browser.speaking import (
    ASKS,
    KEEPS_STREAMS,
    Open,
    skipped,
    speaking,
    started,
    way_of,
    workers_are_done,
)
from tests.chaos.door import Door
from tests.gateway.client import Connect
from tests.gateway.client import joined as joined_session
from tests.gateway.publisher import Publisher, caption, session_id_of

__all__ = ["speaking"]

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
DESKTOP = {"width": 1280, "height": 900}


async def assert_accessible(page: Page) -> None:
    """No violation, in light and in dark."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found: dict[str, Any] = (await Axe().run(page, options=WCAG)).response
        broken = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]]
        assert broken == [], (scheme, broken)


async def test_before_the_start(speaking: Open) -> None:
    page = await speaking(script=ASKS)
    await expect(page.locator("#language option")).to_have_count(1)
    await assert_accessible(page)
    await page.get_by_role("button", name="Allow the microphone").click()
    await expect(page.locator("#checking")).to_be_visible()
    await page.locator("#setup summary").click()
    await page.get_by_label("Who may listen").select_option("pin")
    await assert_accessible(page)


@pytest.mark.parametrize(
    "script", [KEEPS_STREAMS.replace("refused = false", "refused = true"), "delete window.AudioContext"]
)
async def test_without_a_microphone(speaking: Open, script: str) -> None:
    page = await speaking(script=script)
    await expect(page.locator("#notice")).to_be_visible()
    await assert_accessible(page)


async def test_without_a_secure_connection(speaking: Open) -> None:
    page = await speaking(script="Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    await expect(page.locator("#notice")).to_be_visible()
    await assert_accessible(page)


async def test_while_a_session_runs(speaking: Open, gateway: Gateway, connect: Connect, redis: Redis) -> None:
    way = way_of(gateway)
    async with Door(lambda: way) as door:
        page = await speaking(door.url)
        code = await started(page)
        floor = Publisher(redis, captions_channel(await session_id_of(redis, code), "en"))
        await joined_session(await connect(), code, "es")
        await floor.final(1, caption(1, "had he married", language="en"))
        await floor.final(2, skipped(2, 7000))
        await floor.partial(caption(3, "a more", language="en", final=False))
        await expect(page.locator("#captions .partial")).to_be_visible()
        await expect(page.locator("#warnings li")).to_be_visible()
        await expect(page.locator("#audience li")).to_be_visible()
        await assert_accessible(page)
        await page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        await assert_accessible(page)
        for press, state in (("#mute", "muted"), ("#pause", "paused")):
            await page.locator(press).click()
            await expect(page.locator("#state")).to_have_attribute("data-state", state)
            await assert_accessible(page)
        way.clear()
        door.reset()
        await expect(page.locator("#state")).to_have_attribute("data-state", "lost")
        await expect(page.locator("#state-means")).to_have_text("Nothing is heard or translated until you go on.")
        await assert_accessible(page)


async def test_the_dialogs_and_the_end(speaking: Open, redis: Redis) -> None:
    page = await speaking()
    code = await started(page)
    await page.locator("#show-big").click()
    await assert_accessible(page)
    await page.get_by_role("button", name="Close").click()
    await page.locator("#end").click()
    await assert_accessible(page)
    await page.get_by_role("button", name="End the session").click()
    await expect(page.locator("#state")).to_have_attribute("data-state", "ending")
    await assert_accessible(page)
    await workers_are_done(redis, code)
    await expect(page.locator("#over")).to_be_visible()
    await assert_accessible(page)


async def test_after_a_reload(speaking: Open) -> None:
    page = await speaking()
    page.on("dialog", lambda dialog: dialog.accept())
    await started(page)
    await page.reload()
    await expect(page.locator("#again")).to_be_visible()
    await assert_accessible(page)


async def test_a_session_is_held_with_the_keyboard_alone(speaking: Open, redis: Redis) -> None:
    page = await speaking()
    await expect(page.locator("#checking")).to_be_visible()
    await press_until(page, "#start")
    await page.keyboard.press("Enter")
    await expect(page.locator("#state")).to_have_attribute("data-state", "live")
    code = await page.locator("#code").text_content()
    assert code
    await press_until(page, "#pause")
    await page.keyboard.press("Space")
    await expect(page.locator("#state")).to_have_attribute("data-state", "paused")
    await page.keyboard.press("Space")
    await expect(page.locator("#state")).to_have_attribute("data-state", "live")
    await press_until(page, "#end")
    await page.keyboard.press("Enter")
    await press_until(page, "#ask-end button[value=end]")
    await page.keyboard.press("Enter")
    await workers_are_done(redis, code)
    await expect(page.locator("#over-title")).to_be_focused()


async def press_until(page: Page, selector: str) -> None:
    """Presses Tab until an element has the focus, which can be seen on every way there."""
    for _ in range(40):
        if await page.locator(selector).evaluate("each => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
        seen = "getComputedStyle(document.activeElement).outlineStyle"
        assert await page.evaluate(f"document.activeElement === document.body || {seen} !== 'none'")
    raise AssertionError(f"{selector} is not reached")
