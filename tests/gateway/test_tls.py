"""The gateway speaks TLS itself: everything goes as without, and files that do not do are said in one line."""

import asyncio
import base64
import json
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from dragoman.client.connection import Connection, only, trusted
from dragoman.client.errors import GatewayUnreachable
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings
from gateway.gateway import Gateway
from gateway.tls import tls_context
from gateway.wire.peer import SOFT_LIMIT
from schemas.channels import captions_channel, speech_channel
from tests.gateway.certificate import Files, write_certificate
from tests.gateway.client import Client, StartGateway, accepted, created, joined, pcm
from tests.gateway.publisher import Publisher, caption, session_id_of, speech
from tests.gateway.test_program import COMPLETE, run


def context_of(files: Files) -> ssl.SSLContext | None:
    return tls_context(Settings(**(COMPLETE | files._asdict())))


def refusal_of(files: Files) -> str:
    with pytest.raises(DragomanError) as refused:
        context_of(files)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_without_files_there_is_no_tls() -> None:
    assert tls_context(Settings(**COMPLETE)) is None


def test_one_file_alone_is_refused(tmp_path: Path) -> None:
    files = write_certificate(tmp_path)
    assert "DRAGOMAN_TLS_KEY" in refusal_of(files._replace(tls_key=""))
    assert "DRAGOMAN_TLS_CERT" in refusal_of(files._replace(tls_cert=""))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    files = write_certificate(tmp_path)
    assert (
        refusal_of(files._replace(tls_cert="gone.pem"))
        == "DRAGOMAN_TLS_CERT: cannot read gone.pem: No such file or directory"
    )
    assert (
        refusal_of(files._replace(tls_key="gone.pem"))
        == "DRAGOMAN_TLS_KEY: cannot read gone.pem: No such file or directory"
    )


def test_the_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    one, other = write_certificate(tmp_path / "one"), write_certificate(tmp_path / "other")
    assert refusal_of(one._replace(tls_key=other.tls_key)).endswith(f"{other.tls_key} is not the key of {one.tls_cert}")


def test_a_certificate_out_of_its_time_is_refused(tmp_path: Path) -> None:
    assert " expired on " in refusal_of(write_certificate(tmp_path, begins=-3, days=-1))
    assert " is not valid before " in refusal_of(write_certificate(tmp_path, begins=1, days=2))


def test_files_that_hold_something_else_are_refused(tmp_path: Path) -> None:
    files = write_certificate(tmp_path)
    assert "holds no certificate" in refusal_of(files._replace(tls_cert=files.tls_key))
    assert "holds no key" in refusal_of(files._replace(tls_key=files.tls_cert))


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    assert "one with a password" in refusal_of(write_certificate(tmp_path, password=b"secret"))


def test_the_program_says_it_in_one_line(tmp_path: Path) -> None:
    ended = run(**(COMPLETE | write_certificate(tmp_path, begins=-3, days=-1)._asdict()), log_level="error")
    assert ended.returncode == 2
    assert ended.stderr.startswith("dragoman gateway: DRAGOMAN_TLS_CERT: ")
    assert ended.stderr.count("\n") == 1


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A certificate that clients of this test trust."""
    return write_certificate(tmp_path)


@pytest.fixture
def trust(files: Files) -> ssl.SSLContext:
    """A client's TLS that trusts the gateway's certificate, and checks its name."""
    return ssl.create_default_context(cafile=files.tls_cert)


@pytest_asyncio.fixture
async def secure(start_gateway: StartGateway, files: Files) -> Gateway:
    """A gateway that speaks TLS."""
    return await start_gateway(**files._asdict())


@pytest_asyncio.fixture
async def http(trust: ssl.SSLContext) -> AsyncIterator[aiohttp.ClientSession]:
    """A client's connections, over TLS."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session:
        yield session


async def connect(http: aiohttp.ClientSession, gateway: Gateway) -> Client:
    return Client(await http.ws_connect(f"{gateway.url}/ws", protocols=("dragoman.v1",), max_msg_size=0))


