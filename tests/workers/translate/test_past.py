"""What a language lacks of a session, found in the log: read in pieces, once for all who ask."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from dragoman.runtime.wall_clock import CLOCKS_DIFFER_MS
from schemas.messages import Message
from tests.workers.texts import transcript, translation
from tests.workers.worker_process import Kafka
from workers import metrics
from workers.stage import Record
from workers.tail import RawFilter, Tail
from workers.translate import past as past_module
from workers.translate.past import NOTHING_MISSING, PastInKafka

NOW = 10 * CLOCKS_DIFFER_MS
PARTITION = 1
PIECE = 3


class Log:
    """Two topics in memory, each record written a minute after the one before; a fetch gives three records."""

    def __init__(self) -> None:
        self.topics: dict[str, list[Record]] = {"transcripts": [], "translations": []}
        self.pieces: list[tuple[str, int]] = []
        """Topic and offset of each fetch."""

    def add(self, topic: str, *messages: Message, session_id: str = "a") -> None:
        for message in messages:
            offset = len(self.topics[topic])
            self.topics[topic].append(Record(topic, PARTITION, offset, session_id, message, self.time(offset)))

    @staticmethod
    def time(offset: int) -> int:
        return 5 * CLOCKS_DIFFER_MS + offset * 60_000

    async def span(self, topic: str, partition: int, at_ms: int) -> tuple[int, int, int]:
        assert partition == PARTITION
        records = self.topics[topic]
        return 0, next((each.offset for each in records if each.written_at >= at_ms), len(records)), len(records)

    async def piece(
        self, topic: str, partition: int, offset: int, end: int, wanted: RawFilter
    ) -> tuple[list[Record], int]:
        self.pieces.append((topic, offset))
        behind = min(offset + PIECE, end)
        return [each for each in self.topics[topic][offset:behind] if wanted(each.session_id.encode(), b"")], behind


def past_of(log: Log, most: int = 500, keep_ms: int = 6 * CLOCKS_DIFFER_MS) -> PastInKafka:
    return PastInKafka(log, lambda: NOW, most=most, keep_ms=keep_ms)


def finals(*numbers: int) -> list[Message]:
    return [transcript(number * 16_000) for number in numbers]


async def missing(
    past: PastInKafka, language: str = "es", since_ms: int = 0, session_id: str = "a", before: int = 2**60
) -> list[int]:
    found = await past.missing(session_id, PARTITION, language, since_ms, before)
    return [final.segment // 16_000 for final in found]


async def test_what_was_not_translated_is_found_newest_first() -> None:
    log = Log()
    log.add("transcripts", *finals(*range(8)))
    log.add("transcripts", *finals(0, 1), session_id="b")
    log.add("translations", translation(2 * 16_000), translation(0, language="ca"))
    log.add("translations", translation(7 * 16_000), session_id="b")
    assert await missing(past_of(log)) == [7, 6, 5, 4, 3, 1, 0]
    assert await missing(past_of(log), "ca") == [7, 6, 5, 4, 3, 2, 1]
    assert await missing(past_of(log), session_id="b") == [1, 0]
    assert await missing(past_of(log), session_id="c") == []
    assert await missing(past_of(log), before=6) == [5, 4, 3, 1, 0]


async def test_a_second_language_and_a_second_look_read_only_what_came_since() -> None:
    log = Log()
    log.add("transcripts", *finals(*range(8)))
    log.add("translations", translation(0))
    past = past_of(log)
    await missing(past)
    assert log.pieces == [("transcripts", 0), ("transcripts", 3), ("transcripts", 6), ("translations", 0)]
    log.pieces.clear()
    assert await missing(past, "ca") == [7, 6, 5, 4, 3, 2, 1, 0]
    assert log.pieces == []
    log.add("transcripts", *finals(8))
    log.add("translations", translation(7 * 16_000))
    assert await missing(past) == [8, 6, 5, 4, 3, 2, 1]
    assert log.pieces == [("transcripts", 8), ("translations", 1)]


async def test_reading_begins_where_the_session_did_give_or_take_what_clocks_may_differ_by() -> None:
    log = Log()
    log.add("transcripts", *finals(*range(200)))
    past = past_of(log)
    await missing(past, since_ms=log.time(150))
    assert log.pieces[0] == ("transcripts", 150 - CLOCKS_DIFFER_MS // 60_000)
    log.pieces.clear()
    assert await missing(past, since_ms=log.time(100)) == [*range(199, 99 - CLOCKS_DIFFER_MS // 60_000, -1)]
    assert log.pieces[0] == ("transcripts", 100 - CLOCKS_DIFFER_MS // 60_000)  # what is older was not read: once more


async def test_translations_are_read_from_the_oldest_final_on_that_counts() -> None:
    log = Log()
    log.add("transcripts", *finals(*range(200)))
    log.add("translations", *(translation(number * 16_000, language=("es", "ca")[number % 2]) for number in range(200)))
    assert await missing(past_of(log, most=10)) == [199, 197, 195, 193, 191]
    first = next(offset for topic, offset in log.pieces if topic == "translations")
    assert first == 190 - CLOCKS_DIFFER_MS // 60_000


async def test_what_is_older_than_the_retention_is_left() -> None:
    log = Log()
    log.add("transcripts", *finals(*range(10)))
    assert await missing(past_of(log, keep_ms=NOW - log.time(7))) == [9, 8, 7]


async def test_no_more_is_read_than_may_be_and_nothing_is_said_of_what_was_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_module, "MOST_RECORDS", 90)
    monkeypatch.setattr(past_module, "CLOCKS_DIFFER_MS", 0)
    log = Log()
    log.add("transcripts", *finals(*range(200)))
    log.add("translations", *(translation(number * 16_000) for number in range(200)))
    assert await missing(past_of(log)) == []
    assert log.pieces[0] == ("transcripts", 110)
    assert min(offset for topic, offset in log.pieces if topic == "translations") >= 110


async def test_finals_whose_translations_lie_too_far_back_are_left_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_module, "MOST_RECORDS", 90)
    monkeypatch.setattr(past_module, "CLOCKS_DIFFER_MS", 0)
    log = Log()
    log.add("transcripts", *finals(*range(20)))
    log.add("translations", *(translation(number * 16_000) for number in range(100)), session_id="b")
    unread = metrics.FILLS.labels("unread")
    before = unread._value.get()
    assert await missing(past_of(log)) == [*range(19, 9, -1)]
    assert unread._value.get() == before + 10


async def test_what_was_said_just_now_is_found_however_busy_the_partition_is() -> None:
    class Busy(Log):
        """140 translations a second, of other sessions."""

        async def span(self, topic: str, partition: int, at_ms: int) -> tuple[int, int, int]:
            if topic == "transcripts":
                return await super().span(topic, partition, at_ms)
            return 0, max(0, 10_000_000 - (NOW - at_ms) * 140 // 1000), 10_000_000

        async def piece(
            self, topic: str, partition: int, offset: int, end: int, wanted: RawFilter
        ) -> tuple[list[Record], int]:
            return ([], end) if topic == "translations" else await super().piece(topic, partition, offset, end, wanted)

    log = Busy()
    log.add("transcripts", *finals(0, 1))
    assert await missing(past_of(log)) == [1, 0]


async def test_of_many_sessions_the_ones_asked_for_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_module, "MOST_SESSIONS", 2)
    log = Log()
    for session_id in ("a", "b", "c"):
        log.add("transcripts", *finals(0), session_id=session_id)
    past = past_of(log)
    for session_id in ("a", "b", "c"):
        await missing(past, session_id=session_id)
    log.pieces.clear()
    assert await missing(past, session_id="c") == [0]
    assert log.pieces == []
    assert await missing(past, session_id="a") == [0]
    assert log.pieces != []


async def test_a_replay_lacks_nothing() -> None:
    assert await NOTHING_MISSING.missing("a", 0, "es", 0, 0) == []


@pytest.fixture
async def tail(kafka: str) -> AsyncIterator[Tail]:
    tail = Tail(kafka)
    yield tail
    await tail.close()


async def test_a_real_log_is_read_back_and_read_on(broker: Kafka, tail: Tail) -> None:
    session_id, other = (f"calm-otter-{uuid4().hex[:6]}" for _ in range(2))
    skipped = translation(16_000, "", outcome="skipped", reason="no-audience")
    for message in [*finals(0, 1, 2), transcript(48_000, final=False)]:
        await broker.send("transcripts", session_id, message, PARTITION)
        await broker.send("transcripts", other, message, PARTITION)
    for message in (translation(0), skipped):
        await broker.send("translations", session_id, message, PARTITION)
    await broker.send_raw("translations", session_id, b"no message", [], PARTITION)
    past = PastInKafka(tail, lambda: CLOCKS_DIFFER_MS, most=500, keep_ms=CLOCKS_DIFFER_MS)
    assert await missing(past, session_id=session_id) == [2, 1]
    await broker.send("translations", session_id, translation(16_000, revision=16_001, revised=True), PARTITION)
    await broker.send("transcripts", session_id, transcript(48_000), PARTITION)
    assert await missing(past, session_id=session_id) == [3, 2]
    assert await missing(past, session_id=other) == [2, 1, 0]


async def test_a_piece_of_one_session_leaves_out_the_others(broker: Kafka, tail: Tail) -> None:
    session_id = f"calm-otter-{uuid4().hex[:6]}"
    first = await broker.send("transcripts", session_id, transcript(0), PARTITION)
    await broker.send("transcripts", "another", transcript(0), PARTITION)
    _, offset, end = await tail.span("transcripts", PARTITION, 0)
    assert (offset <= first, end) == (True, first + 2)
    assert (await tail.span("transcripts", PARTITION, 2**45))[1:] == (end, end)
    found: list[Record] = []
    while offset < end:
        records, offset = await tail.piece(
            "transcripts", PARTITION, offset, end, lambda key, _: key == session_id.encode()
        )
        found += records
    assert [(each.offset, each.message) for each in found] == [(first, transcript(0))]
