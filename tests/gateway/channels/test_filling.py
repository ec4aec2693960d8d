"""Whether what Redis forgot may yet come back."""

import time
from typing import Any, cast

import pytest

from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.wall_clock import now_ms
from gateway.channels.filling import FILL_S, Refill
from schemas.channels import filled_key
from schemas.messages import Session
from schemas.topics import TRANSCRIPTS, TRANSLATIONS


class Server:
    """A Redis that says how old it is."""

    def __init__(self, age_s: float, **filled: bytes | None) -> None:
        """`filled`: by topic, under which life the histories of partition 3 were made whole."""
        self._age_s = age_s
        self._filled = {filled_key(topic, 3): life for topic, life in filled.items()}

    def pipeline(self, *, transaction: bool) -> "Server":
        """What is asked at once."""
        return self

    def ping(self) -> None:
        """It takes writes."""

    def info(self, section: str) -> None:
        """Of this life."""

    async def execute(self) -> tuple[bool, dict[str, Any]]:
        """What both answer."""
        now_us = time.time_ns() // 1000
        return True, {"run_id": "now", "uptime_in_seconds": self._age_s, "server_time_usec": now_us}

    async def mget(self, keys: list[str]) -> list[bytes | None]:
        """Only what it was told of."""
        return [self._filled[key] for key in keys]


@pytest.mark.parametrize(
    ("age_s", "session_s", "filled", "under_way"),
    [
        (5, 60, None, True),
        (5, 60, b"before", True),
        (5, 60, b"now", False),
        (5, 2, None, False),
        (1, 0.5, None, True),  # Redis may be younger than it says: it counts whole seconds
        (FILL_S + 1, 60, None, False),
    ],
)
async def test_a_history_may_come_back_until_it_is_whole_or_long_enough_has_passed(
    age_s: float, session_s: float, filled: bytes | None, under_way: bool
) -> None:
    """A session that began under this life of Redis lost nothing."""
    began = round(now_ms() - session_s * 1000)
    session = Session(session_id="s", code="s", source_language="en", partition=3, created_at=began, updated_at=began)
    server = cast(Any, Server(age_s, translations=filled))
    assert await Refill(server, RedisLife(server), session, TRANSLATIONS).under_way() is under_way


async def test_one_that_two_topics_feed_is_whole_when_both_are() -> None:
    session = Session(session_id="s", code="s", source_language="auto", partition=3, created_at=1, updated_at=1)
    for said, under_way in ((None, True), (b"before", True), (b"now", False)):
        server = cast(Any, Server(5, transcripts=said, translations=b"now"))
        filling = Refill(server, RedisLife(server), session, TRANSCRIPTS, TRANSLATIONS)
        assert await filling.under_way() is under_way
