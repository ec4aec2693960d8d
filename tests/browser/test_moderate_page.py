"""The moderator's page and the speaker's, and what listeners see of it, on a real gateway."""

import re

from playwright.async_api import expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import captions_channel, languages_key
from tests.browser.speaking import Open as OpenSpeaking
from tests.browser.speaking import speaking, started
from tests.browser.talk import Open, Talk, joined
from tests.browser.test_speak_accessibility import assert_accessible
from tests.gateway.client import Connect
from tests.gateway.publisher import Publisher, caption, session_id_of

__all__ = ["speaking"]


async def test_a_moderator_hides_shows_corrects_and_withdraws(
    opened: Open, connect: Connect, redis: Redis, gateway: Gateway
) -> None:
    speaker = await connect()
    answer = await speaker.ask("createSession", sourceLanguage="en", title="A talk")
    code, session_id = answer["sessionId"], await session_id_of(redis, answer["sessionId"])
    await redis.sadd(languages_key(session_id), "es")
    talk = Talk(code, session_id, speaker, redis)
    page = await opened(f"/moderate#{code}/{answer['moderatorToken']}", locale="es")
    await expect(page.locator("h1")).to_have_text("A talk")
    listener = await joined(await opened(f"/listen/{code}", locale="es"))
    overlay = await opened(f"/overlay/{code}?language=es&debug", locale="en")
    await expect(overlay.locator("#debug")).to_have_text("Connected")
    await talk.writes("un secreto", sourceLanguage="en", sourceText="a secret", until=2)
    await talk.writes("algo más", sourceLanguage="en", sourceText="and more", until=3)
    await expect(listener.locator("#captions .final")).to_have_count(2)
    await expect(overlay.locator("#lines p")).to_have_count(2)
    await assert_accessible(page)

    await page.locator("#hide").click()
    await expect(listener.locator("#waiting")).to_have_text("Los subtítulos están ocultos por un momento.")
    await expect(listener.locator("#captions .final")).to_have_count(0)
    await expect(overlay.locator("#lines p")).to_have_count(0)
    await expect(page.locator("#hidden")).not_to_be_empty()
    await expect(page.locator("#captions li")).to_have_count(2)

    first = page.locator("#captions li", has_text="un secreto")
    await first.get_by_role("button", name="Retirar").click()
    await first.get_by_role("button", name="¿Seguro?").click()
    await talk.revises(1, "", revision=2**40, outcome="withdrawn")
    await expect(page.locator("#captions li").last).to_have_text("[retirado]")
    second = page.locator("#captions li").first
    await second.get_by_role("button", name="Corregir").click()
    await second.locator("textarea").fill("algo mejor")
    await second.get_by_role("button", name="Guardar").click()
    await talk.revises(2, "algo mejor", revision=3)
    await expect(second.locator("p")).to_have_text("algo mejor")
    await expect(page.locator("#said")).to_be_empty()

    await page.locator("#hide").click()
    await expect(listener.locator("#captions .final")).to_have_count(1)
    await expect(listener.locator("#captions .final")).to_contain_text("algo mejor")
    await talk.writes("y después")
    await expect(listener.locator("#captions .final")).to_have_count(2)
    await expect(overlay.locator("#lines p")).to_have_text(["y después"])

    await page.locator("#end").click()
    await page.get_by_role("button", name="Terminar la sesión").last.click()
    await expect(page.locator("#state")).to_have_text("La sesión ha terminado")


async def test_a_link_that_is_none_says_so(opened: Open, talk: Talk) -> None:
    for path in ("/moderate", f"/moderate#{talk.code}/nonsense", "/moderate#no-such-100/x"):
        page = await opened(path, locale="en")
        await expect(page.locator("#state")).to_have_text(re.compile("This link does not work"))


async def test_the_speaker_hides_captions_takes_one_back_and_invites_a_moderator(
    speaking: OpenSpeaking, redis: Redis
) -> None:
    page = await speaking()
    code = await started(page)
    session_id = await session_id_of(redis, code)
    await redis.sadd(languages_key(session_id), "es")
    floor = Publisher(redis, captions_channel(session_id, "en"))
    for segment, text in ((1, "a secret"), (2, "and more")):
        words = caption(segment, text, language="en", sourceLanguage="en", sourceText=text, until=segment + 1)
        await floor.final(segment, words)
    await expect(page.locator("#captions p")).to_have_text(["a secret", "and more"])
    line = page.locator("#captions > div", has_text="a secret")
    await line.get_by_role("button").click()
    await line.get_by_role("button", name="Really take it back?").click()
    await expect(page.locator("#captions p")).to_have_text(["and more"])
    await page.get_by_role("button", name="Hide captions").click()
    await expect(page.locator("#hidden")).to_have_text(re.compile("see and hear nothing"))
    await page.get_by_role("button", name="Show captions again").click()
    await expect(page.locator("#hidden")).to_be_empty()
    await page.locator("#moderate summary").click()
    await expect(page.locator("#moderate img")).to_be_visible()
    await assert_accessible(page)
