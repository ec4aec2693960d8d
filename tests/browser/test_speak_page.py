"""The speaker's page on a real gateway: what it shows, and what it does when something is in the way."""

import re

import pytest
from playwright.async_api import Dialog, Route, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.audio import SAMPLE_RATE
from schemas.channels import captions_channel, lag_key
from tests.browser.heard import arrived, joined
from tests.browser.speaking import (
    ASKS,
    KEEPS_STREAMS,
    REFUSED,
    Open,
    skipped,
    speaking,
    spoken,
    started,
    way_of,
)
from tests.chaos.door import Door
from tests.gateway.client import Connect, eventually
from tests.gateway.client import joined as joined_session
from tests.gateway.publisher import Publisher, caption, session_id_of
from tests.gateway.spoken_session import session_of
from tests.gateway.stopped_log import stop_log

__all__ = ["speaking"]

KEEPS_CONTEXTS = """
window.contexts = [];
const Browsers = AudioContext;
window.AudioContext = class extends Browsers {
  constructor(...options) {
    super(...options);
    contexts.push(this);
  }
};
"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9H0z"/></svg>'


async def test_after_a_reload_the_session_goes_on(speaking: Open, kafka: str, redis: Redis) -> None:
    page = await speaking()
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
    await expect(page.get_by_role("heading", level=1)).to_have_text(code)
    await expect(page.locator("#state-name")).to_have_text("Live")
    await expect(page.locator("#code")).to_have_text(code)
    before = len(joined(await arrived(kafka, redis, code, 2 * SAMPLE_RATE)))
    await spoken(page, 5)
    assert len(joined(await arrived(kafka, redis, code, before + 2 * SAMPLE_RATE))) > before


async def test_a_closed_tab_loses_no_session(speaking: Open, gateway: Gateway) -> None:
    """Another one of this browser goes on with it, as does another device by its private link."""
    page = await speaking()
    code = await started(page)
    await page.close()
    again = await page.context.new_page()
    await again.goto(gateway.url + "/speak")
    await expect(again.get_by_role("heading", level=1)).to_have_text(f"Go on with “{code}”?")
    await again.get_by_role("button", name="Go on").click()
    await expect(again.locator("#state-name")).to_have_text("Live")

    await again.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await again.locator("#move summary").click()
    await expect(again.locator("#move img")).to_be_visible()
    await again.get_by_role("button", name="Copy the private link").click()
    await expect(again.locator("#move [role=status]")).to_have_text("The link is copied.")
    link = await again.evaluate("navigator.clipboard.readText()")
    other = await speaking()
    await other.goto(link)
    await other.reload()  # only what follows the # differs
    await expect(other.locator("#again-text")).to_have_text(re.compile("open in another window"))
    assert await other.evaluate("location.hash") == ""
    await other.get_by_role("button", name="Go on").click()
    await expect(other.locator("#state-name")).to_have_text("Live")
    await expect(again.locator("#over-text")).to_have_text(re.compile("another window"))


async def test_a_session_that_is_over_is_not_offered_again(speaking: Open, connect: Connect) -> None:
    page = await speaking()
    code = await started(page)
    token = await page.evaluate("JSON.parse(localStorage.getItem('dragoman.speaking')).token")
    await page.close()
    other = await connect()
    await other.ask("resumeSession", sessionId=code, speakerToken=token)
    await other.ask("endSession", sessionId=code)
    again = await page.context.new_page()
    await again.goto(page.url)
    await expect(again.get_by_role("heading", level=1)).to_have_text("Speak")


async def test_the_page_changes_its_language_while_somebody_speaks(speaking: Open) -> None:
    page = await speaking()
    page.on("dialog", lambda dialog: pytest.fail(dialog.type))
    await started(page)
    await page.evaluate("window.same = true")
    await page.locator("#interface").select_option("de")
    await expect(page.locator("#pause")).to_have_text("Pause")
    await expect(page.locator("#end")).to_have_text("Beenden")
    await expect(page.locator("#audience-count")).to_have_text(re.compile("Noch"))
    await expect(page).to_have_title(re.compile("^Live "))
    assert await page.evaluate("window.same")


async def test_start_leaves_the_focus_on_nothing_that_a_stray_key_presses(speaking: Open) -> None:
    page = await speaking()
    await started(page)
    await expect(page.locator("#live-title")).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.locator("#state-name")).to_have_text("Live")


async def test_a_line_on_which_nothing_comes_back_is_lost_at_once(speaking: Open, gateway: Gateway) -> None:
    way = way_of(gateway)
    async with Door(lambda: way) as door:
        page = await speaking(door.url)
        await started(page)
        await spoken(page, 1)
        door.silence()
        # whom no sign of life reaches at all is told after 15 s
        await expect(page.locator("#state-name")).to_have_text("Connection lost", timeout=12_000)
        door.let_pass()
        await expect(page.locator("#state-name")).to_have_text("Live")


async def test_a_session_can_be_left_for_a_new_one_after_a_reload(speaking: Open, gateway: Gateway) -> None:
    page = await speaking()
    page.on("dialog", lambda dialog: dialog.accept())
    code = await started(page)
    await page.reload()
    await page.get_by_role("button", name="Start a new session").click()

    async def ended() -> bool:
        return bool((await session_of(gateway, code)).state == "ended")

    await eventually(ended)
    assert await started(page) != code


async def test_a_speaker_who_goes_on_elsewhere_is_told_here(speaking: Open, connect: Connect) -> None:
    page = await speaking()
    code = await started(page)
    token = await page.evaluate("JSON.parse(localStorage.getItem('dragoman.speaking')).token")
    await (await connect()).ask("resumeSession", sessionId=code, speakerToken=token)
    await expect(page.locator("#over-text")).to_have_text(re.compile("another window"))


async def test_the_speaker_sees_listeners_captions_and_what_is_wrong(
    speaking: Open, connect: Connect, redis: Redis
) -> None:
    page = await speaking()
    code = await started(page)
    await joined_session(await connect(), code, "es")
    await expect(page.locator("#audience-count")).to_have_text("1 person is listening.")
    await expect(page.locator("#audience li")).to_have_text(re.compile("español"))
    floor = Publisher(redis, captions_channel(await session_id_of(redis, code), "en"))
    await floor.final(1, caption(1, "had he married", language="en"))
    await expect(page.locator("#captions p")).to_have_text("had he married")
    await floor.final(2, skipped(2, 7000))
    await expect(page.locator("#warnings li")).to_have_text(re.compile("7 s of what you said were skipped"))
    await redis.hset(lag_key(await session_id_of(redis, code)), mapping={"transcribe": 1200, "broadcast": 300})
    await expect(page.locator("#lag")).to_have_text("2 s behind your words")


async def test_a_speaker_whose_words_cannot_be_kept_reads_so_until_they_are(speaking: Open, gateway: Gateway) -> None:
    """As while the server's disk is full."""
    page = await speaking()
    await started(page)
    await expect(page.locator("#state-means")).to_have_text("You are being heard.")
    stopped = stop_log(gateway)
    await expect(page.locator("#warnings li")).to_have_text(re.compile("keep nothing at the moment"), timeout=20_000)
    await expect(page.locator("#state-means")).to_have_text(re.compile("What you say is not safe yet"))
    stopped.go_on()
    await expect(page.locator("#warnings li")).to_have_count(0)
    await expect(page.locator("#state-means")).to_have_text("You are being heard.")


