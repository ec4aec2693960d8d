"""How the speaker's page looks where there is little room, or much."""

import pytest
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from schemas.channels import captions_channel
from tests.browser.speaking import KEEPS_STREAMS, Open, speaking
from tests.gateway.publisher import Publisher, caption, session_id_of

__all__ = ["speaking"]

WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 320, "height": 568}
FITS = "each => each.scrollWidth <= each.clientWidth"


async def live(page: Page) -> str:
    """Presses Start, whatever it is called; the code."""
    await page.locator("#start").click()
    await expect(page.locator("#state")).to_have_attribute("data-state", "live")
    return await page.locator("#code").text_content() or ""


async def test_why_there_is_no_microphone_comes_into_view(speaking: Open) -> None:
    page = await speaking(script=KEEPS_STREAMS)
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    await expect(page.locator("#language option")).to_have_count(1)
    await expect(page.locator("#checking")).to_be_visible()
    await page.evaluate("refused = true; streams.at(-1).getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    await page.locator("#start").click()
    await expect(page.locator("#notice-title")).to_be_focused()
    await expect(page.locator("#notice-text")).to_be_in_viewport(ratio=1)
    await page.evaluate("refused = false")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("#microphone")).to_be_focused()


async def test_before_the_start_head_and_foot_are_as_wide_as_the_card(speaking: Open) -> None:
    page = await speaking()
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    await expect(page.locator("#setup")).to_be_visible()
    lefts = "all => all.map(each => each.getBoundingClientRect().left)"
    brand, card, foot = await page.locator(".brand, #setup, .bottom").evaluate_all(lefts)
    assert brand == card == foot


@pytest.mark.parametrize("language", ["de", "es", "fr"])
async def test_the_controls_hold_their_words(speaking: Open, language: str) -> None:
    page = await speaking(locale=language)
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    await live(page)
    for press in ("#mute", "#pause"):
        for button in ("#mute", "#pause", "#end"):
            assert await page.locator(button).evaluate(FITS), (button, await page.locator(button).text_content())
        await page.locator(press).click()
    await expect(page.locator("#state")).to_have_attribute("data-state", "paused")
    assert await page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


async def test_no_line_of_the_own_captions_is_cut(speaking: Open, redis: Redis) -> None:
    page = await speaking()
    code = await live(page)
    floor = Publisher(redis, captions_channel(await session_id_of(redis, code), "en"))
    for segment in range(1, 12):
        await floor.final(segment, caption(segment, f"{segment} " + "words " * segment, language="en"))
    box = page.locator("#captions")
    await expect(box.locator("p")).to_have_count(11)
    tops = """box => [...box.children].flatMap(each => [...each.getClientRects()])
        .map(each => each.top - box.getBoundingClientRect().top)"""
    assert await box.evaluate("each => each.scrollTop") > 0
    heights = await box.evaluate(
        "each => [each.clientHeight, parseFloat(getComputedStyle(each.children[0]).lineHeight)]"
    )
    lines = heights[0] / heights[1]
    assert abs(lines - round(lines)) < 0.1, lines
    starts = [top / heights[1] for top in await box.evaluate(tops)]
    assert all(abs(start - round(start)) < 0.1 for start in starts), starts
