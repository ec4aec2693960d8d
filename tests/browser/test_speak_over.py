"""What a speaker can do with a session that has ended: take its text along, look at it, delete it."""

import asyncio
import re

from playwright.async_api import Page, Route, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from tests.browser.speaking import Open, speaking, started, workers_are_done
from tests.browser.test_speak_accessibility import assert_accessible
from tests.dragoman.transcripts.spoken import transcript
from tests.gateway.client import StartGateway
from tests.gateway.spoken_session import end, say, session_of

__all__ = ["speaking"]

PIN = "Öl 24"


async def over(page: Page, at: Gateway, redis: Redis, kafka: str, pin: str = "") -> str:
    """Speaks in a session, and ends it."""
    if pin:
        await page.locator("#setup summary").click()
        await page.get_by_label("Who may listen").select_option("pin")
        await page.get_by_label("PIN for your listeners").fill(pin)
    code = await started(page)
    await say(kafka, await session_of(at, code), transcript(0, "Had he married?"), end("en", 0))
    await page.locator("#end").click()
    await page.get_by_role("button", name="End the session").click()
    await expect(page.locator("#state")).to_have_attribute("data-state", "ending")
    await workers_are_done(redis, code)
    await expect(page.locator("#over-title")).to_be_focused()
    return code


async def test_the_text_is_taken_along_and_the_session_deleted(
    speaking: Open, gateway: Gateway, redis: Redis, kafka: str
) -> None:
    page = await speaking()
    code = await over(page, gateway, redis, kafka, PIN)
    await assert_accessible(page)
    await page.locator("#remains summary").click()
    await page.get_by_label("Times of subtitles").select_option("wall")
    await page.get_by_label("Add to each time").fill("60")
    for name, form, holds in (
        ("Text", "en.txt", "Had he married?"),
        ("Subtitles", "en.srt", "00:01:00,000 -->"),
        ("WebVTT", "en.vtt", "WEBVTT"),
        ("JSON", "en.json", '"wallStartMs": 60000'),
    ):
        async with page.expect_download() as download:
            await page.get_by_role("button", name=name, exact=True).click()
        taken = await download.value
        assert re.search(rf"\.20\d\d-\d\d-\d\d\.{form}$", taken.suggested_filename)
        assert holds in await asyncio.to_thread((await taken.path()).read_text)
    link = page.get_by_role("link", name="What your listeners see")
    await expect(link).to_have_attribute("href", re.compile(f"/listen/{code}$"))
    delete = page.get_by_role("button", name="Delete this session")
    await page.locator("#removal summary").click()
    await delete.click()
    await page.get_by_role("button", name="Keep it").click()
    await delete.click()
    await assert_accessible(page)
    await page.get_by_role("button", name="Delete it").click()
    await expect(page.locator("#over-said")).to_have_text(re.compile(r"The session is deleted.* 20\d\d"))
    await expect(page.locator("#over-title")).to_be_focused()
    await expect(delete).to_be_hidden()
    assert (await page.request.get(f"{gateway.url}/api/sessions/{code}")).status == 404


async def test_where_no_text_is_given_away_the_speaker_is_told(
    speaking: Open, start_gateway: StartGateway, redis: Redis, kafka: str
) -> None:
    silent = await start_gateway(transcripts=False)
    page = await speaking(silent.url)
    await over(page, silent, redis, kafka)
    await page.get_by_role("button", name="Text", exact=True).click()
    await expect(page.locator("#over-said")).to_have_text("The server gives the text of this session to nobody.")
    asked: list[str] = []

    async def cut(route: Route) -> None:
        asked.append(route.request.method)
        await route.abort()

    await page.route("**/api/sessions/*", cut)
    await page.locator("#removal summary").click()
    await page.get_by_role("button", name="Delete this session").click()
    await page.get_by_role("button", name="Delete it").click()
    await expect(page.locator("#over-said")).to_have_text(re.compile("That did not work"))
    await page.get_by_role("button", name="Delete this session").click()
    await page.keyboard.press("Escape")  # which is not what was answered the last time
    await page.get_by_role("button", name="Text", exact=True).click()
    await expect(page.locator("#over-said")).to_have_text("The server gives the text of this session to nobody.")
    assert asked == ["DELETE"]
