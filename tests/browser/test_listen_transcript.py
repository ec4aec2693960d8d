"""What a reader takes along, and what somebody sees who comes after the end."""

import asyncio
from pathlib import Path

from playwright.async_api import Page, expect
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import languages_key
from tests.browser.talk import Open, Talk, joined, listening, new_talk
from tests.dragoman.transcripts.spoken import SECOND, transcript, translation
from tests.gateway.access.conftest import KEY
from tests.gateway.client import Connect, StartGateway
from tests.gateway.spoken_session import say, session_of


async def logged(gateway: Gateway, redis: Redis, kafka: str, talk: Talk) -> None:
    """The log has text of the session in two languages."""
    session = await session_of(gateway, talk.code)
    await redis.sadd(languages_key(session.session_id), "es")
    await say(kafka, session, transcript(0, "Hello."), transcript(2 * SECOND, "Again."), translation(0, "Hola."))


async def over(talk: Talk) -> None:
    """The session has ended, and whoever asks is told so."""
    await talk.speaker.ask("endSession", sessionId=talk.code)


async def taken(page: Page, row: str, form: str) -> tuple[str, str]:
    """Name and text of the file that a button gives."""
    async with page.expect_download() as download:
        await page.locator(f"{row} .take [data-format={form}]").click()
    file = await download.value
    text = await asyncio.to_thread(Path(await file.path()).read_text)
    text = text.partition("\n\n")[2] if form == "txt" else text  # behind title and day
    return file.suggested_filename.partition(".20")[2][9:], text


async def test_the_text_is_taken_along_in_the_language_that_is_read(
    opened: Open, talk: Talk, gateway: Gateway, redis: Redis, kafka: str
) -> None:
    await logged(gateway, redis, kafka, talk)
    page = await listening(opened, talk, 1)
    await page.locator("#openSettings").click()
    assert await taken(page, "#settings", "txt") == ("es.txt", "Hola.\n")
    await page.locator("#reads").select_option("en")
    await talk.speaker.until(lambda message: "en" in message.get("byLanguage", {}))
    await expect(page.locator("#captions")).to_have_class("old")
    name, text = await taken(page, "#settings", "json")
    assert name == "en.json"
    assert "Again." in text


async def test_where_no_text_is_given_nothing_offers_it(
    opened: Open, start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    silent = await start_gateway(transcripts=False)
    talk = await new_talk(connect, redis)
    page = await joined(await opened(f"/listen/{talk.code}", at=silent.url))
    await page.locator("#openSettings").click()
    await expect(page.locator("#settings .take")).to_be_hidden()


async def test_a_refusal_says_why(opened: Open, talk: Talk) -> None:
    page = await listening(opened, talk, 1)
    unknown = {"code": "language-unavailable", "message": "no"}
    await page.route("**/transcript?*txt", lambda route: route.fulfill(status=400, json=unknown))
    await page.route(
        "**/transcript?*vtt", lambda route: route.fulfill(status=429, json={}, headers={"Retry-After": "7"})
    )
    await page.locator("#openSettings").click()
    await page.locator("#settings .take [data-format=txt]").click()
    await expect(page.locator("#notice")).to_have_text("No hay texto en este idioma.")
    await page.locator("#settings .take [data-format=vtt]").click()
    await expect(page.locator("#notice")).to_have_text("El servidor está ocupado. Inténtelo de nuevo en 7 s.")


async def test_somebody_who_comes_after_the_end_reads_what_was_said_and_takes_it_along(
    opened: Open, talk: Talk, gateway: Gateway, redis: Redis, kafka: str
) -> None:
    await logged(gateway, redis, kafka, talk)
    await talk.says(3)
    await talk.ends()
    page = await opened(f"/listen/{talk.code}")
    await expect(page.locator("#captions > div")).to_have_count(3)
    await expect(page.locator("#state")).to_have_text("La sesión ha terminado")
    for part in ("#welcome", "#bar"):
        await expect(page.locator(part)).to_be_hidden()
    await expect(page.locator("#takeLanguage")).to_have_value("es")
    await page.locator("#takeLanguage").select_option("en")
    assert await taken(page, "#end", "txt") == ("en.txt", "Hello. Again.\n")


async def test_an_ended_session_of_which_nothing_is_kept_says_so(opened: Open, talk: Talk) -> None:
    await over(talk)
    page = await opened(f"/listen/{talk.code}", "en")
    await expect(page.locator("#state")).to_have_text("The session has ended")
    await expect(page.locator("#end a").first).to_have_attribute("href", "/")


async def test_an_ended_session_with_a_pin_asks_for_it_first(
    opened: Open, connect: Connect, gateway: Gateway, redis: Redis, kafka: str
) -> None:
    talk = await new_talk(connect, redis, listeners="pin", pin="4711")
    await logged(gateway, redis, kafka, talk)
    await talk.says(2)
    await talk.ends()
    page = await opened(f"/listen/{talk.code}", "es")
    await page.locator("#pin").fill("1")
    await page.locator("#listen").click()
    await expect(page.locator("#pinWrong")).not_to_be_empty()
    await page.locator("#pin").fill("4711")
    await page.locator("#listen").click()
    await expect(page.locator("#captions > div")).to_have_count(2)
    assert (await taken(page, "#end", "txt"))[1] == "Hola.\n"


async def test_a_session_for_those_who_have_the_key_gives_them_its_text(
    opened: Open, start_gateway: StartGateway, connect: Connect, redis: Redis, kafka: str
) -> None:
    gateway = await start_gateway(auth="secret", speaker_key=KEY)
    talk = await new_talk(lambda: connect(gateway), redis, token=KEY, listeners="signed-in")
    await logged(gateway, redis, kafka, talk)
    page = await opened(f"/listen/{talk.code}", "es", at=gateway.url)
    await expect(page.locator("#admission")).to_contain_text("para quienes tienen la clave")
    await page.get_by_label("Clave").fill(KEY)
    await page.keyboard.press("Enter")
    await expect(page.locator("#promise")).not_to_contain_text("Sin cuenta")
    await joined(page)
    await page.locator("#openSettings").click()
    assert (await taken(page, "#settings", "txt"))[1] == "Hola.\n"
