"""Captions that come long after their words, on the listener's page."""

from playwright.async_api import expect

from tests.browser.talk import Open, Talk, joined

TOP = "(segment) => document.querySelector(`[data-segment='${segment}']`).getBoundingClientRect().top"


async def test_a_hole_becomes_text_in_its_place_and_says_that_it_is_late(opened: Open, talk: Talk) -> None:
    page = await joined(await opened(f"/listen/{talk.code}"))
    await talk.writes("uno")
    await talk.writes("", outcome="skipped", reason="no-audience")
    await talk.writes("", outcome="skipped", reason="no-audience")
    await talk.writes("cuatro")
    lines = page.locator("#captions > div")
    await expect(lines).to_have_count(3)
    await expect(lines.nth(1)).to_have_class("hole")
    await talk.revises(3, "tres")
    await expect(lines.nth(2)).to_have_text("tres añadido después")
    await expect(lines.nth(1)).to_have_class("hole")
    await talk.revises(2, "dos")
    await expect(lines).to_have_text(["uno", "dos añadido después", "tres añadido después", "cuatro"])
    assert [await lines.nth(n).get_attribute("aria-live") for n in range(4)] == [None, "off", "off", None]


async def test_what_is_left_of_a_hole_that_is_filled_in_part_is_shown_until_it_comes(opened: Open, talk: Talk) -> None:
    page = await joined(await opened(f"/listen/{talk.code}"))
    await talk.writes("uno", until=2)
    await talk.writes("", outcome="skipped", reason="jump", until=5)
    talk.said = 4
    await talk.writes("cinco", until=6)
    lines = page.locator("#captions > div")
    await expect(lines).to_have_count(3)
    whole = await lines.nth(1).inner_text()
    await talk.revises(2, "dos", until=3, revision=5)
    await expect(lines).to_have_text(["uno", "dos añadido después", whole, "cinco"])
    assert [await lines.nth(2).get_attribute(name) for name in ("class", "aria-live")] == ["hole", "off"]

    later = await joined(await opened(f"/listen/{talk.code}"))  # was given what fills it, and not the hole
    elsewhere = later.locator("#captions > div")
    await expect(elsewhere).to_have_count(4)
    await expect(elsewhere.nth(2)).to_have_class("hole")

    await talk.revises(3, "tres y cuatro", until=5, revision=5)
    await expect(lines).to_have_text(["uno", "dos añadido después", "tres y cuatro añadido después", "cinco"])
    await expect(elsewhere).to_have_text(["uno", "dos", "tres y cuatro añadido después", "cinco"])


async def test_what_comes_late_moves_nothing_that_is_read(opened: Open, talk: Talk) -> None:
    page = await joined(await opened(f"/listen/{talk.code}"))
    await talk.writes("", outcome="skipped", reason="no-audience")
    newest = await talk.says(14)
    await expect(page.locator("#captions > div").last).to_contain_text(newest)
    await talk.revises(1, "palabras que llegan tarde " * 20)
    await expect(page.locator("#captions > div").first).to_contain_text("tarde")
    await expect(page.locator("#captions > div").last).to_be_in_viewport(ratio=1)  # who follows still does

    # as browsers that do not keep the place by themselves
    await page.evaluate("document.querySelector('#captions').style.overflowAnchor = 'none'")
    await page.mouse.move(200, 500)
    await page.mouse.wheel(0, -500)
    await expect(page.locator("#newest")).to_be_visible()
    read = await page.evaluate(
        "[...document.querySelectorAll('#captions > div')].find((line) => line.getBoundingClientRect().top > 200)"
        ".dataset.segment"
    )
    before = await page.evaluate(TOP, read)
    await talk.revises(1, "y otra vez, mucho más largo " * 60, revision=3)
    await expect(page.locator("#captions > div").first).to_contain_text("otra vez")
    assert abs(await page.evaluate(TOP, read) - before) <= 1
    await expect(page.locator("#newest")).to_be_visible()
