"""Streams of captions against the real gateway and Redis; the workers' side is a publisher that keeps its contract."""

import asyncio
import time
from urllib.parse import quote

import aiohttp
import pytest
from yarl import URL

from gateway.gateway import Gateway
from gateway.wire.peer import SOFT_LIMIT
from schemas.channels import absent_key, audience_key, captions_channel, languages_key
from tests.gateway.client import Connect, StartGateway, created, eventually, joined
from tests.gateway.listening.test_listener import Scene, scene
from tests.gateway.program import start_program
from tests.gateway.publisher import Publisher, caption, ended
from tests.gateway.reader import Readers, url_of

__all__ = ["scene"]


async def says(publisher: Publisher, *numbers: int) -> None:
    """A caption for each number, which is its text and its segment."""
    for number in numbers:
        await publisher.final(number * 160, caption(number * 160, str(number)))


async def nobody_listens(scene: Scene) -> None:
    """Waits until the gateways say so."""

    async def true() -> bool:
        return sum(lease.listeners for lease in await scene.leases()) == 0

    await eventually(true)


async def test_a_reader_gets_what_a_socket_gets_and_the_ids_to_go_on_from(
    scene: Scene, connect: Connect, readers: Readers
) -> None:
    await says(scene.spanish, 0)
    socket = await connect()
    of_socket = await joined(socket, scene.code, "es-MX", audio=False)
    reader = await readers.read(scene.code, "es-MX")
    told = await reader.of_type("sessionJoined")
    assert told | {"requestId": of_socket["requestId"], "listener": of_socket["listener"]} == of_socket
    await says(scene.spanish, 1)
    await scene.spanish.revised(7, caption(0, "0!", revision=2))
    await reader.text("0!")
    await socket.until(lambda m: m.get("text") == "0!")
    assert reader.passed[1:] == [m for m in socket.passed if m["type"] == "caption"]
    assert reader.ids[1:] == ["0-1/0-0", "160-1/0-0", "160-1/7-1"]
    assert reader.response.headers["Cache-Control"] == "no-cache, no-store, no-transform"
    assert reader.response.headers["X-Content-Type-Options"] == "nosniff"
    assert reader.retry_ms


async def test_partials_have_no_id_and_are_for_those_who_want_it_fast(scene: Scene, readers: Readers) -> None:
    fast, steady = await readers.read(scene.code, mode="fast"), await readers.read(scene.code)
    await says(scene.spanish, 0)
    await fast.text("0")
    await scene.spanish.partial(caption(160, "u", final=False))
    await says(scene.spanish, 1)
    await fast.text("1")
    await steady.text("1")
    assert (fast.texts, steady.texts) == (["0", "u", "1"], ["0", "1"])
    assert fast.ids[1:] == ["0-1/0-0", "0-1/0-0", "160-1/0-0"]


async def test_an_event_source_that_comes_back_gets_exactly_what_it_missed(scene: Scene, readers: Readers) -> None:
    await says(scene.spanish, *range(5))
    reader = await readers.read(scene.code, history=2)
    assert (await reader.of_type("sessionJoined"))["captions"]["recovered"] is False
    await reader.text("4")
    assert reader.texts == ["3", "4"]
    reader.response.close()
    await says(scene.spanish, 5, 6)
    back = await readers.read(scene.code, after=reader.last_event_id, history=2)
    assert (await back.of_type("sessionJoined"))["captions"]["recovered"] is True
    await says(scene.spanish, 7)
    await back.text("7")
    assert back.texts == ["5", "6", "7"]


async def test_who_got_nothing_yet_goes_on_from_where_it_joined(scene: Scene, readers: Readers) -> None:
    await says(scene.spanish, 0)
    reader = await readers.read(scene.code, history=0)
    await reader.reached("0-1/0-0")
    reader.response.close()
    await says(scene.spanish, 1)
    back = await readers.read(scene.code, after=reader.last_event_id, history=0)
    assert (await back.of_type("caption"))["text"] == "1"


async def test_what_was_filled_and_revised_meanwhile_comes_as_higher_revisions(scene: Scene, readers: Readers) -> None:
    await scene.spanish.final(0, caption(0, "", outcome="skipped", reason="no-audience"))
    await says(scene.spanish, 1)
    reader = await readers.read(scene.code)
    await reader.text("1")
    await scene.spanish.revised(5, caption(160, "1!", revision=2))
    await reader.text("1!")
    reader.response.close()
    await scene.spanish.revised(9, caption(0, "cero", revision=2))
    await says(scene.spanish, 2)
    back = await readers.read(scene.code, after=reader.last_event_id)
    filled = await back.text("cero")
    assert (filled["revised"], filled["revision"], filled["revisionId"]) == (True, 2, "9-1")
    assert back.texts == ["2", "cero"]
    again = await readers.read(scene.code, after=back.last_event_id)
    await says(scene.spanish, 3)
    await again.text("3")
    assert again.texts == ["3"]


