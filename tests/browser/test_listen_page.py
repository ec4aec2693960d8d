"""The listener's page in a real Chromium, on a real gateway; a publisher stands for the workers."""

import re
from typing import Literal

import msgspec
import pytest
from playwright.async_api import WebSocket, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import Lease, audience_key
from schemas.fetching import Absent, Fetching, asked_key, fetching_key
from schemas.languages import Abilities, abilities_key
from tests.browser.talk import LANDSCAPE, PORTRAIT, Open, Talk, joined, listening, new_talk, offers_voices, shows
from tests.browser.wire import wire
from tests.gateway.client import Connect, eventually

LEFT = "box => box.scrollHeight - box.clientHeight - box.scrollTop"
UNTOLD = """
const parse = JSON.parse;
JSON.parse = (text) => {
  const found = parse(text);
  return found?.type === "languagesChanged" ? { type: "lost" } : found;
};
"""
"""Which languages are offered by now does not arrive."""


@pytest.mark.parametrize(("locale", "language"), [("es-MX", "es"), ("en-GB", "en"), ("de-DE", "en")])
async def test_the_browsers_language_is_chosen_or_else_the_original(
    opened: Open, talk: Talk, locale: str, language: str
) -> None:
    page = await opened(f"/listen/{talk.code}", locale)
    await expect(page.locator("#picked")).to_have_attribute("lang", language)
    await page.locator("#pick").click()
    names = page.locator("#languages li button > span")
    assert await names.all_inner_texts() == ["English", "català", "español", "français"]
    await expect(page.locator("#languages [aria-current] > span")).to_have_attribute("lang", language)


async def test_one_tap_brings_captions(opened: Open, talk: Talk) -> None:
    page = await opened(f"/listen/{talk.code}")
    await page.locator("#listen").click()
    await expect(page.locator("#waiting")).to_be_visible()
    await talk.writes("Buenos días")
    await expect(page.locator("#captions .final")).to_have_text("Buenos días")
    await expect(page.locator("#waiting")).to_be_hidden()
    await expect(page.locator("#delay")).to_contain_text(" s ")


async def test_a_turned_phone_still_shows_the_newest_caption(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 12)
    for size in (LANDSCAPE, PORTRAIT):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        newest = await talk.says(1)
        await expect(page.locator("#captions > div").last).to_contain_text(newest)
        await expect(page.locator("#captions > div").last).to_be_in_viewport(ratio=1)
        for part in ("#title", "#state", "#language", "#pause", "#sound", "#openSettings"):
            await expect(page.locator(part)).to_be_in_viewport(ratio=1)
    await expect(page.locator("#newest")).to_be_hidden()


async def test_a_reader_who_scrolled_up_stays_there_until_asking_for_the_newest(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 12)
    await page.mouse.move(200, 500)
    await page.mouse.wheel(0, -600)
    await expect(page.locator("#newest")).to_be_visible()
    newest = await talk.says(2)
    await expect(page.locator("#captions > div").last).to_contain_text(newest)
    await expect(page.locator("#captions > div").last).not_to_be_in_viewport()
    await page.locator("#newest").click()
    assert await page.locator("#captions").evaluate(LEFT) < 2
    await expect(page.locator("#newest")).to_be_hidden()


async def test_partials_are_shown_but_only_finals_are_read_out(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 1)
    await talk.mumbles("Y ahora")
    partial = page.locator("#captions .partial")
    await expect(partial).to_have_text("Y ahora")
    await expect(partial).to_have_attribute("aria-hidden", "true")
    await talk.mumbles("Y ahora la segunda")
    await expect(partial).to_have_text("Y ahora la segunda")
    await talk.writes("Y ahora la segunda parte")
    await expect(partial).to_have_count(0)
    await expect(page.locator("#captions .final").last).not_to_have_attribute("aria-hidden", "true")


async def test_what_was_there_before_is_not_read_out_and_what_is_heard_neither(opened: Open, talk: Talk) -> None:
    await talk.says(3)
    page = await joined(await opened(f"/listen/{talk.code}"))
    await expect(page.locator("#captions > div")).to_have_count(3)
    await expect(page.locator("#captions")).to_have_attribute("aria-live", "off")
    await page.locator("#sound").click()
    await expect(page.locator("#captions")).to_have_attribute("aria-live", "polite")


