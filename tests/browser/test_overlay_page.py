"""The overlay in a real Chromium: captions over a picture."""

import re

from playwright.async_api import Page, expect
from redis.asyncio import Redis

from schemas.channels import code_key
from tests.browser.talk import DESKTOP, Open, Talk, new_talk
from tests.gateway.client import Connect


async def over(opened: Open, code: str, query: str = "language=es") -> Page:
    """The overlay of a session, as a mixer opens it."""
    return await opened(f"/overlay/{code}?debug&{query}", "en", viewport=DESKTOP)


async def live(opened: Open, code: str, query: str = "language=es") -> Page:
    """An overlay that is connected."""
    page = await over(opened, code, query)
    await expect(page.locator("#debug")).to_have_text("Connected")
    return page


async def test_the_last_captions_are_shown_and_nothing_else(opened: Open, talk: Talk) -> None:
    page = await live(opened, talk.code, "language=es&lines=2")
    for words in ("uno", "dos", "tres"):
        await talk.writes(words)
    await expect(page.locator("#lines p")).to_have_text(["dos", "tres"])
    clear = "[document.documentElement, document.body].map((each) => getComputedStyle(each).backgroundColor)"
    assert await page.evaluate(clear) == ["rgba(0, 0, 0, 0)"] * 2
    assert await page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")


async def test_with_captions_it_says_that_software_made_them(opened: Open, talk: Talk) -> None:
    page = await live(opened, talk.code, "language=es")
    made = page.locator("#made")
    await expect(made).to_be_hidden()
    await talk.says(1)
    await expect(made).to_have_text(re.compile("may contain errors|puede contener errores"))
    await expect(made).to_be_in_viewport(ratio=1)
    await talk.ends()
    await expect(made).to_be_hidden()


async def test_what_comes_late_is_not_shown_on_air(opened: Open, talk: Talk) -> None:
    page = await live(opened, talk.code, "language=es&lines=3")
    await talk.writes("", outcome="skipped", reason="jump")
    await talk.writes("dos")
    await expect(page.locator("#lines p")).to_have_text(["dos"])
    await talk.revises(1, "uno, tarde")
    await talk.writes("tres")
    await expect(page.locator("#lines p")).to_have_text(["dos", "tres"])
    await talk.revises(2, "dos, sí")
    await expect(page.locator("#lines p")).to_have_text([re.compile(r"dos, sí \((corrected|corregido)\)"), "tres"])


async def test_without_debug_nothing_is_seen_but_captions(opened: Open) -> None:
    page = await opened("/overlay/no-such-000", viewport=DESKTOP)
    await expect(page.locator("#debug")).not_to_be_empty()
    await expect(page.locator("#debug")).to_be_hidden()
    assert (await page.locator("main").inner_text()).strip() in ("Captions", "Subtítulos")


async def test_options_are_taken_from_the_address(opened: Open, talk: Talk) -> None:
    page = await live(
        opened, talk.code, "language=es&mode=fast&size=72&lines=1&color=ffe14d&edge=box&place=top&align=start"
    )
    await talk.writes("a very long caption " * 20)
    await expect(page.locator("#lines p")).to_have_count(1)
    style = "each => { const s = getComputedStyle(each); return [s.fontSize, s.color, s.textAlign]; }"
    assert await page.locator("#lines").evaluate(style) == ["72px", "rgb(255, 225, 77)", "start"]
    box = await page.locator("#lines").bounding_box()
    assert box
    assert box["y"] < 100
    assert box["height"] < 72 * 2


async def test_a_long_sentence_may_take_twice_the_lines_and_no_more(opened: Open, talk: Talk) -> None:
    page = await live(opened, talk.code, "language=es&size=40&lines=2")
    height = "lines => lines.clientHeight / 52"  # px of a line
    await talk.writes("uno")
    await talk.writes("palabras que se dicen " * 6)  # three lines
    await expect(page.locator("#lines p")).to_have_count(2)
    assert await page.locator("#lines").evaluate(height) == 3
    await talk.writes("palabras que se dicen " * 20)
    await expect(page.locator("#lines p").last).to_have_text("palabras que se dicen " * 20)
    assert await page.locator("#lines").evaluate(height) == 4
    await talk.writes("fin")
    await expect(page.locator("#lines p").last).to_have_text("fin")
    assert await page.locator("#lines").evaluate(height) == 2


async def test_the_operator_is_told_what_is_wrong_in_the_address(opened: Open, talk: Talk) -> None:
    page = await over(opened, talk.code, "language=ja&size=huge")
    await expect(page.locator("#debug")).to_contain_text("To be had: en, ca, es, fr")
    await expect(page.locator("#debug")).to_contain_text("Not understood, so the default holds: size")


async def test_partials_are_shown_only_if_wanted(opened: Open, talk: Talk) -> None:
    steady, fast = await live(opened, talk.code), await live(opened, talk.code, "language=es&mode=fast")
    await talk.mumbles("Y aho")
    await expect(fast.locator("#lines p")).to_have_text(["Y aho"])
    await talk.writes("Y ahora")
    for page in (steady, fast):
        await expect(page.locator("#lines p")).to_have_text(["Y ahora"])


async def test_it_listens_without_sound(opened: Open, talk: Talk) -> None:
    await live(opened, talk.code)
    await talk.speaker.until(lambda message: message.get("byLanguage") == {"es": {"captions": 1, "audio": 0}})


async def test_a_session_that_ended_leaves_nothing_on_the_picture(opened: Open, talk: Talk) -> None:
    page = await live(opened, talk.code)
    await talk.writes("adiós")
    await expect(page.locator("#lines p")).to_have_text(["adiós"])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await talk.ends()
    await expect(page.locator("#lines p")).to_have_count(0)
    await expect(page.locator("#debug")).to_have_text("The session has ended")
    while len(asked) < 2:  # 2 s after the end, and 4 s later
        await page.wait_for_timeout(100)
    between = await page.evaluate("performance.getEntriesByType('resource').slice(-2).map((each) => each.startTime)")
    assert between[1] - between[0] > 3000  # one chain of attempts, not two


async def test_it_waits_for_a_session_that_is_not_there_yet(opened: Open, connect: Connect, redis: Redis) -> None:
    """The code of a session that comes later is not known before: one that is there gets a second code in Redis."""
    talk = await new_talk(connect, redis)
    later = f"{talk.code[:-1]}{(int(talk.code[-1]) + 1) % 10}"
    page = await over(opened, later)
    await expect(page.locator("#debug")).to_contain_text("Waiting for the session")
    await redis.copy(code_key(talk.code), code_key(later))
    await expect(page.locator("#debug")).to_have_text("Connected", timeout=30_000)
