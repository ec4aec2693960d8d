"""The operators' page in a real Chromium, on a board that the test fills: how it looks, and what is done on it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from dragoman.ops.board import Board
from dragoman.ops.lag import PartitionLag
from dragoman.ops.ledger import read_prices
from dragoman.ops.live import Crowd, SessionSeen
from dragoman.ops.page.access import PageAccess
from dragoman.ops.page.site import OperatorPage, serve_page
from dragoman.ops.processes import Crew, EngineSeen, ProcessSeen
from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import now_ms
from schemas.messages import DeadLetter, Usage
from schemas.topics import STAGES
from tests.browser.talk import DESKTOP, PORTRAIT
from tests.browser.test_speak_accessibility import assert_accessible
from tests.dragoman.ops.page.test_site import TOKEN, Scripts
from workers.stage import Record

Open = Callable[..., Awaitable[Page]]
SECONDS = {"transcribe": 3.4, "translate": 0.3, "synthesize": 6.2, "broadcast": 0.0}


class Seen:
    """A board, and the page that shows it."""

    def __init__(self) -> None:
        self.clock = [now_ms()]
        self.board = Board(read_prices(), lambda: self.clock[0])
        self.redis = Scripts()
        self.url = ""

    def fill(self) -> None:
        """Five minutes of everything."""
        self.board.begin_records()
        end = now_ms()
        for step in range(150):
            self.clock[0] = end - (150 - step) * 2000
            share = 0.3 + step % 25 / 25
            self.board.take_lag([lag(stage, seconds * share) for stage, seconds in SECONDS.items()])
        self.clock[0] = end
        self.board.take_lag([lag(stage, seconds) for stage, seconds in SECONDS.items()])
        self.board.take_redis([session(1), session(2, title="", state="away", gateway="", lag_ms={})], crew())
        for number in range(40):
            self.board.take_record(Record("usage", 0, number, "x", usage(number), 0))
        self.board.take_record(Record("dead-letters", 2, 17, "calm-otter-123-x", letter(), 0))


def lag(stage: str, seconds: float) -> PartitionLag:
    return PartitionLag(stage, STAGES[stage][0], 7, 100, 3 if seconds else 0, seconds)


def session(number: int, **members: object) -> SessionSeen:
    seen = SessionSeen(
        id=f"calm-otter-12{number}-x",
        code=f"calm-otter-12{number}",
        title="Town council",
        state="live",
        hidden=False,
        source_language="en",
        created_at=now_ms() - 4_000_000,
        spoken_s=3_900,
        gateway="g1",
        languages={"es": Crowd(120, 40), "ca": Crowd(12, 0), "fr": Crowd(3, 1)},
        listeners={"g1": 135},
        lag_ms={"transcribe": 1_400, "translate": 180, "synthesize": 700, "broadcast": 12},
    )
    return msgspec.structs.replace(seen, **members)


def crew() -> Crew:
    def process(kind: str, **members: int) -> ProcessSeen:
        none = {"silent_s": 0.0, "connections": 0, "speakers": 0, "listeners": 0, "taken": 0, "most": 0} | members
        return ProcessSeen(
            kind=kind, name=f"{kind}-7c9d5f-x2k4p", version="0.1.0", since=now_ms() - 90_000_000, **none
        )  # fmt: skip

    return Crew(
        processes=[
            process("gateway", connections=137, speakers=1, listeners=135),
            process("transcribe", taken=1, most=12),
            process("translate", silent_s=20),
            process("synthesize"),
            process("broadcast"),
        ],
        engines=[
            EngineSeen(stage="transcribe", engine="whisper", languages=99, resting=[]),
            EngineSeen(stage="translate", engine="amazon", languages=12, resting=["translate en es (translate-0)"]),
            EngineSeen(stage="synthesize", engine="kokoro", languages=6, resting=[]),
        ],
    )


def usage(number: int) -> Usage:
    failed = number % 10 == 0
    return Usage(
        stage="translate", engine="amazon", language="en", target_language="es", segment=number, final=True,
        characters=80, took_ms=140, outcome="failed" if failed else "ok", reason="engine" if failed else "",
        at=now_ms(),
    )  # fmt: skip


def letter() -> DeadLetter:
    return DeadLetter(
        stage="translate", topic="transcripts", partition=2, offset=4711, error="UndecodableError: no JSON",
        headers={}, value=b"?", at=now_ms(),
    )  # fmt: skip


@pytest_asyncio.fixture
async def open_page(browser: Browser) -> AsyncIterator[tuple[Seen, Open]]:
    """Opens the page; at the end it has not complained, and asked nobody else for anything."""
    seen, complaints, runners = Seen(), list[str](), []

    async def opened(token: str = "", size: dict[str, int] = PORTRAIT) -> Page:
        page_of_token = OperatorPage(seen.board, PageAccess(token), "127.0.0.1:1", seen.redis)
        runner, port = await serve_page(Settings(ops_port=0), page_of_token)
        runners.append(runner)
        seen.url = f"http://127.0.0.1:{port}"
        page = await browser.new_page(viewport=size)  # type: ignore[arg-type]
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: "Failed to load resource" in said.text or complaints.append(said.text))
        page.on("request", lambda asked: asked.url.startswith(seen.url) or complaints.append(asked.url))
        await page.goto(f"{seen.url}/ops")
        return page

    yield seen, opened
    for runner in runners:
        await runner.cleanup()
    assert complaints == []


async def test_it_shows_how_all_is_on_a_phone_and_on_a_desk(open_page: tuple[Seen, Open]) -> None:
    seen, opened = open_page
    seen.fill()
    page = await opened()
    status = page.locator("#status")
    await expect(status).to_have_text("synthesize is 6.2 s behind in 1 partition")
    for size in (PORTRAIT, {"width": 320, "height": 640}, DESKTOP):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        assert await page.evaluate("document.documentElement.scrollWidth") == size["width"]
        await assert_accessible(page)
    cards = page.locator("#stages > li")
    await expect(cards).to_have_count(4)
    await expect(cards.nth(2)).to_have_attribute("data-kind", "bad")
    await expect(cards.nth(2)).to_contain_text("3 records wait, the oldest in translations:7; 1 partition late")
    assert len(await cards.nth(2).locator(".line").get_attribute("d") or "") > 1_000
    await expect(cards.nth(1)).to_contain_text("36 ok, 4 failed engine")
    first = page.locator("#sessions > li").first
    await expect(first).to_contain_text("Last words read after 1.6 s, heard after 2.3 s")
    await expect(first).to_contain_text("es · 120 readers, 40 hear it")
    await expect(page.locator("#engines")).to_contain_text("left alone: translate en es (translate-0)")
    await expect(page.locator("#engines")).to_contain_text("4 (10 %)")
    await expect(page.locator("#processes")).to_contain_text("137 connections, 1 speaker, 135 listeners")
    await expect(page.locator("#numbers")).to_contain_text("1 of 12")


async def test_sessions_are_hidden_and_ended_only_when_that_is_meant(open_page: tuple[Seen, Open]) -> None:
    seen, opened = open_page
    seen.fill()
    page = await opened(size=DESKTOP)
    hide = page.get_by_role("button", name="Hide captions of calm-otter-121")
    await hide.click()
    await expect(page.locator("#said")).to_have_text("Captions of calm-otter-121 are hidden.")
    assert [ran[3] for ran in seen.redis.ran] == [1]
    seen.board.take_redis([session(1, hidden=True)], crew())
    shown = page.get_by_role("button", name="Show captions of calm-otter-121")
    await expect(shown).to_be_focused()  # the same button, whatever it says
    await page.get_by_role("button", name="End calm-otter-121").click()
    await assert_accessible(page)
    await page.get_by_role("button", name="Cancel").click()
    assert seen.redis.asked_to_end == []
    await page.get_by_role("button", name="End calm-otter-121").click()
    await page.get_by_role("button", name="End it").click()
    await expect(page.locator("#said")).to_have_text("calm-otter-121 has ended.")
    assert len(seen.redis.asked_to_end) == 1
    await page.get_by_role("button", name="Replay 2:17").click()
    await expect(page.locator("#said")).to_contain_text("Kafka does not answer")


async def test_it_says_what_is_away_and_that_nobody_answers(open_page: tuple[Seen, Open]) -> None:
    seen, opened = open_page
    page = await opened()
    await expect(page.locator("#no-stages")).to_have_text("Not known: It was not asked yet.")
    seen.fill()
    await expect(page.locator("#sessions > li")).to_have_count(2)
    seen.board.lose("kafka", "Kafka at broker:9092 does not answer.")
    seen.board.lose("redis", "Redis does not answer (TimeoutError).")
    status = page.locator("#status")
    await expect(status).to_have_text("Kafka at broker:9092 does not answer. Redis does not answer (TimeoutError).")
    await expect(page.locator("#stages > li")).to_have_count(0)
    await expect(page.locator("#no-sessions")).to_have_text("Not known: Redis does not answer (TimeoutError).")
    await assert_accessible(page)
    await page.route("**/ops/api/board", lambda route: route.abort())
    await expect(status).to_contain_text("dragoman ops does not answer: this is how it was")


async def test_the_token_is_asked_for_and_given_up_again(open_page: tuple[Seen, Open]) -> None:
    seen, opened = open_page
    seen.fill()
    page = await opened(TOKEN)
    token = page.get_by_label("Token of the operators")
    await expect(token).to_be_visible()
    await assert_accessible(page)
    await token.fill("nonsense")
    await page.keyboard.press("Enter")
    await expect(page.locator("#refused")).to_have_text("This is not the token.")
    await expect(page.locator("#board")).to_be_hidden()
    await token.fill(TOKEN)
    await page.keyboard.press("Enter")
    await expect(page.locator("#stages > li")).to_have_count(4)
    await page.reload()
    await page.get_by_role("button", name="Sign out").click()
    await expect(token).to_be_visible()
    await expect(page.locator("#board")).to_be_hidden()
