"""What the speaker's page sends: all that the microphone plays, once and in its place, whatever happens to the line."""

from playwright.async_api import Page, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.audio import SAMPLE_RATE
from tests.browser.heard import SPEECH, Samples, arrived, joined, places, speech
from tests.browser.speaking import Open, speaking, spoken, started, way_of, workers_are_done
from tests.browser.test_speak_accessibility import assert_accessible
from tests.chaos.door import Door
from tests.gateway.client import StartGateway

__all__ = ["speaking"]

FRAME = 1600
KEY = "the-key-that-the-tests-speakers-have"
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


async def assert_whole(page: Page, said: Samples, kafka: str, redis: Redis) -> None:
    """All that was said arrives: a frame that was missing or twice would move what follows by 1,600 samples."""
    await spoken(page, len(said) / SAMPLE_RATE + 2)
    code = await page.locator("#code").text_content()
    audio = await arrived(kafka, redis, code or "", len(said) + SAMPLE_RATE)
    found = places(said, joined(audio))
    assert max(found) - min(found) < FRAME / 2, found
    captured_ms, media_ms = audio[-1].captured_at - audio[0].captured_at, audio[-1].position / 16
    # frames that a busy page got up to a second late count as jitter; of another rate the times would be multiples
    assert abs(captured_ms - media_ms) < 1_500, (captured_ms, media_ms)


async def test_what_is_said_arrives_whole(speaking: Open, kafka: str, redis: Redis) -> None:
    page = await speaking()
    await started(page)
    await assert_whole(page, FIRST, kafka, redis)


async def test_where_the_browser_cannot_give_16_khz_the_page_resamples(
    speaking: Open, kafka: str, redis: Redis
) -> None:
    page = await speaking(script=ONLY_48_KHZ)
    await started(page)
    await assert_whole(page, FIRST, kafka, redis)


async def test_a_connection_that_is_cut_in_mid_speech_loses_no_word(
    speaking: Open, gateway: Gateway, kafka: str, redis: Redis
) -> None:
    way = way_of(gateway)
    async with Door(lambda: way) as door:
        page = await speaking(door.url)
        await started(page)
        await spoken(page, 2)
        door.silence()  # what is sent now arrives nowhere, and nobody is told
        await spoken(page, 4)
        door.reset()
        await spoken(page, 6)
        way.clear()
        door.reset()
        await expect(page.locator("#state-name")).to_have_text("Connection lost")
        await spoken(page, 8)
        way += way_of(gateway)
        await expect(page.locator("#state-name")).to_have_text("Live")
        await assert_whole(page, SAID, kafka, redis)
        await expect(page.locator("#warnings li")).to_have_count(0)


async def test_pause_mute_and_end_are_where_they_were_pressed(speaking: Open, kafka: str, redis: Redis) -> None:
    page = await speaking()
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


async def test_whoever_needs_a_key_comes_back_with_a_new_ticket(
    speaking: Open, start_gateway: StartGateway, kafka: str, redis: Redis
) -> None:
    guarded = await start_gateway(auth="secret", speaker_key=KEY)
    async with Door(lambda: way_of(guarded)) as door:
        page = await speaking(door.url)
        await page.get_by_label("Speaker key").fill(KEY)
        await assert_accessible(page)
        await page.get_by_label("Speaker key").press("Enter")
        await started(page)
        await spoken(page, 2)
        door.reset()
        await assert_whole(page, FIRST, kafka, redis)
        await expect(page.locator("#state-name")).to_have_text("Live")
