"""deploy/proxy/nginx.conf, run by a real nginx: only its ports and the files of its certificate are others."""

import asyncio
import re
import shutil
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from redis.asyncio import Redis

from dragoman.local.ports import free_ports
from gateway.upkeep import PING_S
from schemas.channels import captions_channel
from schemas.languages import Abilities, abilities_key
from tests.gateway.certificate import Files, write_certificate
from tests.gateway.client import Client, accepted, created, eventually, joined, send_audio
from tests.gateway.program import Program, start_program
from tests.gateway.publisher import Publisher, caption, session_id_of
from tests.gateway.reader import Readers

FILE = Path(__file__).parents[2] / "deploy" / "proxy" / "nginx.conf"
NGINX = shutil.which("nginx", path="/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin")
AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/dragoman.conf;
}}
"""
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: `make setup-tests` installs it")


class Front:
    """A running nginx."""

    def __init__(self, port: int, plain_port: int, http: aiohttp.ClientSession) -> None:
        self.url, self.plain_url, self.http = f"https://127.0.0.1:{port}", f"http://127.0.0.1:{plain_port}", http


def substituted(files: Files, port: int, plain_port: int, gateways: Sequence[int]) -> str:
    """The file with other ports and another certificate."""
    text = FILE.read_text()
    for before, after in (
        ("listen 443 ", f"listen 127.0.0.1:{port} "),
        ("listen 80;", f"listen 127.0.0.1:{plain_port};"),
        ("/etc/ssl/talks.example/fullchain.pem", files.tls_cert),
        ("/etc/ssl/talks.example/privkey.pem", files.tls_key),
        ("server 127.0.0.1:8080;", f"server 127.0.0.1:{gateways[0]};"),
        ("server 127.0.0.1:8090;", f"server 127.0.0.1:{gateways[1]};"),
    ):
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


@asynccontextmanager
async def nginx(folder: Path, gateways: Sequence[int]) -> AsyncIterator[Front]:
    """Runs it before two ports until the block ends."""
    assert NGINX
    port, plain_port = free_ports(2)
    files = write_certificate(folder / "tls")
    (folder / "dragoman.conf").write_text(substituted(files, port, plain_port, gateways))
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    process = await asyncio.create_subprocess_exec(NGINX, "-p", folder, "-c", folder / "nginx.conf")
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=files.tls_cert), force_close=True)
    try:
        async with aiohttp.ClientSession(connector=connector) as http:
            while not await _answers(plain_port):
                assert process.returncode is None, (folder / "error.log").read_text()
                await asyncio.sleep(0.02)
            yield Front(port, plain_port, http)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@needs_nginx
async def test_sockets_pages_and_a_killed_gateway(kafka: str, redis_url: str, tmp_path: Path) -> None:
    redis = Redis.from_url(redis_url, protocol=2)
    for stage, languages in {"transcribe": {"en": []}, "translate": {"en": ["es"]}}.items():
        await redis.set(abilities_key(stage), msgspec.json.encode(Abilities(languages=languages)))
    programs = [await start_program(kafka, redis_url, public_url="https://talks.example") for _ in range(2)]
    try:
        async with nginx(tmp_path, [program.port for program in programs]) as front:
            await until_ready(front.http, programs)
            await serves(front, redis, programs)
    finally:
        for program in programs:
            await program.end()
        await redis.aclose()


async def until_ready(http: aiohttp.ClientSession, programs: Sequence[Program]) -> None:
    for program in programs:
        while True:
            async with http.get(f"http://127.0.0.1:{program.operator_port}/readyz") as response:
                if response.status == 200:
                    break
            await asyncio.sleep(0.05)


async def open_socket(front: Front) -> Client:
    return Client(await front.http.ws_connect(f"{front.url}/ws", protocols=("dragoman.v1",)))


async def sockets_of(http: aiohttp.ClientSession, program: Program) -> float:
    """Listeners of one gateway, as it counts them."""
    async with http.get(f"http://127.0.0.1:{program.operator_port}/metrics") as response:
        found = re.search(r'^dragoman_gateway_sockets{role="listener"} (.*)$', await response.text(), re.MULTILINE)
    return float(found[1]) if found else 0


async def serves(front: Front, redis: Redis, programs: Sequence[Program]) -> None:
    speaker, *listeners = [await open_socket(front) for _ in range(5)]
    code, token = await created(speaker)
    for listener in listeners:
        await joined(listener, code, audio=False)
    assert [await sockets_of(front.http, program) for program in programs] == [2, 2]
    await send_audio(speaker, code, samples=16_000)  # 43 KB in one message
    await accepted(speaker, 16_000)
    captions = Publisher(redis, captions_channel(await session_id_of(redis, code), "es"))
    await captions.final(0, caption(0, "hola"))
    known = [(await listener.of_type("caption"))["id"] for listener in listeners]
    for _ in range(2):
        async with front.http.get(f"{front.url}/api/sessions/{code}") as response:
            assert (response.status, (await response.json())["sessionId"]) == (200, code)
    await programs[0].end()
    await captions.final(160, caption(160, "two"))
    ends = [asyncio.create_task(client.closed()) for client in (speaker, *listeners)]

    async def half_have_ended() -> bool:
        return sum(end.done() for end in ends) >= 2

    await eventually(half_have_ended)
    assert {end.result() for end in ends if end.done()} == {1006}
    for end in ends:
        end.cancel()
    for _ in range(2):  # whoever comes now gets to the one that is left
        back = await open_socket(front)
        answer = await joined(back, code, audio=False, resume={"captions": known[0]})
        assert answer["captions"]["recovered"] is True
        assert (await back.of_type("caption"))["text"] == "two"
    reader = await Readers(front.http, front.url).read(code, after=f"{known[0]}/0-0")
    await reader.text("two")
    await captions.final(320, caption(320, "three"))
    await reader.text("three")  # at once: nothing is kept until there is more of it
    reader.response.close()
    speaking = await open_socket(front)
    while (answer := await speaking.ask("resumeSession", sessionId=code, speakerToken=token))["type"] == "error":
        assert answer["retryable"]
        await asyncio.sleep(0.1)
    assert answer["position"] == 16_000


@needs_nginx
async def test_the_gateway_learns_who_is_asking_and_how_and_no_client_can_lie_about_it(tmp_path: Path) -> None:
    async def tell(request: web.Request) -> web.Response:
        names = ("X-Forwarded-For", "X-Forwarded-Proto", "Host", "Upgrade", "Connection")
        return web.json_response({name: request.headers.get(name, "") for name in names})

    async with behind(tell) as port, nginx(tmp_path, [port, port]) as front:
        async with front.http.get(f"{front.url}/x", headers={"X-Forwarded-For": "8.8.8.8"}) as response:
            told = await response.json()
        assert (told["X-Forwarded-For"], told["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
        assert told["Host"] == front.url.removeprefix("https://")
        assert told["Upgrade"] == ""
        async with front.http.get(f"{front.plain_url}/listen/x?y", allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (308, "https://127.0.0.1/listen/x?y")


@asynccontextmanager
async def behind(answer: Any) -> AsyncIterator[int]:
    """A server that answers everything so; its port."""
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


def test_its_timeouts_are_longer_than_the_gateway_s_pings() -> None:
    found = re.findall(r"proxy_(?:read|send)_timeout (\d+)s;", FILE.read_text())
    assert len(found) == 2
    assert all(int(seconds) >= 2 * PING_S for seconds in found)


def test_nothing_in_it_keeps_a_client_where_it_was() -> None:
    directives = "".join(line.partition("#")[0] for line in FILE.read_text().splitlines())
    assert not re.search(r"\b(ip_hash|hash|sticky|least_conn)\b", directives)
