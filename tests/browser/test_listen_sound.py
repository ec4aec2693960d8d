"""What a listener really hears: real speech through the page, measured in the audio graph."""

import re

import numpy as np
import pytest
from playwright.async_api import Page, expect

from schemas.audio import SAMPLE_RATE
from tests.browser.sound import (
    TAP,
    Samples,
    heard,
    parts_of,
    place,
    played,
    sample,
    shifts_ms,
    silent,
    speak,
    speak_part,
)  # fmt: skip
from tests.browser.talk import Open, Talk, joined, shows

GAP_MS = 20
LOUD = 0.02
# no block came since the last look
STANDS_STILL = "(() => { const before = tape.seen; tape.seen = tape.blocks.length; return before === tape.seen; })()"
AS_IT_IS = "localStorage.setItem('dragoman.listen', JSON.stringify({ catchUp: false }));"
NO_OPUS = "HTMLMediaElement.prototype.canPlayType = () => '';"


async def hearing(opened: Open, talk: Talk, before: str = AS_IT_IS) -> Page:
    """A page that hears, and whose sound is written down; by itself it plays nothing faster."""
    page = await opened(f"/listen/{talk.code}", before=TAP + before, bypass_csp=True)  # the tap is a worklet of its own
    await joined(page)
    await shows(page, "tape.ready")
    return page


@pytest.mark.parametrize(("audio_format", "before"), [("ogg-opus", ""), ("pcm16", NO_OPUS)])
async def test_a_segment_in_parts_sounds_as_one(opened: Open, talk: Talk, audio_format: str, before: str) -> None:
    page = await hearing(opened, talk, before)
    speech = sample("librivox_0870.wav")
    await speak(talk, 1, speech, audio_format)
    await heard(page, 1)
    await silent(page)
    shifts = shifts_ms(speech, await played(page))
    assert len(shifts) > 40
    assert max(map(abs, shifts)) < GAP_MS


async def test_segments_are_heard_in_order_and_a_hole_stops_nothing(opened: Open, talk: Talk) -> None:
    page = await hearing(opened, talk)
    first, third = sample("librivox_0930.wav"), sample("goforward.wav")
    await speak(talk, 1, first)
    await talk.speaks(2, 0, b"", last=True, format="", outcome="skipped", reason="deadline")
    await speak(talk, 3, third)
    await heard(page, 1)
    await silent(page)
    sound = await played(page)
    for speech in (first, third):
        assert max(map(abs, shifts_ms(speech, sound))) < GAP_MS
    gap_s = (place(third, sound) - place(first, sound) - len(first)) / SAMPLE_RATE
    assert abs(gap_s) * 1000 < GAP_MS