async def test_one_speaks_and_listens_over_tls(secure: Gateway, http: aiohttp.ClientSession, redis: Redis) -> None:
    assert secure.url.startswith("https://127.0.0.1:")
    speaker, listener = await connect(http, secure), await connect(http, secure)
    answer = await speaker.ask("createSession", sourceLanguage="en")
    code = answer["sessionId"]
    assert answer["joinUrl"] == f"{secure.url}/listen/{code}"
    await joined(listener, code)
    for n in range(5):
        await speaker.socket.send_bytes((1600 * n).to_bytes(8, "big") + bytes(8) + pcm(1600))
    await accepted(speaker, 8000)
    session_id = await session_id_of(redis, code)
    await Publisher(redis, captions_channel(session_id, "es")).final(0, caption(0, "hola"))
    await Publisher(redis, speech_channel(session_id, "es", "ogg-opus")).final(0, speech(0, bytes(60_000)))
    assert (await listener.of_type("caption"))["text"] == "hola"
    assert (await listener.of_type("translatedAudio"))["audio"] == bytes(60_000)


async def test_pages_and_their_links_are_served_over_tls(secure: Gateway, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{secure.url}/") as page:
        assert page.status == 200


async def test_who_does_not_trust_the_certificate_does_not_get_in(secure: Gateway) -> None:
    async with aiohttp.ClientSession() as stranger:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await stranger.ws_connect(f"{secure.url}/ws")


async def test_the_demo_trusts_its_own_gateway_s_certificate_alone_whatever_name_it_is_for(
    start_gateway: StartGateway, tmp_path: Path
) -> None:
    files = write_certificate(tmp_path / "own", name="talks.example")
    there = (await start_gateway(**files._asdict())).url
    trusted.set(only(files.tls_cert))
    connection = await Connection.open(there)
    await connection.close()
    trusted.set(only(write_certificate(tmp_path / "another").tls_cert))
    with pytest.raises(GatewayUnreachable, match="certificate"):
        await Connection.open(there)


async def test_links_begin_with_the_public_url(
    start_gateway: StartGateway, files: Files, http: aiohttp.ClientSession
) -> None:
    gateway = await start_gateway(**files._asdict(), public_url="https://talks.example/")
    speaker = Client(await http.ws_connect(f"wss://127.0.0.1:{gateway.port}/ws"))
    answer = await speaker.ask("createSession", sourceLanguage="en")
    assert answer["joinUrl"] == f"https://talks.example/listen/{answer['sessionId']}"


async def join_and_read_nothing(gateway: Gateway, trust: ssl.SSLContext, code: str) -> asyncio.StreamWriter:
    """A listener over TLS who reads nothing after the answer to its join."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", gateway.port, ssl=trust, server_hostname="localhost", limit=1024
    )
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: dragoman.v1\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    text = json.dumps({"action": "joinSession", "sessionId": code, "targetLanguage": "es"}).encode()
    writer.write(bytes((0x81, 0x80 | len(text))) + bytes(4) + text)
    await reader.readuntil(b"sessionJoined")
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a ReadTransport too
    return writer


async def test_a_listener_over_tls_who_does_not_read_is_let_go_and_the_others_hear_all(
    secure: Gateway, http: aiohttp.ClientSession, trust: ssl.SSLContext, redis: Redis
) -> None:
    speaker, listener = await connect(http, secure), await connect(http, secure)
    code, _ = await created(speaker)
    await joined(listener, code)
    stalled = await join_and_read_nothing(secure, trust, code)
    voice = Publisher(redis, speech_channel(await session_id_of(redis, code), "es", "ogg-opus"))
    parts = 3 * SOFT_LIMIT // 8192 + 600
    for n in range(parts):
        await voice.final(n * 160, speech(n * 160, bytes(8192)))
        await listener.of_type("translatedAudio")
    while len(secure._peers) > 2:  # noqa: ASYNC110  # nothing tells when a socket is gone
        await asyncio.sleep(0.02)
    stalled.transport.abort()
    heard = [message["segment"] for message in listener.passed if message["type"] == "translatedAudio"]
    assert heard == [n * 160 for n in range(parts)]
