"""Which processes there are, and what their engines can do."""

import msgspec
from redis.asyncio import Redis

from dragoman.ops.live import SessionSeen
from dragoman.ops.processes import FORGOTTEN_MS, EngineSeen, engines, look_at_crew, processes
from dragoman.runtime.wall_clock import now_ms
from schemas.channels import PRESENCE_MS, Capacity, Presence, Resting, processes_key
from schemas.languages import Abilities

NOW = 1_800_000_000_000
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
