"""Who is at a socket."""

import time

import pytest

from dragoman.runtime.settings import Settings
from gateway.access.access import Access
from gateway.access.identity import ANYONE, Identity
from gateway.access.visitor import Visitor
from gateway.errors import RefusedError

KEY = "k" * 16
OPEN, SECRET = Access(Settings(auth="open")), Access(Settings(auth="secret", speaker_key=KEY))
SOON = Identity("ada", speaker=True, until=time.time() + 60)


async def test_a_stranger_is_anyone_where_anyone_may_speak_and_nobody_elsewhere() -> None:
    assert await Visitor(OPEN, None).identity("whatever") == ANYONE
    assert await Visitor(SECRET, None).identity("") is None


async def test_what_an_action_shows_goes_before_the_ticket() -> None:
    visitor = Visitor(SECRET, SOON)
    assert await visitor.identity("") == SOON
    assert await visitor.identity(KEY) == ANYONE
    with pytest.raises(RefusedError):
        await visitor.identity("wrong")


async def test_nobody_has_to_leave_for_a_credential_that_was_not_asked_for() -> None:
    visitor = Visitor(SECRET, SOON)
    assert visitor.until is None
    await visitor.identity("")
    assert visitor.until == SOON.until
    await visitor.identity(KEY)
    assert visitor.until is None
