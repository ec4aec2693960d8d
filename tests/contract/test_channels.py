"""What the gateways rely on in a channel: an imitation of it in memory, and a real Redis, keep the same promises."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Protocol
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from schemas import channels
from schemas.channels import Publication, filled_key, publication
from schemas.messages import Transcript, Translation
from tests.workers.driving import SESSION, Clock, record
from tests.workers.texts import transcript, translation
from workers.broadcast.channel import ForgottenError, RedisChannel
from workers.broadcast.entries import NewEntry, entries

MOST = 5
SPEECH_S = 300.0
FILLED = filled_key("contract", 0)


class Seen(Protocol):
    """A channel with what gateways see of it."""

    clock: Clock

    async def publish(self, name: str, segment: int, number: int, payload: bytes) -> bool:
        """Appends and publishes; False if it is not newer."""

    async def revise(
        self, name: str, offset: int, segment: int, revision: int, payload: bytes, *, translated: bool = False
    ) -> bool:
        """Adds to the revisions and publishes; False if it is not newer."""

    async def publish_partial(self, name: str, payload: bytes) -> None:
        """Publishes without history."""

    async def history(self, name: str) -> list[tuple[str, bytes]]:
        """Ids and payloads, oldest first."""

    async def revisions(self, name: str) -> list[tuple[str, bytes]]:
        """The same of the revisions."""

    async def published(self, name: str, count: int) -> list[Publication]:
        """The first `count` publications since `listen`."""

    async def listen(self, name: str) -> None:
        """From here on publications are seen."""

    async def lose(self, name: str) -> None:
        """Redis forgets the channel."""


class MemoryChannel:
    """As the script in Redis does it, in words of Python."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.entries: dict[str, list[tuple[int, int, bytes, int]]] = {}
        self.last: dict[str, tuple[int, int]] = {}
        self.sent: dict[str, list[Publication]] = {}
        self.revised: dict[str, dict[int, tuple[tuple[int, int], int, bytes]]] = {}
        self.last_revised: dict[str, tuple[int, int]] = {}

    async def publish(self, name: str, segment: int, number: int, payload: bytes) -> bool:
        last = self.last.get(name)
        if last is not None and (segment, number) <= last:
            return False
        entries = [*self.entries.get(name, []), (segment, number, payload, self.clock.ms)][-MOST:]
        if channels.is_speech(name):
            entries = [entry for entry in entries if entry[3] >= self.clock.ms - SPEECH_S * 1000]
        self.entries[name], self.last[name] = entries, (segment, number)
        self._send(name, Publication(f"{segment}-{number}", f"{last[0]}-{last[1]}" if last else "", payload))
        return True

    async def revise(
        self, name: str, offset: int, segment: int, revision: int, payload: bytes, *, translated: bool = False
    ) -> bool:
        last, revised = self.last_revised.get(name, (0, 0)), self.revised.setdefault(name, {})
        said = [number for place, number, _, _ in self.entries.get(name, []) if place == segment]
        known = max([*said, *(held[1] for place, held in revised.items() if place == segment)], default=-1)
        if offset < last[translated] or revision <= known:
            return False
        place = (last[0], offset + 1) if translated else (offset + 1, last[1])
        revised[segment] = (place, revision, payload)
        if len(revised) > MOST:
            del revised[min(set(revised) - {segment})]
        self.last_revised[name] = place
        previous = "" if last == (0, 0) else f"{last[0]}-{last[1]}"
        self._send(name, Publication(f"{place[0]}-{place[1]}", previous, payload, revised=True))
        return True

    async def revisions(self, name: str) -> list[tuple[str, bytes]]:
        return [(f"{a}-{b}", payload) for (a, b), _, payload in sorted(self.revised.get(name, {}).values())]

    async def publish_partial(self, name: str, payload: bytes) -> None:
        self._send(name, Publication("", "", payload))

    async def history(self, name: str) -> list[tuple[str, bytes]]:
        return [(f"{segment}-{number}", payload) for segment, number, payload, _ in self.entries.get(name, [])]

    async def listen(self, name: str) -> None:
        self.sent[name] = []

    async def published(self, name: str, count: int) -> list[Publication]:
        assert len(self.sent[name]) >= count
        return self.sent[name][:count]

    async def lose(self, name: str) -> None:
        for memory in (self.entries, self.last, self.revised, self.last_revised):
            memory.pop(name, None)

    def _send(self, name: str, sent: Publication) -> None:
        if name in self.sent:
            self.sent[name].append(sent)


