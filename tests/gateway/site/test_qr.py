"""The QR code."""

import re
from xml.etree import ElementTree

import aiohttp
import segno

from dragoman.local.ports import free_ports
from gateway.gateway import Gateway
from gateway.site.qr import QUIET, picture
from tests.gateway.client import Connect, StartGateway

LINK = "https://talks.example.org/listen/calm-otter-123"
SVG = "{http://www.w3.org/2000/svg}"


def modules(svg: str) -> tuple[int, set[tuple[int, int]]]:
    """Side and dark modules (row, column) of a picture, its quiet zone included."""
    root = ElementTree.fromstring(svg)
    side = int(root.attrib["viewBox"].split()[2])
    white, black = root.findall(f"{SVG}path")
    assert (white.attrib["fill"], white.attrib["d"]) == ("#fff", f"M0 0h{side}v{side}H0z")
    assert black.attrib["fill"] == "#000"
    path = black.attrib["d"]
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path)
    assert "".join(f"M{x} {y}h{right}v1h-{left}z" for x, y, right, left in runs) == path
    assert all(right == left for _, _, right, left in runs)
    return side, {(int(y), int(x) + n) for x, y, length, _ in runs for n in range(int(length))}


def expected(link: str) -> tuple[int, set[tuple[int, int]]]:
    """The same of another writer."""
    code = segno.make(link, error="m", micro=False)
    matrix = code.matrix_iter(border=4)
    return code.symbol_size(border=4)[0], {
        (y, x) for y, row in enumerate(matrix) for x, module in enumerate(row) if module
    }


def test_the_picture_has_the_modules_of_the_link_with_white_around_it() -> None:
    side, dark = modules(picture(LINK, "calm-otter-123"))
    assert (side, dark) == expected(LINK)
    assert not [place for place in dark if min(place) < QUIET or max(place) >= side - QUIET]


def test_it_says_what_it_is_and_refers_to_nothing() -> None:
    svg = picture(LINK, "<&>")
    root = ElementTree.fromstring(svg)
    assert root.attrib["role"] == "img"
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == "QR code: listen to <&>"
    assert {element.tag for element in root.iter()} == {f"{SVG}{name}" for name in ("svg", "title", "path")}
    assert "href" not in svg


async def test_the_link_and_the_picture_begin_with_the_public_url(
    start_gateway: StartGateway, connect: Connect
) -> None:
    (port,) = free_ports(1)
    gateway: Gateway = await start_gateway(port=port, public_url=f"http://localhost:{port}/")
    answer = await (await connect(gateway)).ask("createSession", sourceLanguage="en")
    link = f"http://localhost:{port}/listen/{answer['sessionId']}"
    assert answer["joinUrl"] == link
    url = f"{gateway.url}/api/sessions/{answer['sessionId'].upper()}/qr.svg"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        assert (response.status, response.content_type) == (200, "image/svg+xml")
        assert response.headers["Cache-Control"] == "private, max-age=3600"
        assert modules(await response.text()) == expected(link)


async def test_there_is_none_of_a_session_that_does_not_exist(gateway: Gateway) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/api/sessions/no-such-100/qr.svg") as response:
        assert response.status == 404


async def test_private_links_are_seen_only_by_who_may_have_them(gateway: Gateway, connect: Connect) -> None:
    """The one that moves the session to another device, and the moderator's."""
    answer = await (await connect()).ask("createSession", sourceLanguage="en")
    code, tokens = answer["sessionId"], {"speak": answer["speakerToken"], "moderate": answer["moderatorToken"]}
    async with aiohttp.ClientSession() as http:
        for page, other in (("speak", "moderate"), ("moderate", "speak")):
            url = f"{gateway.url}/api/sessions/{code}/qr.svg?of={page}"
            async with http.get(url, headers={"Authorization": f"Bearer {tokens[page]}"}) as response:
                assert response.headers["Cache-Control"] == "no-store"
                assert modules(await response.text()) == expected(f"{gateway.url}/{page}#{code}/{tokens[page]}")
            for shown in ({}, {"Authorization": f"Bearer {tokens[other]}"}):
                async with http.get(url, headers=shown) as refused:
                    assert (refused.status, tokens[page] in await refused.text()) == (401, False)
