"""The landing page in a real Chromium, on a real gateway."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from gateway.gateway import Gateway
from tests.browser.test_speak_accessibility import DESKTOP, assert_accessible
from tests.gateway.client import Connect, created


async def landing(browser: Browser, gateway: Gateway, locale: str = "en-GB") -> Page:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale=locale)
    page = await context.new_page()
    await page.goto(gateway.url)
    await expect(page.locator("#go")).not_to_be_empty()
    return page


async def test_a_code_is_taken_however_it_is_typed(browser: Browser, gateway: Gateway, connect: Connect) -> None:
    code, _ = await created(await connect())
    for typed in (code.replace("-", " ").upper(), f"  {gateway.url}/listen/{code} "):
        page = await landing(browser, gateway)
        await page.get_by_label("Session code").fill(typed)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/listen/{code}")


@pytest.mark.parametrize("typed", ["calm-otter-100", "no code at all", "ü/../x"])
async def test_an_unknown_code_is_told_before_the_page_is_left(browser: Browser, gateway: Gateway, typed: str) -> None:
    page = await landing(browser, gateway)
    await page.get_by_label("Session code").fill(typed)
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_role("alert")).to_have_text(re.compile("There is no session with the code"))
    await expect(page.get_by_label("Session code")).to_be_focused()


async def test_it_leads_to_the_speakers_page(browser: Browser, gateway: Gateway) -> None:
    page = await landing(browser, gateway)
    await page.get_by_role("link", name="Start a session").click()
    await page.wait_for_url("**/speak")


async def test_it_speaks_the_readers_language_and_remembers_another(browser: Browser, gateway: Gateway) -> None:
    page = await landing(browser, gateway, "fr-CA")
    await expect(page.get_by_role("heading", name="Rejoindre une session")).to_be_visible()
    await page.get_by_label("Langue de cette page").select_option("es")
    await expect(page.get_by_role("heading", name="Unirse a una sesión")).to_be_visible()
    await page.goto(f"{gateway.url}/speak")
    await expect(page.locator("html")).to_have_attribute("lang", "es")


async def test_it_leads_to_what_this_service_is(browser: Browser, gateway: Gateway) -> None:
    page = await landing(browser, gateway, "de-AT")
    await page.get_by_role("link", name="Über diesen Dienst").click()
    await page.wait_for_url("**/about")
    await expect(page.get_by_role("heading", name="Was gespeichert wird, und wie lange")).to_be_visible()
    await expect(page.locator("#times")).to_contain_text("24 Stunden")
    await expect(page.locator("#works")).to_contain_text("Jörg Tiedemann")
    await expect(page.get_by_role("link", name="Die Lizenz")).to_have_attribute("href", re.compile("licenses/by/4.0"))
    await assert_accessible(page)
    await page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    await assert_accessible(page)
    await page.get_by_label("Sprache dieser Seite").select_option("fr")
    await expect(page.get_by_role("heading", name="Modèles et licences")).to_be_visible()


async def test_it_is_accessible(browser: Browser, gateway: Gateway) -> None:
    page = await landing(browser, gateway)
    await assert_accessible(page)
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_role("alert")).to_have_text("Type the code of the session first.")
    await page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    await assert_accessible(page)