async def test_a_stream_that_was_cut_anywhere_loses_nothing(scene: Scene, readers: Readers) -> None:
    """After each event of a long recovery: what is known from there and what comes then is all that there is."""
    await says(scene.spanish, *range(4))
    for offset, segment in ((1, 0), (2, 2), (3, 1), (4, 0)):
        await scene.spanish.revised(offset, caption(segment * 160, f"{segment}!{offset}", revision=1 + offset))
    whole = await readers.read(scene.code, after="160-1/1-1")
    await whole.reached("480-1/4-1")
    assert whole.texts == ["2!2", "3", "1!3", "0!4"]
    for cut, known in enumerate(whole.ids[1:], 1):
        rest = await readers.read(scene.code, after=known)
        await rest.reached("480-1/4-1")
        seen = {m["segment"]: m["text"] for m in [*whole.passed[1 : cut + 1], *rest.passed[1:]]}
        assert seen == {0: "0!4", 160: "1!3", 320: "2!2", 480: "3"}, (known, seen)


@pytest.mark.parametrize("gone", ["80-1/0-0", "garbage", "9" * 30 + "-1/x", "\u00e9", "/"])
async def test_recovered_is_said_only_when_the_id_is_still_there(scene: Scene, readers: Readers, gone: str) -> None:
    await says(scene.spanish, 1)
    reader = await readers.read(scene.code, after=gone)
    assert (await reader.of_type("sessionJoined"))["captions"]["recovered"] is False
    assert (await reader.of_type("caption"))["text"] == "1"


async def test_a_redis_that_forgot_everything_is_said_and_live_goes_on(scene: Scene, readers: Readers) -> None:
    await says(scene.spanish, 0, 1)
    reader = await readers.read(scene.code)
    await reader.text("1")
    reader.response.close()
    await nobody_listens(scene)
    await scene.redis.delete(captions_channel(scene.session_id, "es"))
    await says(scene.spanish, 3)
    back = await readers.read(scene.code, after=reader.last_event_id)
    assert (await back.of_type("sessionJoined"))["captions"]["recovered"] is False
    await back.text("3")


async def test_what_pub_sub_dropped_is_read_from_the_history(scene: Scene, readers: Readers) -> None:
    reader = await readers.read(scene.code)
    await says(scene.spanish, 0)
    await scene.spanish.final(160, caption(160, "1"), quietly=True)
    await says(scene.spanish, 2)
    await reader.text("2")
    assert reader.texts == ["0", "1", "2"]


async def test_another_gateway_goes_on_where_the_first_was_killed(
    scene: Scene, readers: Readers, kafka: str, redis_url: str
) -> None:
    program = await start_program(kafka, redis_url)
    try:
        reader = await readers.read(scene.code, at=f"http://127.0.0.1:{program.port}")
        await says(scene.spanish, 0)
        await reader.text("0")
    finally:
        await program.end()
    await reader.ended()
    await says(scene.spanish, 1)
    back = await readers.read(scene.code, after=reader.last_event_id)
    await says(scene.spanish, 2)
    await back.text("2")
    assert back.texts == ["1", "2"]


async def test_a_language_is_wanted_while_somebody_reads_it_and_lingers(scene: Scene, readers: Readers) -> None:
    reader = await readers.read(scene.code)
    (lease,) = await scene.leases()
    assert (lease.captions, lease.speech, lease.listeners) == ({"es": 1}, {}, 1)
    await scene.speaker.until(lambda m: m.get("byLanguage") == {"es": {"captions": 1, "audio": 0}})
    reader.response.close()
    await nobody_listens(scene)
    assert await lingering(scene) == 1
    await scene.speaker.until(lambda m: m.get("byLanguage") == {})


async def test_who_only_reads_may_wish_for_another_language(scene: Scene, readers: Readers) -> None:
    await readers.read(scene.code, wished="pl")
    await scene.speaker.until(lambda m: m.get("wished") == {"pl": 1})


async def test_who_comes_back_with_its_token_is_the_same_one(scene: Scene, readers: Readers) -> None:
    reader = await readers.read(scene.code)
    token = (await reader.of_type("sessionJoined"))["listener"]
    again = await readers.read(scene.code, "ca", listener=token)
    assert (await again.of_type("sessionJoined"))["listener"] == token
    await reader.ended()
    (lease,) = await scene.leases()
    assert (lease.captions, lease.listeners) == ({"ca": 1}, 1)
    assert await lingering(scene) == 0


async def test_a_head_asks_for_nothing(scene: Scene, gateway: Gateway) -> None:
    async with aiohttp.ClientSession() as http, http.head(f"{url_of(gateway, scene.code)}?language=es") as answer:
        assert answer.status == 405
    assert await scene.redis.exists(languages_key(scene.session_id), audience_key(scene.session_id)) == 0


