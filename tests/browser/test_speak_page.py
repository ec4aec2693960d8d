"""The speaker's page in a real Chromium whose microphone plays recorded human speech, on a real gateway."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Dialog, Page, async_playwright, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.audio import SAMPLE_RATE
from schemas.channels import captions_channel
from tests.browser.conftest import CHROMIUM, QUIET, SANDBOX
from tests.browser.heard import SPEECH, Samples, arrived, joined, microphone_file, places, speech
from tests.chaos.door import Address, Door
from tests.gateway.client import Connect
from tests.gateway.client import joined as joined_session
from tests.gateway.publisher import Publisher, caption, ended, session_id_of

PHONE = {"width": 390, "height": 844}
FRAME = 1600
FAKE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
SAID = speech(*SPEECH)
FIRST = speech(SPEECH[0])
ONLY_48_KHZ = """
const Browsers = AudioContext;
window.AudioContext = class extends Browsers {
  constructor(options) {
    if (options?.sampleRate) throw new DOMException("", "NotSupportedError");
    super({ sampleRate: 48000 });
  }
};
"""
KEEPS_STREAMS = """
window.refused = false;
window.streams = [];
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  if (refused) throw new DOMException("", "NotFoundError");
  streams.push(await ask(wanted));
  return streams.at(-1);
};
"""
ASKS = "navigator.permissions.query = async () => ({ state: 'prompt' })"
REFUSED = KEEPS_STREAMS.replace("refused = false", "refused = true").replace("NotFoundError", "%s")

Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture
async def speaking_browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser whose microphone plays the speech once, then silence, from each time that it is opened."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    plays = f"--use-file-for-fake-audio-capture={microphone_file(tmp_path, *SPEECH)}%noloop"
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*SANDBOX, *QUIET, *FAKE, plays])
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture
async def opened(speaking_browser: Browser, gateway: Gateway) -> AsyncIterator[Open]:
    """Opens the speaker's page on a phone; at the end no page has complained."""
    complaints: list[str] = []

    async def open_page(url: str = "", locale: str = "en-GB", script: str = "") -> Page:
        context = await speaking_browser.new_context(viewport=PHONE, locale=locale)  # type: ignore[arg-type]
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if script:
            await page.add_init_script(script)
        await page.goto((url or gateway.url) + "/speak")
        return page

    yield open_page
    for context in speaking_browser.contexts:
        await context.close()
    assert complaints == []


async def started(page: Page) -> str:
    """Presses Start; the code of the session that is live then."""
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator("#state-name")).to_have_text("Live")
    code = await page.locator("#code").text_content()
    assert code
    return code


async def spoken(page: Page, seconds: float) -> None:
    """Waits until so much was said."""
    await page.wait_for_function(
        """wanted => document.querySelector('#time').textContent.split(':')
            .reduce((all, each) => 60 * all + Number(each), 0) >= wanted""",
        arg=seconds,
    )


def way_of(gateway: Gateway) -> list[Address]:
    """What a door lets through to: emptied, it lets nobody in."""
    return [("127.0.0.1", int(gateway.url.rsplit(":", 1)[1]))]


async def workers_are_done(redis: Redis, code: str) -> None:
    """The last captions are out: the gateway closes the session's sockets."""
    floor = captions_channel(await session_id_of(redis, code), "en")
    await Publisher(redis, floor).final(2**40, ended(code))


def skipped(segment: int, ms: int) -> bytes:
    """A caption of speech that was skipped, because recognition was too far behind."""
    members = json.loads(caption(segment, "", language="en"))
    return json.dumps(members | {"outcome": "skipped", "reason": "jump", "startMs": 0, "endMs": ms}).encode()


async def assert_whole(page: Page, said: Samples, kafka: str, redis: Redis) -> None:
    """All that was said arrives: a frame that was missing or twice would move what follows by 1,600 samples."""
    await spoken(page, len(said) / SAMPLE_RATE + 2)
    code = await page.locator("#code").text_content()
    audio = await arrived(kafka, redis, code or "", len(said) + SAMPLE_RATE)
    found = places(said, joined(audio))
    assert max(found) - min(found) < FRAME / 2, found
    captured_ms, media_ms = audio[-1].captured_at - audio[0].captured_at, audio[-1].position / 16
    assert abs(captured_ms - media_ms) < 500, (captured_ms, media_ms)


async def test_what_is_said_arrives_whole(opened: Open, kafka: str, redis: Redis) -> None:
    page = await opened()
    await started(page)
    await assert_whole(page, FIRST, kafka, redis)


