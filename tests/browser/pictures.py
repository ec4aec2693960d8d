"""Takes the pictures of the README: real speech into a real page, on a `dragoman up` that runs already.

    python -m tests.browser.pictures [http://127.0.0.1:8080]

It needs a Chromium; the pictures go to docs/pictures.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, Page, ViewportSize

from tests.browser.chromium import with_microphone

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SPOKEN = ("goforward.wav", "cards_003.wav", "go_somewhere.wav")
PHONE, DESKTOP = ViewportSize(width=390, height=700), ViewportSize(width=1180, height=820)
CAPTIONS = "document.querySelectorAll('#captions > *').length >= 6"


async def opened(chromium: Browser, url: str, size: ViewportSize, locale: str, dark: bool = False) -> Page:
    """A page of a device."""
    context = await chromium.new_context(
        viewport=size, locale=locale, color_scheme="dark" if dark else "light", bypass_csp=True
    )
    page = await context.new_page()
    await page.goto(url)
    return page


async def take(chromium: Browser, url: str) -> None:
    """Speaks, listens twice, and keeps what is to be seen then."""
    speaker = await opened(chromium, f"{url}/speak", DESKTOP, "en-GB")
    await speaker.locator("#subject").fill("Town council")
    await speaker.get_by_role("button", name="Start", exact=True).click()
    await speaker.locator("#code:not(:empty)").wait_for()
    code = await speaker.locator("#code").text_content()
    phones = {
        "listen": await opened(chromium, f"{url}/listen/{code}", PHONE, "es"),
        "listen-dark": await opened(chromium, f"{url}/listen/{code}", PHONE, "ca", dark=True),
    }
    for page in phones.values():
        await page.locator("#listen").click()
    for page in phones.values():
        await page.wait_for_function(CAPTIONS, timeout=60_000)
    for name, page in (phones | {"speak": speaker}).items():
        await page.screenshot(path=PICTURES / f"{name}.png")


async def main(url: str) -> None:
    """Everything, in a browser of its own."""
    with TemporaryDirectory() as folder:
        async with with_microphone(Path(folder), *SPOKEN) as chromium:
            await take(chromium, url)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"))