async def test_silence_is_counted_for_the_speaker(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 1)
    await page.locator("#sound").click()
    await talk.speaker.until(lambda message: message["type"] == "listenersChanged" and message["paused"] == 1)
    await page.locator("#sound").click()
    await talk.speaker.until(lambda message: message["type"] == "listenersChanged" and message["paused"] == 0)


async def test_of_two_tabs_of_a_browser_one_listens_and_is_counted(opened: Open, talk: Talk) -> None:
    first = await listening(opened, talk, 1)
    await expect(first.locator("#elsewhere")).to_be_empty()
    second = await first.context.new_page()
    await second.goto(first.url)
    await expect(second.locator("#elsewhere")).to_have_text("Ya está escuchando en otra pestaña.")
    await second.get_by_role("button", name="Escuchar aquí en su lugar").click()
    await expect(second.locator("#captions > div")).to_have_count(1)
    await expect(first.get_by_role("button", name="Escuchar aquí en su lugar")).to_be_visible()
    await talk.writes("dos")
    await expect(second.locator("#captions > div")).to_have_count(2)

    async def counted_once() -> bool:
        status = await talk.speaker.ask("getSessionStatus", sessionId=talk.code)
        return bool(status["listeners"] == 1 and status["byLanguage"] == {"es": {"captions": 1, "audio": 1, "both": 1}})

    await eventually(counted_once)
    await joined(first)
    await expect(first.locator("#captions > div")).to_have_count(2)
    await expect(second.locator("#elsewhere")).not_to_be_empty()


async def test_a_language_that_is_read_already_has_its_captions_at_once(opened: Open, talk: Talk) -> None:
    await talk.writes("bon dia", "ca")
    page = await listening(opened, talk, 2)
    await page.locator("#language").click()
    await page.locator("#languages [data-language=ca]").click()
    await expect(page.locator("#captions > div")).to_have_text(["bon dia"])
    await expect(page.locator("#language span")).to_have_text("català")


async def test_another_language_waits_for_its_next_sentence_and_the_old_one_stays_till_then(
    opened: Open, talk: Talk
) -> None:
    page = await listening(opened, talk, 2)
    await page.locator("#language").click()
    await page.locator("#languages [data-language=fr]").click()
    await expect(page.locator("#captions")).to_have_class("old")
    await expect(page.locator("#captions > div")).to_have_count(2)
    await expect(page.locator("#notice")).to_contain_text("français")
    await expect(page.locator("#sound")).to_be_hidden()
    await talk.writes("bonjour", "fr")
    await expect(page.locator("#captions")).not_to_have_class("old")
    await expect(page.locator("#captions > div")).to_have_text(["bonjour"])
    await talk.writes("adiós", "es")
    await talk.writes("au revoir", "fr")
    await expect(page.locator("#captions > div")).to_have_text(["bonjour", "au revoir"])


async def test_a_language_that_is_gone_is_taken_back_and_said(opened: Open, talk: Talk, redis: Redis) -> None:
    page = await listening(opened, talk, 1, before=UNTOLD)  # else it is off the list as soon as the gateway knows
    await offer(redis, ["es", "ca"])
    await page.locator("#language").click()
    await page.locator("#languages [data-language=fr]").click()
    await expect(page.locator("#notice")).not_to_be_empty()
    await expect(page.locator("#language span")).to_have_text("español")
    newest = await talk.says(1)
    await expect(page.locator("#captions > div").last).to_contain_text(newest)


async def test_a_language_that_is_gone_after_a_cut_can_be_chosen_anew(
    opened: Open, talk: Talk, redis: Redis, gateway: Gateway
) -> None:
    async with wire(gateway.url) as line:
        page = await listening(opened, talk, 1, at=line.url)
        line.cut()
        await offer(redis, ["ca"])
        line.mend()
        await expect(page.locator("#welcome")).to_be_visible()
    await expect(page.locator("#state")).to_have_text("Este idioma no está disponible ahora.")


async def test_one_language_is_heard_and_another_one_read(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 1)
    await page.locator("#openSettings").click()
    await page.locator("#reads").select_option("en")
    await talk.speaker.until(
        lambda message: (
            message["type"] == "listenersChanged"
            and message["byLanguage"] == {"en": {"captions": 1, "audio": 0}, "es": {"captions": 0, "audio": 1}}
        )
    )
    await talk.writes("hello", "en")
    await expect(page.locator("#captions > div")).to_have_text(["hello"])


