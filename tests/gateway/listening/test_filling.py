"""Whether what Redis forgot may yet come back."""

import time
from typing import Any, cast

import pytest

from dragoman.runtime.redis_life import RedisLife
from gateway.listening.filling import FILL_S, Filling
from gateway.speaking.markers import now_ms
from schemas.channels import filled_key
from schemas.messages import Session
from schemas.topics import TRANSLATIONS


class Server:
    """A Redis that says how old it is."""

    def __init__(self, age_s: float, filled: bytes | None) -> None:
        self._age_s, self._filled = age_s, filled

    async def ping(self) -> bool:
        """It takes writes."""
        return True

    async def info(self, section: str) -> dict[str, Any]:
        """Of this life."""
        return {"run_id": "now", "uptime_in_seconds": self._age_s, "server_time_usec": time.time_ns() // 1000}

    async def get(self, key: str) -> bytes | None:
        """Under which life the histories of partition 3 were made whole."""
        assert key == filled_key(TRANSLATIONS, 3)
        return self._filled


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
    server = cast(Any, Server(age_s, filled))
    assert await Filling(server, RedisLife(server), session, TRANSLATIONS).under_way() is under_way
