"""Who sees the operators' page, and who may act there."""

from dataclasses import replace

import pytest

from dragoman.ops.page.access import Caller, PageAccess, by_proxy

TOKEN = "of-the-operators-9f2c"
HERE = Caller(remote="127.0.0.1", host="localhost:8070")
AWAY = Caller(remote="10.0.0.7", host="ops.example:8070")


@pytest.mark.parametrize("host", ["localhost", "localhost:8070", "127.0.0.1:8070", "[::1]:8070", "LOCALHOST:1"])
@pytest.mark.parametrize("remote", ["127.0.0.1", "127.9.9.9", "::1"])
def test_without_a_token_the_machine_itself_sees_it(remote: str, host: str) -> None:
    assert PageAccess("").may_see(Caller(remote=remote, host=host))


@pytest.mark.parametrize(
    "other",
    [
        AWAY,
        replace(HERE, remote="10.0.0.7"),
        replace(HERE, remote=""),
        replace(HERE, host="evil.example:8070"),  # a name elsewhere that leads to 127.0.0.1
        replace(HERE, host="localhost.evil.example"),
        replace(HERE, host="127.0.0.1.evil.example"),
        replace(HERE, host=""),
        replace(HERE, forwarded=True),  # a proxy on the machine speaks for somebody else
    ],
)
def test_without_a_token_nobody_else_sees_it(other: Caller) -> None:
    assert not PageAccess("").may_see(other)
    assert not PageAccess("").may_see(replace(other, bearer="x", cookie="x"))


def test_with_a_token_it_is_asked_of_everybody() -> None:
    access = PageAccess(TOKEN)
    assert not access.may_see(HERE)
    for wrong in ("", "x", TOKEN[:-1], f"{TOKEN}x", access.cookie, "\udcff"):
        assert not access.may_see(replace(AWAY, bearer=wrong))
    for wrong in ("", "x", TOKEN, PageAccess(f"{TOKEN}2").cookie, "\udcff"):
        assert not access.may_see(replace(AWAY, cookie=wrong))
    assert access.may_see(replace(AWAY, bearer=TOKEN))
    assert access.may_see(replace(AWAY, cookie=access.cookie))


def test_only_the_page_itself_may_act() -> None:
    """A browser sends the cookie with what another site asks for; only the page can send the mark."""
    access = PageAccess(TOKEN)
    page = replace(AWAY, cookie=access.cookie, marked=True, origin="https://ops.example:8070")
    assert access.may_act(page)
    assert access.may_act(replace(AWAY, bearer=TOKEN, marked=True)), "a program names no origin"
    for wrong in (
        {"marked": False},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://ops.example:9999"},
        {"cookie": ""},
    ):
        assert not access.may_act(replace(page, **wrong))


@pytest.mark.parametrize("name", ["Via", "Forwarded", "X-Forwarded-For", "x-forwarded-proto", "X-Real-IP"])
def test_a_proxy_gives_itself_away_by_a_header_or_by_an_old_version_of_http(name: str) -> None:
    assert by_proxy(["Host", name], (1, 1))
    assert by_proxy(["Host"], (1, 0)), "as nginx speaks where nothing else is said"
    assert not by_proxy(["Host", "Cookie", "Dragoman-Ops"], (1, 1))