async def test_a_voice_is_chosen_where_the_language_has_several_and_is_there_the_next_time(
    opened: Open, talk: Talk, redis: Redis
) -> None:
    await offers_voices(redis)
    page = await listening(opened, talk, 1)

    async def asks_for(rendition: str) -> None:
        async def asks() -> bool:
            rows = await redis.hvals(audience_key(talk.session_id))
            return [msgspec.json.decode(row, type=Lease).speech for row in rows] == [{"es": {rendition: 1}}]

        await eventually(asks)

    await asks_for("ogg-opus")
    await page.locator("#openSettings").click()
    await expect(page.locator("#voice")).to_be_visible()
    await expect(page.get_by_label("Voz", exact=True)).to_have_value("")
    await page.locator("#voice").select_option("male")
    await asks_for("ogg-opus/male")
    segments = iter(range(50, 5_000))

    async def is_told() -> bool:  # what is said before the page has gone over is not for it
        await talk.speaks(next(segments), 0, b"", "es", "male", format="", outcome="skipped", voice="female")
        return "La voz que ha elegido" in (await page.locator("#notice").text_content() or "")

    await eventually(is_told)
    await page.keyboard.press("Escape")
    await page.locator("#language").click()
    await page.locator("#languages [data-language=ca]").click()
    await page.locator("#openSettings").click()
    await expect(page.locator("#volume")).to_be_visible()
    await expect(page.locator("#voice")).to_be_hidden()
    await page.keyboard.press("Escape")
    await page.locator("#language").click()
    await page.locator("#languages [data-language=es]").click()
    await asks_for("ogg-opus/male")
    await page.reload()
    await joined(page)
    await asks_for("ogg-opus/male")


@pytest.mark.parametrize(("shows", "asked"), [("captions", (1, 0)), ("speech", (0, 1))])
async def test_only_what_is_wanted_is_asked_for(opened: Open, talk: Talk, shows: str, asked: tuple[int, int]) -> None:
    page = await listening(opened, talk, 1)
    await page.locator("#openSettings").click()
    await page.locator(f"[name=shows][value={shows}]").check()
    captions, audio = asked
    await talk.speaker.until(
        lambda message: message.get("byLanguage") == {"es": {"captions": captions, "audio": audio}},
    )


async def test_preferences_are_there_the_next_time(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 1)
    await page.locator("#language").click()
    await page.locator("#languages [data-language=ca]").click()
    await page.locator("#openSettings").click()
    await page.locator("#bigger").click()
    await page.locator("#colours").select_option("black-on-yellow")
    await page.locator("#original").check()
    size = await page.locator("#captions").evaluate("box => box.style.fontSize")
    await page.reload()
    await expect(page.locator("#picked")).to_have_text("català")
    await joined(page)
    assert await page.locator("#captions").evaluate("box => box.style.fontSize") == size
    await talk.writes("bon dia", "ca", sourceText="good morning")
    await expect(page.locator("#captions .original")).to_be_visible()
    colour = await page.locator("#stage").evaluate("stage => getComputedStyle(stage).backgroundColor")
    assert colour == "rgb(255, 225, 77)"


async def test_two_quick_taps_open_one_socket_and_the_focus_goes_to_the_captions(opened: Open, talk: Talk) -> None:
    page = await opened(f"/listen/{talk.code}")
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    await expect(page.locator("#listen")).to_be_visible()
    await page.locator("#listen").evaluate("button => { button.click(); button.click(); }")
    await expect(page.locator("#captions")).to_be_focused()
    assert len(sockets) == 1


async def test_neighbouring_holes_are_one(opened: Open, talk: Talk) -> None:
    for _ in range(3):
        await talk.writes("", outcome="skipped", reason="no-audience")
    page = await listening(opened, talk, 1)
    await expect(page.locator("#captions > div")).to_have_text(
        ["[nadie escuchaba]", "4: " + "palabras que se dicen " * 5]
    )


async def test_only_what_is_true_is_promised(opened: Open, talk: Talk) -> None:
    without = "delete Navigator.prototype.wakeLock;"
    page = await opened(f"/listen/{talk.code}", "en", before=without)
    await expect(page.locator("#promise")).to_have_text(
        "No account needed. This language is to be read, without sound."
    )
    page = await opened(f"/listen/{talk.code}", "es")
    await expect(page.locator("#promise")).to_contain_text("El sonido empieza con este toque.")


