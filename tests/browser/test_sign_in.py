"""Signing in on a page, in a real Chromium: with a key, and at a real issuer by code and proof key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from gateway.gateway import Gateway
from tests.gateway.access.conftest import KEY, issuer, trusting
from tests.gateway.client import StartGateway
from tests.issuer import Issuer

__all__ = ["issuer"]

PATH = "/trial"
"""No page of the gateway, which then answers with its own headers and a line of text: the script makes a page of it."""
SCRIPT = """
if (location.pathname === "/trial") addEventListener("DOMContentLoaded", async () => {
  document.title = "Trial";
  document.body.innerHTML = `<main><h1>Trial</h1><div id="who" hidden></div>
    <p id="state" role="status">asking</p></main>`;
  const { loadTexts } = await import("/static/texts/texts.js");
  const { admitted, credential, protocols } = await import("/static/access/access.js");
  await loadTexts();
  await admitted(document.querySelector("#who"));
  window.credential = credential;
  window.create = async () => {
    const socket = new WebSocket(`ws://${location.host}/ws`, await protocols());
    return new Promise((resolve) => {
      socket.onclose = ({ code }) => resolve({ code: `closed with ${code}` });
      socket.onopen = () => socket.send(JSON.stringify({ action: "createSession", sourceLanguage: "en" }));
      socket.onmessage = (event) => resolve(JSON.parse(event.data));
    });
  };
  document.querySelector("#state").textContent = "admitted";
});
"""

Visit = Callable[[Gateway, str], Awaitable[Page]]


@pytest_asyncio.fixture
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Opens a page that uses the module, under the gateway's own policy."""
    context = await browser.new_context(locale="en-GB")
    await context.add_init_script(SCRIPT)
    complaints: list[str] = []

    async def open_page(gateway: Gateway, search: str = "") -> Page:
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
        await page.goto(f"{gateway.url}{PATH}{search}")
        return page

    yield open_page
    await context.close()
    assert not complaints


async def creates(page: Page) -> dict[str, Any]:
    """What the gateway answers a page that creates a session with a ticket."""
    await expect(page.locator("#state")).to_have_text("admitted")
    answer: dict[str, Any] = await page.evaluate("create()")
    return answer


async def violations(page: Page) -> list[str]:
    """What axe finds wrong for people who do not see, or use no mouse."""
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = await Axe().run(page, options=options)
    return [violation["id"] for violation in found.response["violations"]]


async def test_where_anyone_may_speak_nobody_is_asked(gateway: Gateway, visit: Visit) -> None:
    page = await visit(gateway, "")
    assert (await creates(page))["type"] == "sessionCreated"
    await expect(page.locator("#who")).to_be_hidden()


async def test_a_key_is_asked_for_until_it_is_the_right_one_and_kept_in_the_tab(
    start_gateway: StartGateway, visit: Visit
) -> None:
    page = await visit(await start_gateway(auth="secret", speaker_key=KEY), "")
    await expect(page.get_by_label("Speaker key")).to_be_focused()
    assert await violations(page) == []
    for wrong in ("wrong", "schlüssel €"):
        await page.keyboard.type(wrong)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("not the key")
        await expect(page.get_by_label("Speaker key")).to_be_focused()
    assert await violations(page) == []
    await page.keyboard.type(KEY)
    await page.keyboard.press("Enter")
    assert (await creates(page))["type"] == "sessionCreated"
    await page.reload()
    assert (await creates(page))["type"] == "sessionCreated"


async def test_a_person_signs_in_at_the_issuer_and_speaks(
    start_gateway: StartGateway, issuer: Issuer, visit: Visit
) -> None:
    issuer.claims = {"realm": {"roles": ["speaker"]}}
    gateway = await start_gateway(**trusting(issuer))
    page = await visit(gateway, "?language=es")
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Sign in").click()
    assert (await creates(page))["type"] == "sessionCreated"
    assert page.url == f"{gateway.url}{PATH}?language=es"  # no code in it
    await page.reload()
    assert (await creates(page))["type"] == "sessionCreated"
    assert [path for path in issuer.asked if "token" in path] == ["/realm/token authorization_code"]


async def test_a_token_that_is_about_to_end_is_renewed_without_leaving_the_page(
    start_gateway: StartGateway, issuer: Issuer, visit: Visit
) -> None:
    issuer.claims, issuer.lives_s = {"realm": {"roles": ["speaker"]}}, 15.0
    page = await visit(await start_gateway(**trusting(issuer)), "")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#state")).to_have_text("admitted")
    first, second = await page.evaluate("credential()"), await page.evaluate("credential()")
    assert first != second
    assert (await creates(page))["type"] == "sessionCreated"
    assert "/realm/token refresh_token" in issuer.asked


async def test_a_code_that_somebody_sent_in_a_link_signs_nobody_in(
    start_gateway: StartGateway, issuer: Issuer, visit: Visit
) -> None:
    """Else a person would speak in the name of whoever sent the link."""
    gateway = await start_gateway(**trusting(issuer))
    page = await visit(gateway, "?code=stolen&state=made-up")
    await expect(page.get_by_role("alert")).to_contain_text("not started here")
    assert page.url == f"{gateway.url}{PATH}"
    assert not [path for path in issuer.asked if "token" in path]


async def test_a_person_without_the_role_is_told_by_the_gateway(
    start_gateway: StartGateway, issuer: Issuer, visit: Visit
) -> None:
    page = await visit(await start_gateway(**trusting(issuer)), "")
    await page.get_by_role("button", name="Sign in").click()
    assert (await creates(page))["code"] == "forbidden"


async def test_an_issuer_that_is_away_is_said_and_can_be_tried_again(
    start_gateway: StartGateway, issuer: Issuer, visit: Visit
) -> None:
    await issuer.stop()
    gateway = await start_gateway(ready=False, **trusting(issuer))
    page = await visit(gateway, "")
    await expect(page.get_by_role("alert")).to_contain_text("not possible right now")
    await issuer.start()
    again, sign_in = page.get_by_role("button", name="Try again"), page.get_by_role("button", name="Sign in")
    while not await sign_in.is_visible():
        if await again.is_visible():
            await again.click()
        await page.wait_for_timeout(100)
    await sign_in.click()
    await expect(page.locator("#state")).to_have_text("admitted")
