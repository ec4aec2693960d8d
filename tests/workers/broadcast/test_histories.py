"""A life of Redis that lacks what the channels had gets it back from Kafka before anything new, once and in order."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from schemas.channels import captions_channel, filled_key, publication, revisions_key
from schemas.messages import Message, Transcript
from tests.workers.driving import Clock, everyone_waits, record, until, until_true
from tests.workers.texts import SPOKEN_AT, end, transcript, translation
from tests.workers.worker_process import connected
from workers.broadcast.channel import ForgottenError, RedisChannel
from workers.broadcast.entries import NewEntry, entries
from workers.broadcast.histories import Histories
from workers.stage import Record
from workers.tail import Tail

PLACE = ("translations", 0)


class Forgetful(RedisChannel):
    """Keeps (segment, number) as Redis does, until the test lets it forget."""

    def __init__(self) -> None:
        self.run_id, self.notes = "first", dict[str, str]()
        self.kept: list[int] = []

    def begin_again(self, run_id: str, *, remembering: int) -> None:
        """Another life, with the first entries of the last one."""
        self.run_id, self.kept = run_id, self.kept[:remembering]

    async def publish(self, filled: str, entry: NewEntry, filling: str = "") -> bool:
        if self.run_id not in (filling, self.notes.get(filled)):
            raise ForgottenError
        if self.kept and entry.segment <= self.kept[-1]:
            return False
        self.kept.append(entry.segment)
        return True

    async def life(self, filled: str) -> tuple[str, bool]:
        return self.run_id, self.notes.get(filled) == self.run_id

    async def note_filled(self, filled: str, run_id: str) -> bool:
        if run_id == self.run_id:
            self.notes[filled] = run_id
        return run_id == self.run_id


class Log(Tail):
    """A partition in memory, read two records at a time."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.asked: list[tuple[str, int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.before_piece = lambda: None

    def holds(self, *messages: Message) -> None:
        self.records += [record("translations", len(self.records) + each, m) for each, m in enumerate(messages)]

    async def bounds(self, topic: str, partition: int, at_ms: int, group: str) -> tuple[int, int]:
        assert group == "broadcast"
        self.asked.append((topic, at_ms))
        await self.open.wait()
        return 0, len(self.records) if topic == PLACE[0] else 0

    async def piece(self, topic: str, partition: int, offset: int, end: int) -> tuple[list[Record], int]:
        self.before_piece()
        return self.records[offset : min(offset + 2, end)], min(offset + 2, end)

    async def partitions(self, topic: str) -> list[int]:
        return [0]

    async def close(self) -> None:
        """Nothing was opened."""


class Bench:
    def __init__(self) -> None:
        self.channel, self.log, self.clock = Forgetful(), Log(), Clock()
        self.histories = Histories(self.channel, self.log, self.clock.now, window_s=300)

    async def publish(self, *segments: int) -> list[bool]:
        """As lanes do, side by side."""
        records = [record("translations", segment, translation(segment)) for segment in segments]
        return await asyncio.gather(*(self.histories.publish(each, *entries(each)) for each in records))

    def holds(self, *segments: int) -> None:
        self.log.holds(*(translation(segment) for segment in segments))


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_what_was_lost_is_published_again_before_anything_new(bench: Bench) -> None:
    bench.holds(1, 2, 3, 4, 5)
    assert await bench.publish(6) == [True]
    assert bench.channel.kept == [1, 2, 3, 4, 5, 6]


async def test_what_redis_still_has_is_not_published_again(bench: Bench) -> None:
    await bench.publish(1, 2, 3)
    bench.holds(1, 2, 3, 4)
    bench.channel.begin_again("second", remembering=2)
    await bench.publish(5)
    assert bench.channel.kept == [1, 2, 3, 4, 5]


async def test_what_the_fill_published_ahead_of_its_lane_is_refused_from_the_lane(bench: Bench) -> None:
    bench.holds(1, 2, 3)
    assert await bench.publish(2) == [False]
    assert bench.channel.kept == [1, 2, 3]


async def test_nothing_is_read_back_while_the_histories_are_whole(bench: Bench) -> None:
    await bench.histories.fill(PLACE)
    bench.log.asked.clear()
    bench.holds(1)
    another_process = Histories(bench.channel, bench.log, bench.clock.now, window_s=300)
    await another_process.fill(PLACE)
    first = record("translations", 2, translation(2))
    assert await another_process.publish(first, *entries(first))
    assert (bench.log.asked, bench.channel.kept) == ([], [2])


