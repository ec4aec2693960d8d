"""How a session is found while Redis has, or has just lost, its memory."""

from typing import Any

import pytest

from gateway.access.token import SpeakerClaims
from gateway.errors import RefusedError
from gateway.sessions.lookup import Lookup
from gateway.sessions.sessions import Standing
from tests.dragoman.transcripts.spoken import SESSION

STANDING = Standing(SESSION, 0, "")
CLAIMS = SpeakerClaims(SESSION.session_id, SESSION.partition, SESSION.source_language)


class Memory:
    """What Redis knows, and what it is given back: by `complete` when it `forgot` all, by `one` a single session."""

    def __init__(self, *, known: bool = False, forgot: bool = False, deleted: bool = False) -> None:
        self.known, self._forgot, self._deleted = known, forgot, deleted
        self.asked: list[str] = []

    async def find(self, typed: str) -> Standing | None:
        return STANDING if self.known and typed == SESSION.code else None

    async def standing(self, session_id: str) -> Standing | None:
        return STANDING if self.known and session_id == SESSION.session_id else None

    async def deleted(self, _: str) -> bool:
        return self._deleted

    async def complete(self) -> None:
        self.asked.append("complete")
        self.known = self.known or self._forgot

    async def one(self, _: SpeakerClaims) -> None:
        self.asked.append("one")
        self.known = True


def lookup(memory: Memory) -> Lookup:
    both: Any = memory
    return Lookup(both, both)


async def test_a_code_that_redis_knows_waits_for_nothing() -> None:
    memory = Memory(known=True)
    assert await lookup(memory).by_code(SESSION.code) is STANDING
    assert memory.asked == []


async def test_a_code_that_redis_has_just_forgotten_is_looked_for_again() -> None:
    memory = Memory(forgot=True)
    assert await lookup(memory).by_code(SESSION.code) is STANDING
    assert memory.asked == ["complete"]


async def test_a_code_that_nobody_has_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        await lookup(Memory()).by_code("no-such-code")
    assert refused.value.code == "session-not-found"


@pytest.mark.parametrize(("forgot", "asked"), [(True, ["complete"]), (False, ["complete", "one"])])
async def test_a_speakers_session_is_read_back_when_redis_lacks_only_this_one(forgot: bool, asked: list[str]) -> None:
    memory = Memory(forgot=forgot)
    assert await lookup(memory).by_token(CLAIMS) is STANDING
    assert memory.asked == asked


async def test_a_session_that_was_deleted_is_not_read_back() -> None:
    memory = Memory(deleted=True)
    with pytest.raises(RefusedError):
        await lookup(memory).by_token(CLAIMS)
    assert memory.asked == ["complete"]
