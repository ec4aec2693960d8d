"""A reader of a stream goes on where it was cut, notices what is missing, and drops nothing that comes twice."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer

from dragoman.client.listener import Missed
from schemas.socket import Caption, SessionEnded
from tests.chaos.reader import Reader

END = b'id: ended\ndata: {"type":"sessionEnded","sessionId":"c"}\n\n'


def joined(recovered: bool) -> bytes:
    place = f'{{"language":"de","id":"","recovered":{"true" if recovered else "false"}}}'
    members = (
        '"sessionId":"c","title":"","sourceLanguage":"en","state":"live","languages":[],"format":null,"speech":null'
    )
    return f'data: {{"type":"sessionJoined",{members},"captions":{place}}}\n\n'.encode()


def caption(number: int, *, previous: int | None = None) -> bytes:
    before = number - 1 if previous is None else previous
    data = (
        f'{{"type":"caption","segment":{number},"revision":1,"final":true,"language":"de","text":"{number}",'
        f'"stableChars":1,"startMs":0,"endMs":0,"spokenAt":0,"outcome":"ok","reason":"","id":"{number}-1",'
        f'"previous":"{before}-1"}}'
    )
    return f"id: {number}-1/0-0\ndata: {data}\n\n".encode()


async def read(*streams: bytes) -> tuple[list[str], list[str]]:
    """What is told of these, each cut off at its end, and with which ids the reader came."""
    came: list[str] = []

    async def captions(request: web.Request) -> web.StreamResponse:
        came.append(request.headers.get("Last-Event-ID", ""))
        if len(came) > len(streams):
            return web.Response(status=204)
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"retry: 1\n: now\n\n" + streams[len(came) - 1])
        return response

    app = web.Application()
    app.add_routes([web.get("/api/sessions/c/captions", captions)])
    async with TestServer(app) as server, asyncio.timeout(60):
        reader = Reader(str(server.make_url("")).rstrip("/"), "c", "de", patience_s=30)
        told = [_word(each) async for each in reader.messages()]
    return told, came


def _word(told: Caption | Missed | SessionEnded) -> str:
    return told.text if isinstance(told, Caption) else type(told).__name__


async def test_it_comes_back_with_the_id_of_the_last_whole_event_until_the_end() -> None:
    half = caption(3)[:-1]
    told, came = await read(
        joined(False) + caption(1) + caption(2) + half, joined(True) + caption(3), joined(True) + END
    )
    assert told == ["1", "2", "3", "SessionEnded"]
    assert came == ["", "2-1/0-0", "3-1/0-0"]


async def test_what_comes_twice_is_told_twice() -> None:
    assert (await read(joined(False) + caption(1), joined(True) + caption(1) + END))[0] == [
        "1",
        "Missed",
        "1",
        "SessionEnded",
    ]


async def test_what_is_missing_is_noticed() -> None:
    told, _ = await read(joined(False) + caption(1) + caption(3), joined(False) + caption(9) + caption(10) + END)
    assert told == ["1", "Missed", "3", "Missed", "9", "10", "SessionEnded"]


async def test_who_is_told_to_stay_away_has_reached_the_end() -> None:
    assert await read(joined(False) + caption(1)) == (["1"], ["", "1-1/0-0"])
