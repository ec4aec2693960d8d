"""Every page in a browser that lets nobody store anything: the mere mention of a storage throws."""

from playwright.async_api import Browser, expect

from tests.browser.speaking import Open as OpenSpeaker
from tests.browser.speaking import speaking, started
from tests.browser.talk import Open, Talk, joined
from tests.gateway.access.conftest import KEY
from tests.gateway.client import StartGateway

__all__ = ["speaking"]

FORBIDDING = "".join(
    f"Object.defineProperty(window, '{name}', {{ get() {{ throw new Error('SecurityError'); }} }});"
    for name in ("localStorage", "sessionStorage")
)


async def test_the_landing_page_leads_to_a_session(opened: Open, talk: Talk) -> None:
    page = await opened("/", "en-GB", before=FORBIDDING)
    await page.get_by_label("Language of this page").select_option("de")
    await page.locator("#code").fill(talk.code)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/listen/{talk.code}")


async def test_captions_come(opened: Open, talk: Talk) -> None:
    page = await opened(f"/listen/{talk.code}", before=FORBIDDING)
    await expect(page.locator("#picked")).to_have_text("español")
    await joined(page)
    await talk.writes("uno")
    await expect(page.locator("#captions")).to_contain_text("uno")


async def test_the_overlay_shows_captions(opened: Open, talk: Talk) -> None:
    page = await opened(f"/overlay/{talk.code}?debug&language=es", "en", before=FORBIDDING)
    await expect(page.locator("#debug")).to_have_text("Connected")
    await talk.writes("uno")
    await expect(page.locator("#lines p")).to_have_text(["uno"])


async def test_a_speaker_speaks(speaking: OpenSpeaker) -> None:
    page = await speaking(script=FORBIDDING)
    assert await started(page)


async def test_whoever_has_a_key_signs_in(browser: Browser, start_gateway: StartGateway) -> None:
    gateway = await start_gateway(auth="secret", speaker_key=KEY)
    page = await browser.new_page(locale="en-GB")
    await page.add_init_script(FORBIDDING)
    await page.goto(f"{gateway.url}/speak")
    await page.get_by_label("Speaker key").fill(KEY)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