async def test_where_the_browser_cannot_give_16_khz_the_page_resamples(opened: Open, kafka: str, redis: Redis) -> None:
    page = await opened(script=ONLY_48_KHZ)
    await started(page)
    await assert_whole(page, FIRST, kafka, redis)


async def test_a_connection_that_is_cut_in_mid_speech_loses_no_word(
    opened: Open, gateway: Gateway, kafka: str, redis: Redis
) -> None:
    way = way_of(gateway)
    async with Door(lambda: way) as door:
        page = await opened(door.url)
        await started(page)
        await spoken(page, 3)
        door.reset()
        await spoken(page, 5)
        way.clear()
        door.reset()
        await expect(page.locator("#state-name")).to_have_text("Connection lost")
        await spoken(page, 8)
        way += way_of(gateway)
        await expect(page.locator("#state-name")).to_have_text("Live")
        await assert_whole(page, SAID, kafka, redis)
        await expect(page.locator("#warnings li")).to_have_count(0)


async def test_pause_mute_and_end_are_where_they_were_pressed(opened: Open, kafka: str, redis: Redis) -> None:
    page = await opened()
    code = await started(page)
    state, button = page.locator("#state-name"), page.get_by_role("button")
    await spoken(page, 2)
    await button.filter(has_text="Mute").click()
    await expect(state).to_have_text("Muted")
    await spoken(page, 4)
    await button.filter(has_text="Unmute").click()
    await expect(state).to_have_text("Live")
    await spoken(page, 5)
    await button.filter(has_text="Pause").click()
    await expect(state).to_have_text("Paused")
    await button.filter(has_text="Go on").click()
    await spoken(page, 6)
    await page.locator("#end").click()
    await page.get_by_role("button", name="End the session").click()
    await workers_are_done(redis, code)
    await expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    found = await arrived(kafka, redis, code)
    marks = [(each.kind, each.position) for each in found if each.kind != "frame"]
    assert [kind for kind, _ in marks] == ["mute", "pause", "end"]
    heard = joined(found)
    assert not heard[marks[0][1] : marks[0][1] + SAMPLE_RATE].any()
    assert heard[marks[1][1] - FRAME :].any()


async def test_after_a_reload_the_session_goes_on(opened: Open, kafka: str, redis: Redis) -> None:
    page = await opened()
    warned: list[str] = []

    async def leave(dialog: Dialog) -> None:
        warned.append(dialog.type)
        await dialog.accept()

    page.on("dialog", leave)
    code = await started(page)
    await spoken(page, 2)
    await page.reload()
    assert warned == ["beforeunload"]
    await page.get_by_role("button", name="Go on").click()
    await expect(page.locator("#state-name")).to_have_text("Live")
    await expect(page.locator("#code")).to_have_text(code)
    before = len(joined(await arrived(kafka, redis, code, 2 * SAMPLE_RATE)))
    await spoken(page, 5)
    assert len(joined(await arrived(kafka, redis, code, before + 2 * SAMPLE_RATE))) > before


async def test_a_session_can_be_left_for_a_new_one_after_a_reload(opened: Open) -> None:
    page = await opened()
    page.on("dialog", lambda dialog: dialog.accept())
    code = await started(page)
    await page.reload()
    await page.get_by_role("button", name="Start a new session").click()
    assert await started(page) != code


async def test_a_speaker_who_goes_on_elsewhere_is_told_here(opened: Open, connect: Connect) -> None:
    page = await opened()
    code = await started(page)
    token = await page.evaluate("JSON.parse(sessionStorage.getItem('dragoman.speaking')).token")
    await (await connect()).ask("resumeSession", sessionId=code, speakerToken=token)
    await expect(page.locator("#over-text")).to_have_text(re.compile("another window"))


async def test_the_speaker_sees_listeners_captions_and_what_is_wrong(
    opened: Open, connect: Connect, redis: Redis
) -> None:
    page = await opened()
    code = await started(page)
    await joined_session(await connect(), code, "es")
    await expect(page.locator("#audience-count")).to_have_text("1 person is listening.")
    await expect(page.locator("#audience li")).to_have_text(re.compile("español"))
    floor = Publisher(redis, captions_channel(await session_id_of(redis, code), "en"))
    await floor.final(1, caption(1, "had he married", language="en"))
    await expect(page.locator("#captions p")).to_have_text("had he married")
    await floor.final(2, skipped(2, 7000))
    await expect(page.locator("#warnings li")).to_have_text(re.compile("7 s of what you said were skipped"))


