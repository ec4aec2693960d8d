"""The operators' page by HTTP: what is given to whom, and what is changed by whom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from dragoman.local.ports import free_ports
from dragoman.ops.dead_letters import Letter
from dragoman.ops.page import site
from dragoman.ops.page.access import MARK, PageAccess
from dragoman.ops.page.site import OperatorPage, serve_page
from dragoman.runtime.errors import DragomanError, SettingsError
from dragoman.runtime.settings import Settings, read_settings
from tests.dragoman.ops.test_board import board
from tests.dragoman.ops.test_live import SESSION

TOKEN = "of-the-operators-9f2c"
HIDE = f"/ops/api/sessions/{SESSION.session_id}/hide"


class Scripts:
    """In place of Redis: notes which scripts it is asked to run."""

    def __init__(self) -> None:
        self.ran: list[tuple[Any, ...]] = []
        self.asked_to_end: list[str] = []
        self.answer = 1
        self.away = False

    async def eval(self, _: str, *arguments: Any) -> int:
        if self.away:
            raise RedisConnectionError
        self.ran.append(arguments)
        return self.answer

    async def publish(self, channel: str, _: bytes) -> None:
        """Somebody is to end the session: its gateway does at once."""
        self.asked_to_end.append(channel)

    async def hmget(self, *_: str) -> list[bytes]:
        return [b"ended" if self.asked_to_end else b"live", b"g1"]


@asynccontextmanager
async def served(token: str = "") -> AsyncIterator[tuple[aiohttp.ClientSession, Scripts]]:
    redis = Scripts()
    page = OperatorPage(board(), PageAccess(token), "127.0.0.1:1", redis)
    runner, port = await serve_page(Settings(ops_port=0), page)
    try:
        jar = aiohttp.CookieJar(unsafe=True)  # unsafe: of an address without a name
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=jar) as http:
            yield http, redis
    finally:
        await runner.cleanup()


async def status(asked: Any) -> int:
    async with asked as response:
        return int(response.status)


async def test_whoever_is_on_the_machine_sees_all_and_the_files_are_nobodys_secret() -> None:
    async with served() as (http, _):
        async with http.get("/ops/api/board") as response:
            assert response.status == 200
            assert (await response.json())["stages"] == []
            assert response.headers["Cache-Control"] == "no-store"
            assert MARK not in response.headers
        for path in ("/", "/ops", "/ops/style.css", "/ops/icon.svg", "/ops/files/ops.js", "/ops/files/ops.css"):
            async with http.get(path) as response:
                assert response.status == 200
                assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert await status(http.get("/ops/files/../access.py")) == 404
        assert await status(http.get("/ops/api/board", headers={"X-Forwarded-For": "10.0.0.7"})) == 403
        assert await status(http.get("/ops/api/board", headers={"Via": "1.1 proxy"})) == 403
        assert await status(http.get("/ops/api/board", headers={"Host": "evil.example"})) == 403


async def test_the_token_opens_it_as_a_header_and_for_a_browser_as_a_cookie_until_it_signs_out() -> None:
    async with served(TOKEN) as (http, redis):
        assert await status(http.get("/ops")) == 200
        assert await status(http.get("/ops/api/board")) == 401
        assert await status(http.get("/ops/api/board", headers={"Authorization": f"Bearer {TOKEN}"})) == 200
        assert await status(http.post(HIDE, headers={"Authorization": f"Bearer {TOKEN}", MARK: "1"})) == 200
        assert await status(http.post("/ops/api/login", json={"token": TOKEN})) == 401, "a form elsewhere has no mark"
        for wrong in ({"token": f"{TOKEN}x"}, {"token": ""}, {}):
            assert await status(http.post("/ops/api/login", json=wrong, headers={MARK: "1"})) == 401
        assert await status(http.post("/ops/api/login", data=b"[1]", headers={MARK: "1"})) == 400
        async with http.post("/ops/api/login", json={"token": TOKEN}, headers={MARK: "1"}) as response:
            cookie = response.cookies["dragoman-ops"]
            assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/ops")
            assert TOKEN not in cookie.value
        async with http.get("/ops/api/board") as response:
            assert (response.status, response.headers[MARK]) == (200, "token")
        assert await status(http.post(HIDE)) == 401, "the cookie alone comes from anywhere"
        assert await status(http.post(HIDE, headers={MARK: "1", "Origin": "https://evil.example"})) == 401
        assert len(redis.ran) == 1
        assert await status(http.post(HIDE, headers={MARK: "1"})) == 200
        assert await status(http.post("/ops/api/logout", headers={MARK: "1"})) == 200
        assert await status(http.get("/ops/api/board")) == 401


async def test_nothing_is_changed_by_a_get_nor_by_what_nobody_asked_for() -> None:
    letter = "/ops/api/letters/1:2/replay"
    async with served() as (http, redis):
        for path in (HIDE, letter, "/ops/api/login", "/ops/api/logout"):
            assert await status(http.get(path)) in (404, 405)
        assert await status(http.post(HIDE)) == 403
        assert await status(http.post(HIDE, headers={MARK: "1", "Origin": "http://evil.example"})) == 403
        assert await status(http.post(HIDE.replace("hide", "delete"), headers={MARK: "1"})) == 404
        assert await status(http.post("/ops/api/login", json={"token": ""}, headers={MARK: "1"})) == 403
        assert redis.ran == []


async def test_what_cannot_be_done_is_said() -> None:
    async with served() as (http, redis):

        async def said(path: str) -> tuple[int, str]:
            async with http.post(path, headers={MARK: "1"}) as response:
                return response.status, (await response.json())["message"]

        redis.answer = 0
        assert await said(HIDE) == (404, "It is over, or there is none.")
        redis.away = True
        assert await said(HIDE) == (503, "Redis does not answer (ConnectionError).")
        assert (await said("/ops/api/letters/nonsense/replay"))[0] == 409
        code, why = await said("/ops/api/letters/1:2/discard")
        assert code == 409
        assert "Kafka does not answer at 127.0.0.1:1" in why


async def test_a_taken_port_and_a_token_that_could_be_guessed_are_one_line_each() -> None:
    (port,) = free_ports(1)
    page = OperatorPage(board(), PageAccess(""), "", Scripts())
    runner, _ = await serve_page(Settings(ops_port=port), page)
    try:
        with pytest.raises(DragomanError, match=f"port {port} of the operators' page is taken"):
            await serve_page(Settings(ops_port=port), page)
    finally:
        await runner.cleanup()
    with pytest.raises(SettingsError, match="DRAGOMAN_OPS_TOKEN must have 16 characters"):
        read_settings(ops_token="guess")


async def test_a_letter_that_is_asked_for_twice_at_once_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, given = list[str](), asyncio.Event()

    async def slow(_: str, wanted: str) -> Letter:
        asked.append(wanted)
        await given.wait()
        raise DragomanError("this one cannot be had")

    monkeypatch.setattr(site, "find_letter", slow)
    path = "/ops/api/letters/1:2/replay"
    async with served() as (http, _):
        posts = [asyncio.create_task(status(http.post(path, headers={MARK: "1"}))) for _ in range(2)]
        done, _ = await asyncio.wait(posts, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        given.set()
        await asyncio.gather(*posts)
        assert asked == ["1:2"]
        assert [each.result() for each in done] == [409]
        assert await status(http.post(path, headers={MARK: "1"})) == 409
        assert asked == ["1:2"] * 2, "what is over can be asked for again"