async def test_a_request_that_is_given_up_at_once_asks_for_nothing(scene: Scene, gateway: Gateway) -> None:
    """Also of those that get as far as a lease nothing lingers."""
    port = URL(gateway.url).port
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /api/sessions/{scene.code}/captions?language=es HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await writer.drain()
        writer.transport.abort()
    await eventually(lambda: idle(gateway))
    await nobody_listens(scene)
    assert await lingering(scene) == 0


async def idle(gateway: Gateway) -> bool:
    """No stream is open, and no request on its way."""
    return gateway.connections == 1 and len(gateway._peers) == 1


async def lingering(scene: Scene) -> int:
    """How many are absent who read Spanish."""
    return int(await scene.redis.zcard(absent_key(scene.session_id, "captions", "es")))


@pytest.mark.parametrize(
    ("code", "query", "status", "error"),
    [
        ("calm-otter-100", {}, 404, "session-not-found"),
        ("", {"language": "xx"}, 400, "language-unavailable"),
        ("", {"language": ""}, 400, "bad-message"),
        ("", {"mode": "slow"}, 400, "bad-message"),
        ("", {"history": "many"}, 400, "bad-message"),
    ],
)
async def test_errors_before_it_begins_are_those_of_the_other_routes(
    scene: Scene, readers: Readers, code: str, query: dict[str, str], status: int, error: str
) -> None:
    answer = await readers.ask(code or scene.code, **query)
    told = await answer.json()
    assert (answer.status, answer.content_type, told["type"], told["code"]) == (
        status,
        "application/json",
        "error",
        error,
    )
    assert await scene.redis.exists(languages_key(scene.session_id)) == 0


async def test_the_language_must_be_said(scene: Scene, gateway: Gateway) -> None:
    async with aiohttp.ClientSession() as http, http.get(url_of(gateway, scene.code)) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, "bad-message")


async def test_a_pin_comes_in_a_header_or_in_the_query(connect: Connect, readers: Readers) -> None:
    code, _ = await created(await connect(), listeners="pin", pin="4711 ü")
    assert (await readers.ask(code)).status == 403
    assert (await readers.ask(code, pin="4712")).status == 403
    await readers.read(code, pin="4711 ü")
    await readers.read(code, headers={"X-Dragoman-Pin": quote("4711 ü")})


async def test_pages_of_elsewhere_read_it_only_where_they_are_listed(
    start_gateway: StartGateway, connect: Connect, readers: Readers
) -> None:
    gateway = await start_gateway(origins="https://talks.example")
    code, _ = await created(await connect(gateway))
    strange = await readers.ask(code, at=gateway.url, headers={"Origin": "https://evil.example"})
    assert (strange.status, strange.headers.get("Access-Control-Allow-Origin")) == (403, None)
    listed = {"Origin": "https://talks.example"}
    reader = await readers.read(code, at=gateway.url, headers=listed)
    refused = await readers.ask(code, "xx", at=gateway.url, headers=listed)
    for answer in (reader.response, refused):
        assert answer.headers["Access-Control-Allow-Origin"] == "https://talks.example"
    picture = await readers.ask(code, at=gateway.url, headers={"Sec-Fetch-Mode": "no-cors"})
    assert picture.status == 403


async def test_readers_and_listeners_share_the_limits(
    start_gateway: StartGateway, connect: Connect, readers: Readers
) -> None:
    gateway = await start_gateway(listeners_per_session=2, sockets=4)
    code, _ = await created(await connect(gateway))
    await joined(await connect(gateway), code)
    reader = await readers.read(code, at=gateway.url)
    token = (await reader.of_type("sessionJoined"))["listener"]
    full = await readers.ask(code, at=gateway.url)
    assert (full.status, (await full.json())["code"]) == (429, "session-full")
    assert int(full.headers["Retry-After"]) > 0
    await readers.read(code, at=gateway.url, listener=token)
    await reader.ended()
    await connect(gateway)
    crowded = await readers.ask(code, at=gateway.url, listener=token)
    assert (crowded.status, (await crowded.json())["code"]) == (429, "rate-limited")


async def test_who_guesses_codes_is_refused_and_an_event_source_that_comes_back_waits(
    start_gateway: StartGateway, readers: Readers
) -> None:
    gateway = await start_gateway(failed_join_rate="2/hour", trusted_proxies="127.0.0.1")
    there = {"X-Forwarded-For": "198.18.77.1"}
    statuses = [(await readers.ask("calm-otter-100", at=gateway.url, headers=there)).status for _ in range(3)]
    assert statuses == [404, 404, 429]
    back = await readers.read("calm-otter-100", at=gateway.url, headers=there, after="0-1/0-0")
    assert (await back.of_type("error"))["code"] == "rate-limited"
    assert back.retry_ms
    assert back.retry_ms > 1000
    await back.ended()