async def test_that_software_made_it_is_said_before_the_tap_and_after_it(opened: Open, talk: Talk) -> None:
    page = await opened(f"/listen/{talk.code}", "de", viewport=LANDSCAPE)
    await expect(page.locator("#made")).to_have_text("Von Software geschrieben und übersetzt, kann Fehler enthalten")
    await joined(page)
    await expect(page.locator("#made")).to_be_in_viewport(ratio=1)


async def test_before_the_tap_the_page_follows_the_session(opened: Open, talk: Talk) -> None:
    page = await opened(f"/listen/{talk.code}", "en")
    await expect(page.locator("#state")).to_have_text("Live")
    await talk.speaker.ask("controlBroadcast", sessionId=talk.code, controlAction="pause")
    await expect(page.locator("#state")).to_have_text("Paused by the speaker")
    await joined(page, "waits")


async def test_how_late_it_came_is_not_said_while_the_speaker_pauses(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 1)
    await expect(page.locator("#delay")).to_be_visible()
    await talk.speaker.ask("controlBroadcast", sessionId=talk.code, controlAction="pause")
    await expect(page.locator("#delay")).to_be_hidden()


async def test_that_no_captions_come_while_the_speaker_is_live_is_said(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 1)
    await expect(page.locator("#delay")).to_have_text(re.compile("Sin subtítulos desde hace 1[2-9] s"), timeout=60_000)
    await talk.says(1)
    await expect(page.locator("#delay")).to_have_text(re.compile("de retraso"))


async def test_a_browser_that_stores_nothing_shows_the_page_all_the_same(opened: Open, talk: Talk) -> None:
    forbidding = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('SecurityError'); } });"
    page = await opened(f"/listen/{talk.code}", before=forbidding)
    await expect(page.locator("#picked")).to_have_text("español")
    await joined(page)


async def test_a_session_with_a_pin_asks_for_it(opened: Open, connect: Connect, redis: Redis) -> None:
    talk = await new_talk(connect, redis, listeners="pin", pin="4711")
    page = await opened(f"/listen/{talk.code}")
    await page.locator("#pin").fill("1234")
    await page.locator("#listen").click()
    await expect(page.locator("#pinWrong")).not_to_be_empty()
    await page.locator("#pin").fill(" 4711 ")
    await page.keyboard.press("Enter")
    await expect(page.locator("#state")).to_have_attribute("data-kind", "live")


async def test_captions_stay_when_the_session_ends(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 3)
    await talk.ends()
    await expect(page.locator("#end")).to_be_visible()
    await expect(page.locator("#bar")).to_be_hidden()
    await expect(page.locator("#captions > div")).to_have_count(3)


@pytest.mark.parametrize("code", ["no-such-000", "%E0%A4%A"])
async def test_a_wrong_code_is_said(opened: Open, code: str) -> None:
    page = await opened(f"/listen/{code}", "fr")
    await expect(page.locator("#state")).to_have_text("Aucune session ne porte ce code.")
    await expect(page.locator("#end a").first).to_be_visible()


async def test_the_page_speaks_the_readers_language(opened: Open, talk: Talk) -> None:
    """And says whether there is something to hear: in Spanish there is."""
    for locale, words in {"es": "Escuchar", "de-AT": "Mitlesen", "fr": "Lire", "pl": "Read along"}.items():
        page = await opened(f"/listen/{talk.code}", locale)
        await expect(page.locator("#listen")).to_have_text(words)
        await page.locator("#interface").select_option("en")
        await expect(page.locator("#listen")).to_have_text("Listen" if locale == "es" else "Read along")


async def test_the_page_changes_its_own_language_while_somebody_listens(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 2)
    await page.evaluate("window.same = true")
    await page.locator("#openSettings").click()
    await page.locator("#interfaceNow").select_option("de")
    await page.locator("#settings .primary").click()
    await expect(page.locator("#openSettings")).to_have_text("Optionen")
    await expect(page.locator("#captions .final")).to_have_count(2)
    await expect(page.locator("#state")).to_have_text("Live")
    assert await page.evaluate("window.same")


