"""Which processes there are, and what their engines can do."""

from typing import Any

import msgspec
import structlog
from redis.asyncio import Redis

from dragoman.ops.live import SessionSeen, look_at_sessions
from dragoman.ops.processes import FORGOTTEN_MS, EngineSeen, engines, look_at_crew, processes
from dragoman.runtime.wall_clock import now_ms
from schemas.channels import (
    PRESENCE_MS,
    Capacity,
    Presence,
    Resting,
    audience_key,
    capacity_key,
    processes_key,
    resting_key,
    session_key,
)
from schemas.languages import Abilities, abilities_key
from schemas.messages import Session

NOW = 1_800_000_000_000
SESSION = Session(session_id="x", code="x", source_language="en", partition=0, created_at=NOW, updated_at=NOW)
THERE = Presence(until=NOW + 1, version="0.1.0", since=NOW - 5000)


def session(gateway: str, **listeners: int) -> SessionSeen:
    return SessionSeen(
        id="x", code="x", title="", state="live", hidden=False, source_language="en", created_at=0, spoken_s=0,
        gateway=gateway, languages={}, listeners=listeners, lag_ms={},
    )  # fmt: skip


def test_gateways_come_first_with_whom_they_have() -> None:
    there = {
        "translate b": THERE,
        "transcribe a": THERE,
        "broadcast a": msgspec.structs.replace(THERE, until=NOW - 5000),
        "gateway pod 7": msgspec.structs.replace(THERE, gateway="g1", connections=5),
    }
    capacities = {"a": Capacity(until=NOW + 1, taken=3, most=12), "b": Capacity(until=NOW + 1, taken=9, most=9)}
    found = processes(there, capacities, [session("g1", g1=2, g2=9), session("", g1=1)], NOW)
    assert [(each.kind, each.name) for each in found] == [
        ("gateway", "pod 7"), ("transcribe", "a"), ("translate", "b"), ("broadcast", "a"),
    ]  # fmt: skip
    gateway, transcribe, translate, broadcast = found
    assert (gateway.connections, gateway.speakers, gateway.listeners) == (5, 1, 3)
    assert (transcribe.taken, transcribe.most, transcribe.speakers) == (3, 12, 0)
    assert translate.most == 0, "the capacity of another stage's worker of that name is not its own"
    assert broadcast.silent_s == (5000 + PRESENCE_MS) / 1000
    assert (gateway.silent_s, gateway.version) == (0, "0.1.0")


def test_engines_are_those_that_are_asked_and_those_that_are_left_alone() -> None:
    abilities = {
        "synthesize": Abilities(languages={}, engines={"*": {"en": "kokoro", "es": "kokoro", "ca": "festival"}}),
        "translate": Abilities(languages={}, engines={"en": {"es": "amazon"}, "es": {"en": "amazon"}}),
    }
    resting = {
        name: Resting(until=NOW, engines={"amazon": ["translate en es"]}) for name in ("translate b", "translate a")
    } | {"transcribe a": Resting(until=NOW, engines={"whisper": ["transcribe en"]})}
    assert engines(abilities, resting) == [
        EngineSeen(stage="transcribe", engine="whisper", languages=0, resting=["transcribe en (a)"]),
        EngineSeen(
            stage="translate", engine="amazon", languages=2, resting=["translate en es (a)", "translate en es (b)"]
        ),
        EngineSeen(stage="synthesize", engine="festival", languages=1, resting=[]),
        EngineSeen(stage="synthesize", engine="kokoro", languages=2, resting=[]),
    ]


async def test_who_is_gone_for_long_is_forgotten_by_redis_too(redis: Redis) -> None:
    there = msgspec.structs.replace(THERE, until=now_ms() + 60_000)
    gone = msgspec.structs.replace(THERE, until=now_ms() - FORGOTTEN_MS - 1)
    said = {"translate of-this-test": there, "translate long-gone": gone}
    await redis.hset(processes_key(), mapping={name: msgspec.json.encode(each) for name, each in said.items()})
    names = [each.name for each in (await look_at_crew(redis, [])).processes]
    assert "of-this-test" in names
    assert "long-gone" not in names
    assert not await redis.hexists(processes_key(), "translate long-gone")
    await redis.hdel(processes_key(), "translate of-this-test")


class Held:
    """In place of a Redis with this time, its pipeline, and what it holds."""

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms
        self.hashes: dict[str, dict[bytes, bytes]] = {}
        self.plain: dict[str, bytes] = {}
        self.ids: list[bytes] = []
        self.deleted: list[str] = []
        self._answers: list[Any] = []

    def pipeline(self, **_: object) -> "Held":
        self._answers = []
        return self

    def time(self) -> None:
        self._answers.append((self.at_ms // 1000, self.at_ms % 1000 * 1000))

    def hgetall(self, key: str) -> None:
        self._answers.append(self.hashes.get(key, {}))

    def get(self, key: str) -> None:
        self._answers.append(self.plain.get(key))

    def hmget(self, key: str, *fields: str) -> None:
        self._answers.append([self.hashes.get(key, {}).get(field.encode()) for field in fields])

    async def execute(self) -> list[Any]:
        return self._answers

    async def zrange(self, *_: object) -> list[bytes]:
        return self.ids

    async def hdel(self, _: str, *names: str) -> None:
        self.deleted += names


YEARS_AGO = 1_500_000_000_000


async def test_who_is_there_is_so_by_the_clock_of_redis() -> None:
    held = Held(YEARS_AGO)
    there = msgspec.structs.replace(THERE, until=YEARS_AGO + 1)
    capacity = Capacity(until=YEARS_AGO + 1, taken=3, most=12)
    held.hashes[processes_key()] = {b"transcribe a": msgspec.json.encode(there)}
    held.hashes[capacity_key()] = {b"a": msgspec.json.encode(capacity)}
    (found,) = (await look_at_crew(held, [])).processes
    assert (found.silent_s, found.taken, held.deleted) == (0, 3, [])


async def test_what_cannot_be_read_is_passed_over_and_said_once() -> None:
    held = Held(YEARS_AGO)
    there = msgspec.json.encode(msgspec.structs.replace(THERE, until=YEARS_AGO + 1))
    held.hashes[processes_key()] = {b"translate a": there, b"translate b": b"{}", b"\xff": there}
    held.hashes[capacity_key()] = {b"a": b"nonsense"}
    resting = Resting(until=YEARS_AGO + 1, engines={"x": ["y"]})
    held.hashes[resting_key()] = {b"a": b"7", b"newer-stage a": msgspec.json.encode(resting)}
    held.plain[abilities_key("translate")] = b"\xff"
    good, lease = msgspec.json.encode(SESSION), b'{"until": "soon"}'
    held.ids = [b"good", b"bad", b"worse", b"\xff"]
    held.hashes |= {session_key(name): {b"record": good, b"state": b"live"} for name in ("good", "bad")}
    held.hashes |= {session_key("worse"): {b"record": b"{"}, audience_key("bad"): {b"g1": lease}}
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            crew = await look_at_crew(held, [])
            assert [each.name for each in crew.processes] == ["a"]
            assert crew.engines == []
            assert [each.id for each in await look_at_sessions(held)] == ["good"]
    said = [each["value"] for each in logs if each["event"] == "ops.unreadable"]
    assert len(said) == len(set(said)) == 7