async def test_lanes_wait_for_the_one_fill_of_their_partition(bench: Bench) -> None:
    bench.holds(1)
    bench.log.open.clear()
    publishing = asyncio.create_task(bench.publish(2, 3, 4))
    await everyone_waits()
    assert bench.channel.kept == []
    bench.log.open.set()
    assert await publishing == [True, True, True]
    assert bench.channel.kept == [1, 2, 3, 4]
    assert bench.log.asked == [(topic, bench.clock.ms - 300_000) for topic in ("transcripts", "translations")]


async def test_a_life_that_ends_while_it_is_filled_is_filled_again_from_the_start(bench: Bench) -> None:
    bench.holds(1, 2, 3, 4, 5)
    lives = iter(["first", "second", "second", "third", *["fourth"] * 9])

    def lose() -> None:
        run_id = next(lives)
        if run_id != bench.channel.run_id:
            bench.channel.begin_again(run_id, remembering=0)

    bench.log.before_piece = lose
    await bench.publish(6)
    assert bench.channel.kept == [1, 2, 3, 4, 5, 6]
    assert bench.channel.notes == {filled_key(topic, 0): "fourth" for topic in ("transcripts", "translations")}


async def test_ends_are_filled_in_and_partials_are_not(bench: Bench) -> None:
    bench.log.holds(translation(1), translation(2, final=False), end(3, "es"))
    await bench.histories.fill(PLACE)
    assert bench.channel.kept == [1, 3]


async def test_all_partitions_are_filled_though_nobody_speaks_any_more(bench: Bench) -> None:
    bench.holds(1, 2)
    bench.histories.fill_all()
    await until(lambda: len(bench.channel.notes) == 3)
    assert bench.channel.kept == [1, 2]
    bench.channel.begin_again("second", remembering=1)
    bench.histories.fill_all()
    await until(lambda: set(bench.channel.notes.values()) == {"second"})
    assert bench.channel.kept == [1, 2]
    assert [topic for topic, _ in bench.log.asked] == ["transcripts", "translations", "speech"] * 2
    await bench.histories.close()


@pytest.fixture
async def channel(redis: Redis) -> RedisChannel:
    return RedisChannel(redis, Clock().now, most=500, speech_history_s=300, live_s=60, ended_s=60)


@pytest.fixture
async def histories(kafka: str, channel: RedisChannel) -> AsyncIterator[Histories]:
    histories = Histories(channel, Tail(kafka), Clock().now, window_s=300)
    yield histories
    await histories.close()


async def test_a_real_redis_that_lost_its_memory_gets_the_history_back_from_a_real_kafka(
    kafka: str, redis: Redis, channel: RedisChannel, histories: Histories
) -> None:
    session_id, partition = f"calm-otter-{uuid4().hex[:6]}", 3
    name, filled = captions_channel(session_id, "es"), filled_key("translations", partition)
    said: list[Message] = [translation(0), translation(16_000), translation(32_000), end(48_000, "es")]
    async with connected(kafka) as broker:
        for message in said:
            await broker.send("translations", session_id, message, partition)
    ids = ["0-16000", "16000-16000", "32000-16000", "48000-1"]

    async def ids_there() -> list[str]:
        rows: Any = await redis.xrange(name)
        return [row[0].decode() for row in rows]

    await redis.delete(filled)
    await channel.publish("", entries(record("translations", 0, said[0], session_id=session_id))[0], await life(redis))
    subscription = redis.pubsub()
    await subscription.subscribe(name)
    histories.fill_all()

    async def whole() -> bool:
        return await ids_there() == ids

    await until_true(whole)
    found: list[tuple[str, str]] = []
    while len(found) < 3:
        message = await subscription.get_message(ignore_subscribe_messages=True, timeout=60)
        if message:
            found.append(publication(message["data"])[:2])
    assert found == list(zip(ids[1:], ids, strict=False))

    await redis.delete(name, filled)
    await histories.fill(("translations", partition))
    assert await ids_there() == ids
    rows: Any = await redis.xrange(name)
    assert msgspec.json.decode(rows[0][1][b"p"])["text"] == "hola"
    await subscription.aclose()  # type: ignore[no-untyped-call]