async def test_a_pause_stops_in_the_middle_of_a_word_and_loses_nothing(opened: Open, talk: Talk) -> None:
    page = await hearing(opened, talk)
    speech = sample("librivox_0930.wav")
    await speak(talk, 1, speech[: SAMPLE_RATE * 2 // 10 * 7], goes_on=True)
    await heard(page, 0.3)
    await page.keyboard.press("Space")
    await talk.speaker.until(lambda message: message["type"] == "listenersChanged" and message["paused"] == 1)
    await shows(page, STANDS_STILL)
    await speak(talk, 1, speech, first=2)
    await kept(page, parts_of(speech))
    assert await page.evaluate(STANDS_STILL)
    await page.keyboard.press("Space")
    await talk.speaker.until(lambda message: message["type"] == "listenersChanged" and message["paused"] == 0)
    await heard(page, 1)
    await silent(page)
    assert max(map(abs, shifts_ms(speech, await played(page)))) < GAP_MS


async def test_a_pause_is_shown_as_long_as_it_lasts_and_the_way_back_until_it_is_caught_up(
    opened: Open, talk: Talk
) -> None:
    page = await hearing(opened, talk)
    await page.locator("#pause").click()
    await expect(page.locator("#state")).to_have_text("Voz en pausa")
    await talk.writes("sigue")
    await expect(page.locator("#delay")).to_be_hidden()
    first, second = sample("librivox_0870.wav"), sample("librivox_0930.wav")
    await speak(talk, 1, first)
    await speak(talk, 2, second)
    await kept(page, parts_of(first) + parts_of(second))
    await page.locator("#pause").click()
    await expect(page.locator("#state")).to_have_text("En directo")
    await expect(page.locator("#live")).to_be_visible()
    await heard(page, 1)
    await silent(page)
    await expect(page.locator("#live")).to_be_hidden()


async def test_what_is_late_is_caught_up_a_little_faster_and_that_is_shown(opened: Open, talk: Talk) -> None:
    page = await hearing(opened, talk, "")
    await page.locator("#pause").click()
    first, second = sample("librivox_0870.wav"), sample("librivox_0930.wav")
    await speak(talk, 1, first)
    await speak(talk, 2, second)
    await kept(page, parts_of(first) + parts_of(second))
    await talk.writes("ya")  # else the page would say in a while that none comes
    await expect(page.locator("#captions .final")).to_have_text("ya")
    await page.locator("#pause").click()
    await expect(page.locator("#delay")).to_have_text(re.compile("recuperando"))
    await heard(page, 1)
    await silent(page)
    sound = await played(page)
    assert max(map(abs, shifts_ms(second, sound))) < GAP_MS, "nothing waits behind it"
    began = int(np.argmax(np.abs(sound) > LOUD)) - int(np.argmax(np.abs(first) > LOUD))
    rate = len(first) / (place(second, sound) - began)
    assert 1.05 < rate < 1.15, "all of it but the first 2 s, which had their time before the second one came"


async def test_a_jump_to_live_leaves_out_what_waits(opened: Open, talk: Talk) -> None:
    page = await hearing(opened, talk)
    await page.locator("#pause").click()
    old = sample("librivox_0930.wav")
    await speak(talk, 1, old)
    await kept(page, parts_of(old))
    await page.keyboard.press("l")
    await expect(page.locator("#live")).to_be_hidden()
    newest = sample("goforward.wav")
    await speak(talk, 2, newest)
    await heard(page, 0.5)
    await silent(page)
    sound = await played(page)
    assert max(map(abs, shifts_ms(newest, sound))) < GAP_MS
    assert not np.any(np.abs(sound[: max(0, place(newest, sound) - SAMPLE_RATE // 10)]) > LOUD)


async def test_a_long_pause_keeps_the_last_half_minute_and_says_what_is_gone(opened: Open, talk: Talk) -> None:
    page = await hearing(opened, talk)
    await page.locator("#pause").click()
    words = [sample("librivox_0870.wav"), sample("librivox_0920.wav"), sample("librivox_0930.wav")]
    for segment in range(9):
        await speak_part(talk, segment, 0, words[segment % 3], last=True)
    await expect(page.locator("#notice")).to_contain_text("30")
    await kept(page, 9)
    newest = kept_of([words[segment % 3] for segment in range(9)])
    await page.locator("#pause").click()
    await expect(page.locator("#notice")).to_contain_text("descartado")
    await heard(page, 2)
    begun = newest[: 2 * SAMPLE_RATE]
    assert max(map(abs, shifts_ms(begun, await played(page)))) < GAP_MS


async def test_silence_gives_up_what_waits_and_what_comes(opened: Open, talk: Talk) -> None:
    page = await hearing(opened, talk)
    await page.keyboard.press("m")
    await expect(page.locator("#sound use")).to_have_attribute("href", "#i-silent")
    await speak(talk, 1, sample("librivox_0930.wav"))
    await talk.writes("ya")
    await expect(page.locator("#captions .final")).to_have_text("ya")
    blocks = await page.evaluate("tape.blocks.length")
    await shows(page, "blocks => tape.blocks.length > blocks + tape.rate / 256", blocks)
    assert np.abs(await played(page)).max() < LOUD
    await page.keyboard.press("m")
    await speak(talk, 2, sample("goforward.wav"))
    await heard(page, 0.5)
    await silent(page)
    sound = await played(page)
    assert max(map(abs, shifts_ms(sample("goforward.wav"), sound))) < GAP_MS
    assert np.count_nonzero(np.abs(sound) > LOUD) < 1.2 * np.count_nonzero(np.abs(sample("goforward.wav")) > LOUD)


async def test_the_volume_is_as_chosen(opened: Open, talk: Talk) -> None:
    page = await hearing(opened, talk)
    await page.locator("#openSettings").click()
    await page.locator("#volume").fill("0.25")
    await page.keyboard.press("Escape")
    speech = sample("goforward.wav")
    await speak(talk, 1, speech, "ogg-opus")
    await heard(page, 0.3)
    await silent(page)
    assert np.abs(await played(page)).max() == pytest.approx(0.25 * np.abs(speech).max(), rel=0.2)


async def test_what_waits_when_the_session_ends_can_still_be_heard(opened: Open, talk: Talk) -> None:
    page = await hearing(opened, talk)
    await page.locator("#pause").click()
    speech = sample("goforward.wav")
    await speak(talk, 1, speech)
    await kept(page, parts_of(speech))
    await talk.ends()
    await expect(page.locator("#end")).to_be_visible()
    await page.locator("#pause").click()
    await heard(page, 0.5)
    await silent(page)
    assert max(map(abs, shifts_ms(speech, await played(page)))) < GAP_MS
    await expect(page.locator("#bar")).to_be_hidden()


async def test_a_tap_brings_back_the_sound_that_the_phone_took_away(opened: Open, talk: Talk) -> None:
    contexts = (
        "const Own = AudioContext; AudioContext = class extends Own { constructor() { super(); window.own = this; } };"
    )
    page = await hearing(opened, talk, contexts)
    await page.evaluate("own.suspend()")
    speech = sample("goforward.wav")
    await speak(talk, 1, speech)
    await page.locator("#title").click()
    await heard(page, 0.5)
    await silent(page)
    assert max(map(abs, shifts_ms(speech, await played(page)))) < GAP_MS


async def kept(page: Page, parts: int) -> None:
    """Waits until so many parts have arrived and can be played."""
    await shows(page, "parts => tape.decoded === parts", parts)


def kept_of(parts: list[Samples]) -> Samples:
    """The newest of the parts that are no longer than half a minute together."""
    kept = parts[-1:]
    for part in reversed(parts[:-1]):
        if sum(map(len, kept)) + len(part) > 30 * SAMPLE_RATE:
            break
        kept.insert(0, part)
    return np.concatenate(kept)
