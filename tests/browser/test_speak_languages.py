"""What a speaker sees of the language: detected, changed, and another one than the chosen."""

import re

import pytest_asyncio
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import captions_channel
from tests.browser.speaking import Open, speaking, started
from tests.browser.talk import Open as OpenListener
from tests.browser.talk import joined, new_talk, opened
from tests.browser.test_speak_accessibility import assert_accessible
from tests.gateway.client import Connect
from tests.gateway.found_out import followed, found_out, hear_more
from tests.gateway.publisher import Publisher, caption, session_id_of

__all__ = ["opened", "speaking"]


@pytest_asyncio.fixture(autouse=True)
async def abilities(redis: Redis) -> None:
    await hear_more(redis)


async def chosen(page: Page, language: str) -> str:
    """Starts in a language; the session's code."""
    await page.locator("#language").select_option(language)
    return await started(page)


async def test_the_language_can_be_detected_and_that_choice_is_remembered(speaking: Open, redis: Redis) -> None:
    page = await speaking()
    await expect(page.locator("#language option").first).to_have_text("Detect the language")
    await expect(page.locator("#language")).to_have_value("en")
    code = await chosen(page, "auto")
    await expect(page.locator("#spoken")).to_have_value("auto")
    await expect(page.locator("#spoken-means")).to_have_text("Finding out which language you speak…")
    session_id = await session_id_of(redis, code)
    await Publisher(redis, captions_channel(session_id, "es")).final(0, caption(0, "Buenos días."))
    await found_out(redis, code, "es")
    await expect(page.locator("#spoken")).to_have_value("es")
    await expect(page.locator("#spoken-means")).to_have_text("Spanish was detected.")
    await expect(page.locator("#captions")).to_contain_text("Buenos días.")
    await assert_accessible(page)
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.get_by_role("button", name="Start a new session").click()
    await expect(other.locator("#language")).to_have_value("auto")


async def test_a_language_that_nothing_translates_stands_last_and_says_so(speaking: Open) -> None:
    page = await speaking()
    hint = page.locator("#language-none")
    await expect(page.locator("#language option")).to_have_text(
        ["Detect the language", "English", "español", re.compile("swahili", re.IGNORECASE)]
    )
    await expect(hint).to_have_text("")
    await page.locator("#language").select_option("sw")
    await expect(hint).to_contain_text("Nothing translates from this language here")
    await assert_accessible(page)
    await page.locator("#language").select_option("es")
    await expect(hint).to_have_text("")


async def test_who_speaks_another_language_than_the_chosen_one_is_told_and_changes_with_one_press(
    speaking: Open, gateway: Gateway, redis: Redis
) -> None:
    page = await speaking()
    code = await chosen(page, "en")
    session_id = await session_id_of(redis, code)
    await followed(gateway, session_id, "en")
    floor = Publisher(redis, captions_channel(session_id, "en"))
    for n in range(4):
        times = {"startMs": n * 6_000, "endMs": n * 6_000 + 6_000}
        await floor.final(n * 96_000, caption(n * 96_000, "Wenus", language="en", heardLanguage="es", **times))
    warning = page.locator("#warnings li")
    await expect(warning).to_have_text(re.compile("You seem to speak Spanish"))
    await assert_accessible(page)
    await warning.get_by_role("button", name="Change to Spanish").click()
    await expect(warning).to_have_count(0)
    await expect(page.locator("#spoken")).to_have_value("es")
    await followed(gateway, session_id, "es")


async def test_the_language_can_be_changed_at_any_time_and_is_there_after_a_reload(
    speaking: Open, gateway: Gateway, redis: Redis
) -> None:
    page = await speaking()
    page.on("dialog", lambda dialog: dialog.accept())
    code = await chosen(page, "en")
    await page.locator("#spoken").select_option("sw")
    await followed(gateway, await session_id_of(redis, code), "sw")
    await page.reload()
    await page.get_by_role("button", name="Go on").click()
    await expect(page.locator("#spoken")).to_have_value("sw")


async def test_a_listener_sees_which_language_is_spoken_and_that_theirs_cannot_be_had(
    opened: OpenListener, connect: Connect, redis: Redis
) -> None:
    talk = await new_talk(connect, redis, sourceLanguage="auto")
    page = await joined(await opened(f"/listen/{talk.code}", locale="fr-FR"))
    await expect(page.locator("#language")).to_contain_text("français")
    await found_out(redis, talk.code, "es")
    await expect(page.locator("#notice")).to_contain_text("pas de traduction de español vers français")
    await page.locator("#language").click()
    rows = page.locator("#languages button[data-language]")
    assert [await row.get_attribute("data-language") for row in await rows.all()] == ["es", "ca", "en"]
    await rows.nth(0).click()
    await talk.writes("Buenos días.", "es")
    await expect(page.locator("#captions")).to_contain_text("Buenos días.")


async def test_who_speaks_none_of_the_languages_reads_whatever_is_spoken(
    opened: OpenListener, connect: Connect, redis: Redis
) -> None:
    talk = await new_talk(connect, redis, sourceLanguage="auto")
    page = await joined(await opened(f"/listen/{talk.code}", locale="ja-JP"))
    await expect(page.locator("#language")).to_contain_text("As it is spoken")
    await talk.writes("Buenos días.", "es")
    await found_out(redis, talk.code, "es")
    await expect(page.locator("#captions")).to_contain_text("Buenos días.")
    await expect(page.locator("#language")).to_contain_text("español")