async def test_right_to_left_captions_stand_on_the_right(opened: Open, talk: Talk, redis: Redis) -> None:
    await offer(redis, ["ar", "es"])
    page = await joined(await opened(f"/listen/{talk.code}", "ar"))
    await talk.writes("صباح الخير للجميع", "ar", sourceText="Good morning everyone")
    words = page.locator("#captions .final p").first
    await expect(words).to_have_attribute("lang", "ar")
    aligned = "p => [getComputedStyle(p).direction, getComputedStyle(p).textAlign]"
    assert await words.evaluate(aligned) == ["rtl", "start"]


async def test_a_rough_translation_stands_last_and_is_chosen_only_with_a_word_about_it(
    opened: Open, talk: Talk, redis: Redis
) -> None:
    await offer(redis, ["ca", "es", "fr"], "ca")
    page = await opened(f"/listen/{talk.code}", "ca-ES")
    await expect(page.locator("#picked")).to_have_text("català")
    await expect(page.locator("#rough")).to_have_text("This language is translated roughly: expect mistakes.")
    await page.locator("#pick").click()
    names = page.locator("#languages li button > span")
    assert await names.all_inner_texts() == ["English", "español", "français", "català"]
    await expect(page.locator("#languages [data-language=ca] small")).to_contain_text("rough translation")
    await page.locator("#languages [data-language=es]").click()
    await expect(page.locator("#rough")).to_have_text("")


async def test_a_language_that_is_fetched_when_it_is_chosen_says_so_and_how_it_goes(
    opened: Open, talk: Talk, redis: Redis
) -> None:
    async def fetched(state: Literal["absent", "fetching", "failed"]) -> None:
        models = {"firefox-en-de": Absent(size=37_000_000, state=state)}
        await redis.set(fetching_key(), msgspec.json.encode(Fetching(models=models)))

    lacking = {"en": {"de": ["firefox-en-de"]}}
    await redis.set(
        abilities_key("translate"), msgspec.json.encode(Abilities(languages={"en": ["es"]}, lacking=lacking))
    )
    await fetched("absent")
    try:
        page = await opened(f"/listen/{talk.code}", "de-DE")
        said = page.locator("#preparing")
        await expect(said).to_have_text("Deutsch ist noch nicht da: Es wird geladen, sobald Sie zuhören (37 MB).")
        await page.locator("#pick").click()
        assert await page.locator("#languages li button > span").all_inner_texts() == ["English", "español", "Deutsch"]
        await expect(page.locator("#languages [data-language=de] small")).to_contain_text("bei Bedarf geladen, 37 MB")
        await page.keyboard.press("Escape")
        await page.locator("#listen").click()
        await fetched("fetching")
        await expect(said).to_have_text("Deutsch wird vorbereitet (37 MB) …")
        await talk.writes("", "de", outcome="skipped", reason="no-audience")
        await expect(page.locator("#captions .hole p")).to_have_text("[wird vorbereitet]")
        await fetched("failed")
        await expect(said).to_have_text("Deutsch konnte noch nicht geladen werden. Es wird wieder versucht.")
        await offer(redis, ["de", "es"])
        await expect(page.locator("#notice")).to_have_text("Deutsch ist bereit.")
        await expect(said).to_have_text("")
    finally:
        await redis.delete(fetching_key(), asked_key())


async def test_many_languages_can_be_searched(opened: Open, talk: Talk, redis: Redis) -> None:
    many = ["ar", "bg", "ca", "cs", "da", "de", "el", "es", "et", "fi", "fr", "hu", "it", "ja"]
    await offer(redis, many)
    page = await opened(f"/listen/{talk.code}", "en")
    await page.locator("#pick").click()
    await page.keyboard.type("germ")
    await expect(page.locator("#languages li:visible")).to_have_count(1)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#picked")).to_have_text("Deutsch")


async def test_the_screen_stays_awake_while_someone_listens(opened: Open, talk: Talk) -> None:
    before = """
      window.locks = 0;
      navigator.wakeLock.request = async () => {
        window.locks += 1;
        return { released: false, release: async () => { window.locks -= 1; } };
      };
    """
    page = await joined(await opened(f"/listen/{talk.code}", before=before))
    await shows(page, "window.locks === 1")
    await talk.ends()
    await shows(page, "window.locks === 0")


async def offer(redis: Redis, languages: list[str], *rough: str) -> None:
    """The workers now translate English to these, to some of them roughly."""
    abilities = Abilities(languages={"en": languages}, rough={"en": list(rough)})
    await redis.set(abilities_key("translate"), msgspec.json.encode(abilities))