async def test_the_link_can_be_copied_and_shown_big(opened: Open) -> None:
    page = await opened()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = await started(page)
    await page.get_by_role("button", name="Copy the link").click()
    await expect(page.locator("#copied")).to_have_text("The link is copied.")
    assert (await page.evaluate("navigator.clipboard.readText()")).endswith(f"/listen/{code}")
    await page.get_by_role("button", name="Show big").click()
    await expect(page.locator("#big-code")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#big-code")).to_be_hidden()


async def test_without_a_secure_connection_the_page_says_why_there_is_no_microphone(opened: Open) -> None:
    page = await opened(script="Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    await expect(page.get_by_role("heading")).to_have_text("No microphone without a secure connection")
    await expect(page.locator("#command")).to_contain_text("dragoman speak - --url http://127.0.0.1")
    await expect(page.locator("#setup")).to_be_hidden()


@pytest.mark.parametrize(
    ("error", "heading"),
    [
        ("NotAllowedError", "The microphone is not allowed"),
        ("NotFoundError", "No microphone was found"),
        ("NotReadableError", "The microphone cannot be used"),
    ],
)
async def test_a_microphone_that_cannot_be_had_is_explained(opened: Open, error: str, heading: str) -> None:
    page = await opened(script=REFUSED % error)
    await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    await page.evaluate("refused = false")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("#notice")).to_be_hidden()
    await expect(page.locator("#microphone option").first).to_have_text(re.compile("Fake"))


async def test_a_microphone_that_is_unplugged_is_said_and_taken_again(opened: Open) -> None:
    page = await opened(script=KEEPS_STREAMS)
    await started(page)
    await page.evaluate("refused = true; streams.at(-1).getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    await expect(page.locator("#warnings li")).to_have_text(re.compile("Your microphone is gone"))
    await page.evaluate("refused = false; navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    await expect(page.locator("#warnings li")).to_have_count(0)
    said = await page.locator("#time").text_content()
    await expect(page.locator("#time")).not_to_have_text(said or "")


async def test_the_check_before_the_start_shows_how_loud_it_is(opened: Open) -> None:
    page = await opened()
    await expect(page.locator("#check-hint")).to_have_text("Your voice is clear.")
    assert await page.locator("#live").is_hidden()


async def test_a_pin_is_asked_of_listeners(opened: Open, connect: Connect) -> None:
    page = await opened()
    await page.locator("#setup summary").click()
    await page.get_by_label("Who may listen").select_option("pin")
    await page.get_by_label("PIN for your listeners").fill("2468")
    code = await started(page)
    refused = await (await connect()).ask("joinSession", sessionId=code, targetLanguage="es")
    assert refused["type"] == "error"
    await joined_session(await connect(), code, "es", pin="2468")


async def test_whoever_cannot_start_is_told_why_and_can_try_again(opened: Open, gateway: Gateway) -> None:
    way = way_of(gateway)
    async with Door(lambda: way) as door:
        page = await opened(door.url)
        await expect(page.locator("#check-hint")).not_to_be_empty()
        way.clear()
        door.reset()
        await page.get_by_role("button", name="Start", exact=True).click()
        await expect(page.locator("#problem")).to_have_text(re.compile("cannot be reached"))
        way += way_of(gateway)
        await started(page)


async def test_a_server_that_is_away_is_not_taken_for_a_broken_microphone(opened: Open, gateway: Gateway) -> None:
    way = way_of(gateway)
    async with Door(lambda: way) as door:
        page = await opened(door.url, script=ASKS)
        await expect(page.locator("#language option")).to_have_count(1)
        way.clear()
        door.reset()
        await page.get_by_role("button", name="Allow the microphone").click()
        await expect(page.get_by_role("heading", name="The server cannot be reached")).to_be_visible()
        way += way_of(gateway)
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator("#check-hint")).not_to_be_empty()


@pytest.mark.parametrize("language", ["es", "de", "fr"])
async def test_the_page_speaks_the_readers_language_or_the_chosen_one(opened: Open, language: str) -> None:
    title = {"es": "Hablar", "de": "Sprechen", "fr": "Parler"}[language]
    page = await opened(locale=language)
    await expect(page.get_by_role("heading", name=title)).to_be_visible()
    await page.locator("#interface").select_option("en")
    await expect(page.get_by_role("heading", name="Speak")).to_be_visible()