async def test_signs_of_life_are_sent(scene: Scene, readers: Readers) -> None:
    reader = await readers.read(scene.code)
    await reader.of_type("sessionJoined")
    signs = len(reader.comments)
    async with asyncio.timeout(60):
        while len(reader.comments) == signs:
            await reader.block()
    assert abs(int(reader.comments[-1]) - time.time() * 1000) < 60_000, "the server's time"


async def test_the_speaker_s_state_and_the_end_are_told_and_nobody_comes_back_after_it(
    scene: Scene, readers: Readers
) -> None:
    reader = await readers.read(scene.code)
    await scene.speaker.ask("controlBroadcast", sessionId=scene.code, controlAction="pause")
    assert (await reader.of_type("speakerState"))["state"] == "paused"
    await scene.speaker.ask("endSession", sessionId=scene.code)
    await says(scene.spanish, 1)
    await scene.spanish.final(99_999, ended(scene.code))
    await reader.of_type("sessionEnded")
    assert reader.texts == ["1"]
    await reader.ended()
    assert (await readers.ask(scene.code, after=reader.last_event_id)).status == 204
    late = await readers.read(scene.code)
    await late.of_type("sessionEnded")
    assert late.texts == ["1"]


async def test_readers_are_sent_to_another_gateway_when_theirs_goes_away(
    scene: Scene, readers: Readers, gateway: Gateway, start_gateway: StartGateway
) -> None:
    going = await start_gateway(drain_s=0.5)
    reader = await readers.read(scene.code, at=going.url)
    await says(scene.spanish, 0)
    await reader.text("0")
    draining = asyncio.create_task(going.drain(asyncio.Event()))
    await reader.of_type("reconnect")
    assert reader.retry_ms
    assert reader.retry_ms < 500
    refused = await readers.ask(scene.code, at=going.url)
    assert (refused.status, (await refused.json())["code"]) == (503, "unavailable")
    waits = await readers.read(scene.code, at=going.url, after="0-1/0-0")
    assert (await waits.of_type("error"))["code"] == "unavailable"
    await reader.ended()
    await draining
    await says(scene.spanish, 1)
    back = await readers.read(scene.code, after=reader.last_event_id)
    await back.text("1")
    assert back.texts == ["1"]


async def test_an_old_client_without_chunks_reads_it_too(scene: Scene, gateway: Gateway) -> None:
    """HTTP/1.0, as nginx speaks it to what is behind it unless it is told otherwise."""
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(gateway.url).port)
    writer.write(f"GET /api/sessions/{scene.code}/captions?language=es HTTP/1.0\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert b"transfer-encoding" not in head
    await reader.readuntil(b"sessionJoined")
    await says(scene.spanish, 0)
    assert b'"id":"0-1"' in await reader.readuntil(b'"previous":""}\n\n')
    writer.close()


async def test_what_else_comes_on_the_connection_is_not_read(scene: Scene, gateway: Gateway) -> None:
    """Requests one behind the other would be kept for the end of the stream; its end would not be seen for them."""
    ask = f"GET /api/sessions/{scene.code}/captions?language=es HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(gateway.url).port)
    writer.write(ask)
    await reader.readuntil(b"sessionJoined")
    for _ in range(1000):
        writer.write(ask)
        await writer.drain()
    await says(scene.spanish, 0)
    await reader.readuntil(b'"id":"0-1"')
    writer.close()
    await eventually(lambda: idle(gateway))


async def test_five_hundred_read_and_one_who_does_not_is_let_go(
    start_gateway: StartGateway, connect: Connect, scene: Scene, readers: Readers
) -> None:
    gateway = await start_gateway(listeners_per_session=600)
    many = [await readers.read(scene.code, at=gateway.url, history=0) for _ in range(500)]
    stalled, writer = await asyncio.open_connection("127.0.0.1", URL(gateway.url).port, limit=1024)
    writer.write(f"GET /api/sessions/{scene.code}/captions?language=es HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await stalled.readuntil(b"sessionJoined")
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a ReadTransport too
    text, captions = "x" * 32_000, (3_500_000 + SOFT_LIMIT) // 32_000
    reading = [asyncio.create_task(reader.text("last")) for reader in many]
    for n in range(captions):
        await scene.spanish.final(n * 160, caption(n * 160, text))
        await asyncio.sleep(0)
    await scene.spanish.final(captions * 160, caption(captions * 160, "last"))
    await asyncio.gather(*reading)
    assert {len(reader.texts) for reader in many} == {captions + 1}
    while len(gateway._peers) > 500:  # noqa: ASYNC110  # nothing tells when a stream is gone
        await asyncio.sleep(0.02)
    writer.transport.abort()