class RealChannel:
    """The channel of the broadcast worker, seen by another client."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self.redis, self.clock = redis, clock
        self.channel = channel_of(redis, clock)
        self.subscription = redis.pubsub()

    async def publish(self, name: str, segment: int, number: int, payload: bytes) -> bool:
        await filled(self.channel)
        return await self.channel.publish(FILLED, NewEntry(name, segment, number, payload))

    async def revise(
        self, name: str, offset: int, segment: int, revision: int, payload: bytes, *, translated: bool = False
    ) -> bool:
        await filled(self.channel)
        return await self.channel.publish(
            FILLED, NewEntry(name, segment, revision, payload, offset=offset, translated=translated)
        )

    async def publish_partial(self, name: str, payload: bytes) -> None:
        await self.channel.publish_partial(name, payload)

    async def history(self, name: str) -> list[tuple[str, bytes]]:
        entries: Any = await self.redis.xrange(name)
        return [(identity.decode(), fields[b"p"]) for identity, fields in entries]

    async def revisions(self, name: str) -> list[tuple[str, bytes]]:
        return await self.history(channels.revisions_key(name))

    async def listen(self, name: str) -> None:
        await self.subscription.subscribe(name)
        await self.subscription.get_message(timeout=60)

    async def published(self, name: str, count: int) -> list[Publication]:
        found: list[Publication] = []
        async with asyncio.timeout(60):
            while len(found) < count:
                message = await self.subscription.get_message(ignore_subscribe_messages=True, timeout=60)
                if message:
                    found.append(publication(message["data"]))
        return found

    async def lose(self, name: str) -> None:
        await self.redis.delete(name, channels.revisions_key(name), channels.revised_key(name))


def channel_of(redis: Redis, clock: Clock) -> RedisChannel:
    """A channel that is kept for 600 s while it is live, and 60 s after its end."""
    return RedisChannel(redis, clock.now, most=MOST, speech_history_s=SPEECH_S, live_s=600, ended_s=60)


async def filled(channel: RedisChannel) -> str:
    """Has Redis know that nothing is missing; answers its run id."""
    run_id, _ = await channel.life(FILLED)
    assert await channel.note_filled(FILLED, run_id)
    return run_id


@pytest.fixture(params=["memory", "redis"])
async def seen(request: pytest.FixtureRequest) -> AsyncIterator[Seen]:
    if request.param == "memory":
        yield MemoryChannel(Clock())
        return
    redis = Redis.from_url(request.getfixturevalue("redis_url"), protocol=2)
    real = RealChannel(redis, Clock())
    try:
        yield real
    finally:
        await real.subscription.aclose()  # type: ignore[no-untyped-call]
        await redis.aclose()


@pytest.fixture
def captions() -> str:
    """A channel of captions that no other test uses."""
    return channels.captions_channel(f"contract-{uuid4().hex}", "es")


@pytest.fixture
def speech() -> str:
    """A channel of speech that no other test uses."""
    return channels.speech_channel(f"contract-{uuid4().hex}", "es", "pcm16")


async def test_ids_are_the_segment_and_the_revision(seen: Seen, captions: str) -> None:
    assert await seen.publish(captions, 0, 32_000, b"one")
    assert await seen.publish(captions, 32_000, 16_000, b"two")
    assert await seen.history(captions) == [("0-32000", b"one"), ("32000-16000", b"two")]


async def test_a_publication_says_what_comes_before_it_in_the_history(seen: Seen, captions: str) -> None:
    await seen.listen(captions)
    await seen.publish(captions, 0, 32_000, b"one")
    await seen.publish(captions, 32_000, 16_000, b"two\nlines")
    assert await seen.published(captions, 2) == [
        Publication("0-32000", "", b"one"),
        Publication("32000-16000", "0-32000", b"two\nlines"),
    ]


@pytest.mark.parametrize(("segment", "number"), [(32_000, 10), (32_000, 9), (0, 99_999)])
async def test_what_is_not_newer_is_neither_kept_nor_published(
    seen: Seen, captions: str, segment: int, number: int
) -> None:
    await seen.publish(captions, 32_000, 10, b"first")
    await seen.listen(captions)
    assert not await seen.publish(captions, segment, number, b"again")
    assert await seen.publish(captions, 64_000, 1, b"next")
    assert await seen.published(captions, 1) == [Publication("64000-1", "32000-10", b"next")]
    assert await seen.history(captions) == [("32000-10", b"first"), ("64000-1", b"next")]


async def test_numbers_are_compared_as_numbers(seen: Seen, captions: str) -> None:
    await seen.publish(captions, 9, 9, b"nine")
    assert await seen.publish(captions, 9, 10, b"a revised one")
    assert await seen.publish(captions, 10, 1, b"ten")
    assert [identity for identity, _ in await seen.history(captions)] == ["9-9", "9-10", "10-1"]


async def test_positions_of_a_day_and_revisions_with_parts_fit(seen: Seen, speech: str) -> None:
    day, long = 24 * 3600 * 16_000, 3600 * 16_000 * 256
    assert await seen.publish(speech, day, long, b"late")
    assert not await seen.publish(speech, day, long, b"late")
    assert await seen.publish(speech, day, long + 1, b"later")
    assert [identity for identity, _ in await seen.history(speech)] == [f"{day}-{long}", f"{day}-{long + 1}"]


async def test_the_history_keeps_the_newest_entries(seen: Seen, captions: str) -> None:
    for segment in range(MOST + 3):
        await seen.publish(captions, segment, 1, b"%d" % segment)
    assert [payload for _, payload in await seen.history(captions)] == [
        b"%d" % segment for segment in range(3, MOST + 3)
    ]


async def test_old_speech_leaves_the_history_and_old_captions_do_not(seen: Seen, captions: str, speech: str) -> None:
    for name in (captions, speech):
        await seen.publish(name, 0, 1, b"old")
        await seen.publish(name, 1, 1, b"older than the limit soon")
    seen.clock.forward(SPEECH_S)
    for name in (captions, speech):
        await seen.publish(name, 2, 1, b"new")
    assert len(await seen.history(speech)) == 3
    seen.clock.forward(0.001)
    for name in (captions, speech):
        await seen.publish(name, 3, 1, b"newest")
    assert [payload for _, payload in await seen.history(speech)] == [b"new", b"newest"]
    assert len(await seen.history(captions)) == 4


async def test_a_publication_still_names_the_one_before_it_when_that_one_has_left_the_history(
    seen: Seen, speech: str
) -> None:
    await seen.publish(speech, 0, 1, b"old")
    seen.clock.forward(SPEECH_S + 1)
    await seen.listen(speech)
    await seen.publish(speech, 1, 1, b"new")
    assert await seen.published(speech, 1) == [Publication("1-1", "0-1", b"new")]
    assert await seen.history(speech) == [("1-1", b"new")]


async def test_partials_are_published_and_not_kept(seen: Seen, captions: str) -> None:
    await seen.listen(captions)
    await seen.publish_partial(captions, b"hel")
    await seen.publish(captions, 0, 1, b"hello")
    assert await seen.published(captions, 2) == [Publication("", "", b"hel"), Publication("0-1", "", b"hello")]
    assert await seen.history(captions) == [("0-1", b"hello")]


async def test_ids_keep_their_meaning_when_everything_was_lost(seen: Seen, captions: str) -> None:
    await seen.publish(captions, 0, 1, b"before")
    await seen.lose(captions)
    await seen.listen(captions)
    assert await seen.publish(captions, 32_000, 1, b"after")
    assert await seen.published(captions, 1) == [Publication("32000-1", "", b"after")]
    assert await seen.history(captions) == [("32000-1", b"after")]


async def test_languages_do_not_mix(seen: Seen, captions: str) -> None:
    other = captions.replace(":es", ":ca")
    await seen.publish(captions, 32_000, 1, b"es")
    assert await seen.publish(other, 0, 1, b"ca")
    assert await seen.history(other) == [("0-1", b"ca")]


async def test_a_history_and_the_lag_are_kept_for_as_long_as_the_settings_say(redis: Redis, captions: str) -> None:
    session_id = f"contract-{uuid4().hex}"
    channel = channel_of(redis, Clock())
    await filled(channel)
    await channel.publish(FILLED, NewEntry(captions, 0, 1, b"one"))
    await channel.note_lag(session_id, {"transcribe": 700, "broadcast": 3})
    await channel.note_lag(session_id, {"broadcast": 4})
    await channel.note_lag(session_id, {})
    assert await redis.hgetall(channels.lag_key(session_id)) == {b"transcribe": b"700", b"broadcast": b"4"}  # type: ignore[misc]
    for name in (captions, channels.lag_key(session_id)):
        assert 60_000 < await redis.pttl(name) <= 600_000


async def test_what_is_told_reaches_the_gateways_of_the_session(redis: Redis) -> None:
    session_id = f"contract-{uuid4().hex}"
    control = channels.Control(kind="spoken", language="es", segment=16_000, envelope="AAAA")
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(channels.control_channel(session_id))
        assert (await pubsub.get_message(timeout=60))["type"] == "subscribe"
        await channel_of(redis, Clock()).tell(session_id, control)
        message = await pubsub.get_message(timeout=60)
    assert msgspec.json.decode(message["data"], type=channels.Control) == control


async def test_a_caption_that_was_overtaken_by_the_other_topic_comes_late_and_once(redis: Redis, captions: str) -> None:
    """Whoever said it in a language that is translated into by now."""
    channel = channel_of(redis, Clock())
    await filled(channel)

    async def published(message: Transcript | Translation, offset: int) -> bool:
        topic = "transcripts" if isinstance(message, Transcript) else "translations"
        (entry,) = entries(record(topic, offset, message, session_id=SESSION))
        return await channel.publish(FILLED, entry._replace(channel=captions))

    given = [(transcript(0), 700), (translation(32_000), 20), (transcript(16_000), 701), (translation(64_000), 21)]
    given += [(translation(128_000), 22), (transcript(96_000), 702)]
    for each in given:
        assert await published(*each)
    for again in given:
        assert not await published(*again)
    for another_version in ((translation(100_000), 23), (translation(48_000), 24)):
        assert not await published(*another_version)
    said: Any = await redis.xrange(channels.revisions_key(captions))
    late = [(identity, msgspec.json.decode(fields[b"p"])) for identity, fields in said]
    assert [(identity, each["segment"], each["revised"]) for identity, each in late] == [
        (b"702-0", 16_000, True),
        (b"703-0", 96_000, True),
    ]


async def test_what_came_before_the_history_begins_is_not_overtaken(redis: Redis, captions: str) -> None:
    channel = channel_of(redis, Clock())
    await filled(channel)
    assert await channel.publish(FILLED, NewEntry(captions, 32_000, 1, b"first", overtaken_at=7, translated=True))
    assert not await channel.publish(FILLED, NewEntry(captions, 16_000, 1, b"before", overtaken_at=6))


async def test_a_language_that_was_found_out_is_noted_beside_the_session_and_told_once(redis: Redis) -> None:
    session_id = f"contract-{uuid4().hex}"
    key, channel = channels.session_key(session_id), channel_of(redis, Clock())

    async def noted(language: str, until: int) -> bytes | None:
        await channel.note_language(session_id, language, until)
        found: bytes | None = await redis.hget(key, "detected")  # type: ignore[misc]
        return found

    async def chosen(since: int) -> None:
        await redis.hset(key, "record", json.dumps({"language_since": since}))  # type: ignore[misc]

    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(channels.control_channel(session_id))
        assert (await pubsub.get_message(timeout=60))["type"] == "subscribe"
        assert await noted("es", 16_000) is None
        await chosen(0)
        assert await noted("es", 16_000) == b"es 16000"
        assert await noted("es", 32_000) == b"es 16000"
        assert await noted("pt", 8_000) == b"es 16000"
        await chosen(48_000)
        assert await noted("es", 64_000) == b"es 64000"
        await channel.tell(session_id, channels.Control(kind="ended"))
        kinds = [msgspec.json.decode((await pubsub.get_message(timeout=60))["data"])["kind"] for _ in range(3)]
    assert kinds == ["state", "state", "ended"]


async def test_a_channel_that_has_ended_is_kept_for_less_long(redis: Redis, captions: str) -> None:
    channel = channel_of(redis, Clock())
    await filled(channel)
    await channel.publish(FILLED, NewEntry(captions, 0, 1, b"one"))
    await channel.publish(FILLED, NewEntry(captions, 16_000, 1, b"the end", last=True))
    assert 0 < await redis.pttl(captions) <= 60_000


async def test_a_revision_has_an_id_of_its_own_and_the_history_goes_on_as_if_it_were_not_there(
    seen: Seen, captions: str
) -> None:
    await seen.publish(captions, 0, 10, b"hole")
    await seen.listen(captions)
    assert await seen.revise(captions, 7, 0, 11, b"filled\ntext")
    assert await seen.publish(captions, 10, 5, b"next")
    assert await seen.revise(captions, 12, 4, 6, b"a tile")
    assert await seen.published(captions, 3) == [
        Publication("8-0", "", b"filled\ntext", revised=True),
        Publication("10-5", "0-10", b"next"),
        Publication("13-0", "8-0", b"a tile", revised=True),
    ]
    assert await seen.history(captions) == [("0-10", b"hole"), ("10-5", b"next")]
    assert await seen.revisions(captions) == [("8-0", b"filled\ntext"), ("13-0", b"a tile")]


async def test_what_two_topics_fill_in_one_channel_all_comes_and_each_of_it_once(seen: Seen, captions: str) -> None:
    """Their offsets do not compare; an id says of either how far it goes."""
    await seen.listen(captions)
    assert await seen.revise(captions, 9100, 320, 1, b"translated", translated=True)
    assert await seen.revise(captions, 60, 0, 1, b"transcribed")
    assert not await seen.revise(captions, 60, 0, 2, b"transcribed")
    assert not await seen.revise(captions, 9100, 320, 2, b"translated", translated=True)
    assert await seen.revise(captions, 9101, 160, 1, b"also translated", translated=True)
    assert [each[:2] for each in await seen.published(captions, 3)] == [
        ("0-9101", ""),
        ("61-9101", "0-9101"),
        ("61-9102", "61-9101"),
    ]


async def test_the_first_record_of_a_partition_can_be_a_revision(seen: Seen, captions: str) -> None:
    assert await seen.revise(captions, 0, 0, 11, b"filled")
    assert await seen.revisions(captions) == [("1-0", b"filled")]


@pytest.mark.parametrize(
    ("offset", "segment", "revision", "why"),
    [
        (7, 0, 99, "the offset is known"),
        (6, 0, 99, "it was written before"),
        (8, 0, 12, "this revision is known"),
        (8, 0, 11, "a higher one is known"),
        (8, 10, 5, "the history has it"),
        (8, 10, 4, "the history has a higher one"),
    ],
)
async def test_a_revision_that_is_not_newer_is_neither_kept_nor_published(
    seen: Seen, captions: str, offset: int, segment: int, revision: int, why: str
) -> None:
    await seen.publish(captions, 0, 10, b"hole")
    await seen.publish(captions, 10, 5, b"said")
    await seen.revise(captions, 7, 0, 12, b"filled")
    await seen.listen(captions)
    assert not await seen.revise(captions, offset, segment, revision, b"again"), why
    assert await seen.revise(captions, 9, 10, 6, b"corrected")
    assert await seen.published(captions, 1) == [Publication("10-0", "8-0", b"corrected", revised=True)]
    assert await seen.revisions(captions) == [("8-0", b"filled"), ("10-0", b"corrected")]


async def test_of_a_segment_only_the_newest_revision_is_kept(seen: Seen, captions: str) -> None:
    await seen.revise(captions, 1, 0, 2, b"first")
    await seen.revise(captions, 2, 16_000, 2, b"other")
    await seen.revise(captions, 3, 0, 10, b"second")
    assert await seen.revisions(captions) == [("3-0", b"other"), ("4-0", b"second")]


async def test_of_too_many_revisions_those_of_the_last_words_and_the_newest_one_stay(seen: Seen, captions: str) -> None:
    """A fill begins with the last words."""
    await seen.listen(captions)
    for back in range(MOST + 3):
        assert await seen.revise(captions, back + 1, 100 - back, 1, b"%d" % (100 - back))
    kept = [payload for _, payload in await seen.revisions(captions)]
    assert kept == [b"100", b"99", b"98", b"97", b"93"]
    told = await seen.published(captions, MOST + 3)
    assert [each.previous for each in told] == ["", *(each.id for each in told[:-1])]


async def test_ids_of_revisions_keep_their_meaning_when_everything_was_lost(seen: Seen, captions: str) -> None:
    await seen.revise(captions, 5, 0, 2, b"before")
    await seen.revise(captions, 6, 10, 2, b"also before")
    await seen.lose(captions)
    await seen.listen(captions)
    assert await seen.revise(captions, 6, 10, 2, b"also before")  # as it is filled again
    assert await seen.revise(captions, 9, 20, 2, b"after")
    assert [each[:2] for each in await seen.published(captions, 2)] == [("7-0", ""), ("10-0", "7-0")]


async def test_revisions_are_kept_as_long_as_the_history(redis: Redis, captions: str) -> None:
    channel = channel_of(redis, Clock())
    await filled(channel)
    keys = channels.revisions_key(captions), channels.revised_key(captions)
    await channel.publish(FILLED, NewEntry(captions, 0, 2, b"one", offset=3))
    assert [60_000 < await redis.pttl(name) <= 600_000 for name in keys] == [True, True]
    await channel.publish(FILLED, NewEntry(captions, 16_000, 1, b"the end", last=True))
    assert [0 < await redis.pttl(name) <= 60_000 for name in keys] == [True, True]
    await channel.publish(FILLED, NewEntry(captions, 0, 3, b"one", offset=4))
    assert [0 < await redis.pttl(name) <= 60_000 for name in keys] == [True, True]


async def test_nothing_is_revised_in_a_session_that_was_deleted(redis: Redis) -> None:
    channel, captions = channel_of(redis, Clock()), channels.captions_channel(f"{uuid4().hex}-gone", "es")
    await filled(channel)
    await redis.set(channels.code_key_of(channels.session_of(captions)), channels.DELETED, ex=60)
    assert not await channel.publish(FILLED, NewEntry(captions, 0, 2, b"one", offset=3))
    assert not await redis.exists(captions, channels.revisions_key(captions), channels.revised_key(captions))


async def test_nothing_is_revised_before_the_histories_were_filled_in_this_life(redis: Redis, captions: str) -> None:
    channel, place = channel_of(redis, Clock()), f"{FILLED}-{uuid4().hex}"
    with pytest.raises(ForgottenError):
        await channel.publish(place, NewEntry(captions, 0, 2, b"one", offset=3))
    assert await redis.xlen(channels.revisions_key(captions)) == 0
    run_id, _ = await channel.life(place)
    assert await channel.publish(place, NewEntry(captions, 0, 2, b"one", offset=3), run_id)


async def test_a_script_that_redis_forgot_is_given_to_it_again(redis: Redis, captions: str) -> None:
    channel = channel_of(redis, Clock())
    await filled(channel)
    await channel.publish(FILLED, NewEntry(captions, 0, 1, b"one"))
    await redis.script_flush()
    assert await channel.publish(FILLED, NewEntry(captions, 1, 1, b"two"))


@pytest.mark.parametrize("note", [b"", b"an earlier life"])
async def test_nothing_new_is_taken_before_the_histories_were_filled_in_this_life(
    redis: Redis, captions: str, note: bytes
) -> None:
    channel = channel_of(redis, Clock())
    place = f"{FILLED}-{uuid4().hex}"
    if note:
        await redis.set(place, note)
    run_id, whole = await channel.life(place)
    assert not whole
    with pytest.raises(ForgottenError):
        await channel.publish(place, NewEntry(captions, 1, 1, b"new"))
    with pytest.raises(ForgottenError):
        await channel.publish(place, NewEntry(captions, 0, 1, b"old"), "an earlier life")
    assert await redis.xlen(captions) == 0

    assert await channel.publish(place, NewEntry(captions, 0, 1, b"old"), run_id)
    assert not await channel.note_filled(place, "an earlier life")
    assert await channel.note_filled(place, run_id)
    assert await channel.life(place) == (run_id, True)
    assert await channel.publish(place, NewEntry(captions, 1, 1, b"new"))