async def test_what_was_revised_comes_back_from_kafka_with_the_ids_that_it_had(
    kafka: str, redis: Redis, channel: RedisChannel, histories: Histories
) -> None:
    """Redis is emptied while a lane has one more to publish."""
    session_id, partition = f"calm-otter-{uuid4().hex[:6]}", 2
    name, filled = captions_channel(session_id, "es"), filled_key("translations", partition)
    hole = translation(0, "", outcome="skipped", reason="no-audience")
    said: list[Message] = [
        hole,
        translation(16_000),
        translation(0, "filled", revision=16_001, revised=True),
        translation(8_000, "between", revision=8_001, revised=True),
        translation(0, "filled again", revision=16_001, revised=True),  # a worker was killed while it filled
    ]
    async with connected(kafka) as broker:
        offsets = [await broker.send("translations", session_id, message, partition) for message in said]
    given = [
        record("translations", offset, message, partition=partition, session_id=session_id)
        for offset, message in zip(offsets, said, strict=True)
    ]

    async def rows(key: str) -> list[tuple[str, str]]:
        found: Any = await redis.xrange(key)
        return [(row[0].decode(), msgspec.json.decode(row[1][b"p"])["text"]) for row in found]

    history = [("0-16000", ""), ("16000-16000", "hola")]
    revisions = [(f"0-{offsets[2] + 1}", "filled"), (f"0-{offsets[3] + 1}", "between")]
    await histories.fill(("translations", partition))
    for each in given:
        await histories.publish(each, *entries(each))
    assert (await rows(name), await rows(revisions_key(name))) == (history, revisions)

    await redis.flushall()
    assert not await histories.publish(given[-1], *entries(given[-1]))
    assert (await rows(name), await rows(revisions_key(name))) == (history, revisions)
    assert await redis.get(filled) is not None


async def test_a_channel_that_two_topics_feed_comes_back_as_it_was(
    kafka: str, redis: Redis, channel: RedisChannel, histories: Histories
) -> None:
    """Spanish was translated into, spoken, translated into and spoken again; and holes of both were filled. Nothing but
    Kafka tells so: the record of the session is gone, too, and the clock of a worker was wrong. Another session, whose
    translations come at once, is far ahead in the same partition."""
    session_id, partition = f"calm-otter-{uuid4().hex[:6]}", 1
    name = captions_channel(session_id, "es")

    def spoken(segment: int, text: str) -> Message:
        how = {"outcome": "ok" if text else "skipped", "spoken_at": SPOKEN_AT + segment // 16}
        return transcript(segment, text, language="es", **how)

    def translated(segment: int, text: str, **changed: Any) -> Message:
        how = {"outcome": "ok" if text else "skipped", "spoken_at": SPOKEN_AT + segment // 16}
        return translation(segment, text, **how | changed)

    said: list[Message] = [
        spoken(64_000, ""),
        spoken(320_000, "dicho"),
        msgspec.structs.replace(spoken(64_000, "oído"), revision=16_001, revised=True),
        translated(0, "primero"),
        translated(160_000, ""),
        translated(192_000, "trad"),
        translated(160_000, "relleno", revision=16_001, revised=True),
        msgspec.structs.replace(end(480_000, "es"), ended_at=SPOKEN_AT + 30_000),
    ]

    async def there(key: str) -> list[str]:
        rows: Any = await redis.xrange(key)
        return [msgspec.json.decode(row[1][b"p"]).get("text") for row in rows]

    async with connected(kafka) as broker:
        ahead = translation(0, "adelante", spoken_at=SPOKEN_AT + 3_600_000)
        await broker.send("translations", f"swift-heron-{uuid4().hex[:6]}", ahead, partition)
        for message in said:
            topic = "transcripts" if isinstance(message, Transcript) else "translations"
            await broker.send(topic, session_id, message, partition)
    await redis.flushall()
    await histories.fill(("transcripts", partition))
    assert await there(name) == ["primero", "", "", "trad", "dicho", None]
    assert sorted(await there(revisions_key(name))) == ["oído", "relleno"]
    assert await redis.get(filled_key("translations", partition)) == (await life(redis)).encode()


async def life(redis: Redis) -> str:
    return str((await redis.info("server"))["run_id"])
