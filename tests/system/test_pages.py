"""One page speaks, two others read and hear it in their languages: real speech, real engines, a real browser."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from dragoman.client.listener import Listener
from dragoman.measure.hearing import ListenerNotes
from schemas.socket import JoinSession
from tests.browser.chromium import with_microphone
from tests.browser.sound import TAP, Samples, heard, place, played, shifts_ms
from tests.browser.speaking import PHONE
from tests.browser.talk import joined, shows
from tests.system.machine import Machine

pytestmark = pytest.mark.system

GAP_MS = 20
SPOKEN = (
    "goforward.wav",
    "go_somewhere.wav",
    "librivox_0930.wav",
    "cards_005.wav",
    "librivox_0920.wav",
    "librivox_0870.wav",
)
"""So many that none is said twice before the test is over: on the tape it could be taken for the other."""
SENTENCES = 2
FINALS = "#captions [lang={}]"


@pytest_asyncio.fixture
async def chromium(tmp_path: Path) -> AsyncIterator[Browser]:
    """Its microphone hears these sentences over and over."""
    async with with_microphone(tmp_path, *SPOKEN) as browser:
        yield browser


async def speaks(chromium: Browser, url: str) -> tuple[Page, str]:
    """The speaker's page, live, and its code."""
    page = await (await chromium.new_context(viewport=PHONE, locale="en-GB")).new_page()  # type: ignore[arg-type]
    await page.goto(f"{url}/speak")
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator("#state-name")).to_have_text("Live")
    return page, await page.locator("#code").text_content() or ""


async def listens(chromium: Browser, url: str, code: str, language: str) -> Page:
    """A listener's page on a phone set to `language`, whose sound is written down."""
    context = await chromium.new_context(viewport=PHONE, locale=language, bypass_csp=True)  # type: ignore[arg-type]
    await context.add_init_script(TAP)
    page = await context.new_page()
    await page.goto(f"{url}/listen/{code}")
    return await joined(page)


async def note(url: str, code: str, hearing: ListenerNotes) -> None:
    """What was published for a language, as a client without a page gets it."""
    join = JoinSession(session_id=code, target_language=hearing.language, formats=("pcm16",))
    async with Listener(url, join) as listener:
        async for message in listener.messages():
            hearing.note(message)


def segments(hearing: ListenerNotes) -> list[Samples]:
    """The speech that was published, a piece for each segment."""
    sound: dict[int, bytes] = {}
    for _, part in hearing.speech:
        sound[part.header.segment] = sound.get(part.header.segment, b"") + part.audio
    return [np.frombuffer(pcm, "<i2") / 32768 for _, pcm in sorted(sound.items()) if pcm]


async def test_one_page_speaks_and_two_read_and_hear_it_in_their_languages(stack: Machine, chromium: Browser) -> None:
    url = stack.run["url"]
    speaker, code = await speaks(chromium, url)
    hearings = [ListenerNotes("es"), ListenerNotes("ca")]
    notes = [asyncio.create_task(note(url, code, hearing)) for hearing in hearings]
    pages = [await listens(chromium, url, code, hearing.language) for hearing in hearings]
    await expect(speaker.locator("#audience-count")).to_contain_text("4")
    for page, language in zip(pages, ("es", "ca"), strict=True):
        await shows(page, "least => document.querySelectorAll('#captions > div').length >= least", SENTENCES)
        assert await page.locator(FINALS.format(language)).count() >= SENTENCES
        await heard(page, 2 * SENTENCES)
    await speaker.locator("#end").click()
    await speaker.locator("#ask-end").get_by_role("button").last.click()
    for page in pages:
        await expect(page.locator("#end")).to_be_visible(timeout=120_000)
    await asyncio.gather(*notes)
    for page, hearing in zip(pages, hearings, strict=True):
        tape, published = await played(page), segments(hearing)
        whole = [speech for speech in published if len(shifts_ms(speech, tape)) > 3][:SENTENCES]
        assert len(whole) == SENTENCES
        for speech in whole:
            assert max(map(abs, shifts_ms(speech, tape))) < GAP_MS
        assert all(before < after for before, after in pairwise(place(speech, tape) for speech in whole))