async def test_the_link_can_be_copied_shared_and_shown_big(speaking: Open) -> None:
    page = await speaking(script="navigator.share = async (what) => { window.shared = what; };")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = await started(page)
    await expect(page.get_by_text("Phones cannot open this link")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text(code)  # it has no title
    await page.get_by_role("button", name="Copy the link").click()
    await expect(page.locator("#copied")).to_have_text("The link is copied.")
    assert (await page.evaluate("navigator.clipboard.readText()")).endswith(f"/listen/{code}")
    await page.get_by_role("button", name="Share…").click()
    assert (await page.evaluate("shared.url")).endswith(f"/listen/{code}")
    await page.get_by_role("button", name="Full screen").click()
    await expect(page.locator("#big-code")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#big-code")).to_be_hidden()


@pytest.mark.parametrize(("answer", "shown"), [(PICTURE, True), ("{}", False)])
async def test_the_picture_is_shown_if_there_is_one(speaking: Open, answer: str, shown: bool) -> None:
    page = await speaking()
    await page.route("**/qr.svg", lambda route: route.fulfill(body=answer, content_type="image/svg+xml"))
    await started(page)
    await expect(page.locator("#link")).to_be_visible()
    for picture in ("#qr", "#big-qr"):
        await expect(page.locator(picture)).to_have_js_property("complete", True)
        await expect(page.locator(picture)).to_have_js_property("hidden", not shown)


async def test_without_a_secure_connection_the_page_says_why_there_is_no_microphone(
    speaking: Open, gateway: Gateway
) -> None:
    page = await speaking(script="Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    await expect(page.get_by_role("heading")).to_have_text("No microphone without a secure connection")
    await expect(page.locator("#command")).to_contain_text(".venv/bin/dragoman speak - --url http://127.0.0.1")
    port = gateway.url.rpartition(":")[2]
    await expect(page.get_by_role("link", name="localhost")).to_have_attribute("href", f"http://localhost:{port}/speak")
    await expect(page.locator("#setup")).to_be_hidden()


@pytest.mark.parametrize(
    ("error", "heading"),
    [
        ("NotAllowedError", "The microphone is not allowed"),
        ("NotFoundError", "No microphone was found"),
        ("NotReadableError", "The microphone cannot be used"),
    ],
)
async def test_a_microphone_that_cannot_be_had_is_explained(speaking: Open, error: str, heading: str) -> None:
    page = await speaking(script=REFUSED % error)
    await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    await page.evaluate("refused = false")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("#notice")).to_be_hidden()
    await expect(page.locator("#microphone option").first).to_have_text(re.compile("Fake"))


async def test_a_microphone_that_is_unplugged_is_said_and_taken_again(speaking: Open) -> None:
    page = await speaking(script=KEEPS_STREAMS)
    await started(page)
    await page.evaluate("refused = true; streams.at(-1).getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    await expect(page.locator("#warnings li")).to_have_text(re.compile("Your microphone is gone"))
    await page.evaluate("refused = false; navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    await expect(page.locator("#warnings li")).to_have_text(re.compile("It is back"))
    said = await page.locator("#time").text_content()
    await expect(page.locator("#time")).not_to_have_text(said or "")


async def test_a_microphone_that_a_phone_call_took_is_opened_anew_and_listeners_see_the_gap(
    speaking: Open, connect: Connect
) -> None:
    page = await speaking(script=KEEPS_CONTEXTS)
    code = await started(page)
    listener = await connect()
    await joined_session(listener, code, "es")
    await spoken(page, 1)
    interrupted = "contexts.at(-1)"
    await page.evaluate(f"{interrupted}.resume = async () => {{}}; {interrupted}.suspend()")
    await expect(page.locator("#warnings li")).to_have_text(re.compile("microphone was gone for a moment"))
    assert (await listener.of_type("speakerState"))["state"] == "muted"
    assert (await listener.of_type("speakerState"))["state"] == "live"
    said = await page.locator("#time").text_content()
    await expect(page.locator("#time")).not_to_have_text(said or "")
    assert await page.evaluate("contexts.filter(({ state }) => state !== 'closed').length") == 1


async def test_the_check_before_the_start_shows_how_loud_it_is(speaking: Open) -> None:
    page = await speaking(script=KEEPS_CONTEXTS)
    await expect(page.locator("#check-hint")).to_have_text("Your voice is clear.")
    assert await page.locator("#live").is_hidden()
    await page.evaluate("contexts.at(-1).resume = async () => {}; contexts.at(-1).suspend()")  # no frames any more
    await expect(page.locator("#check-hint")).to_have_text("Say something: the bar should move.")
    await expect(page.locator("#check")).to_have_attribute("aria-valuenow", "0")


async def test_a_pin_is_asked_of_listeners(speaking: Open, connect: Connect) -> None:
    page = await speaking()
    await page.locator("#setup summary").click()
    await page.get_by_label("Who may listen").select_option("pin")
    await page.get_by_label("PIN for your listeners").fill(" 246 ")
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator("#problem")).to_have_text("The PIN needs at least 4 characters.")
    await page.get_by_label("PIN for your listeners").fill(" 2468 ")
    code = await started(page)
    refused = await (await connect()).ask("joinSession", sessionId=code, targetLanguage="es")
    assert refused["type"] == "error"
    await joined_session(await connect(), code, "es", pin="2468")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.reload()
    await page.get_by_role("button", name="Go on").click()
    await expect(page.locator(".invite .pin")).to_have_text(re.compile("PIN 2468"))
    await page.get_by_role("button", name="Full screen").click()
    await expect(page.locator("#projector .pin")).to_have_text(re.compile("PIN 2468"))


async def test_whoever_cannot_start_is_told_why_and_can_try_again(speaking: Open, gateway: Gateway) -> None:
    way = way_of(gateway)
    async with Door(lambda: way) as door:
        page = await speaking(door.url)
        await expect(page.locator("#check-hint")).not_to_be_empty()
        way.clear()
        door.reset()
        await page.get_by_role("button", name="Start", exact=True).click()
        await expect(page.locator("#problem")).to_have_text(re.compile("cannot be reached"))
        way += way_of(gateway)
        await started(page)


async def test_a_server_that_is_away_is_not_taken_for_a_broken_microphone(speaking: Open, gateway: Gateway) -> None:
    way = way_of(gateway)
    async with Door(lambda: way) as door:
        page = await speaking(door.url, script=ASKS)
        await expect(page.locator("#language option")).to_have_count(1)
        way.clear()
        door.reset()
        await page.get_by_role("button", name="Allow the microphone").click()
        await expect(page.get_by_role("heading", name="The server cannot be reached")).to_be_visible()
        way += way_of(gateway)
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator("#check-hint")).not_to_be_empty()


async def test_languages_are_asked_for_until_there_are_some(speaking: Open) -> None:
    page = await speaking(script=ASKS)
    offered: list[str] = []

    async def answer(route: Route) -> None:
        await (route.fulfill(body=offered[0], content_type="application/json") if offered else route.abort())

    await page.route("**/api/languages", answer)
    await page.reload()
    await expect(page.locator("#language-none")).to_have_text(re.compile("cannot be reached"))
    offered.append('{"sourceLanguages": {}}')
    await expect(page.locator("#language-none")).to_have_text(re.compile("still starting"))
    offered[0] = '{"sourceLanguages": {"en": [{"language": "es"}]}}'
    await expect(page.locator("#language option")).to_have_count(1)
    await expect(page.locator("#language-none")).to_be_hidden()


@pytest.mark.parametrize("language", ["es", "de", "fr"])
async def test_the_page_speaks_the_readers_language_or_the_chosen_one(speaking: Open, language: str) -> None:
    title = {"es": "Hablar", "de": "Sprechen", "fr": "Parler"}[language]
    page = await speaking(locale=language)
    await expect(page.get_by_role("heading", name=title)).to_be_visible()
    await page.locator("#interface").select_option("en")
    await expect(page.get_by_role("heading", name="Speak")).to_be_visible()
