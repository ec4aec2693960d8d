"""Topics read from outside."""

import pytest
from aiokafka import AIOKafkaProducer

from dragoman.ops.records import find_session, matches, records
from dragoman.ops.sources import LoggedSession
from dragoman.runtime.errors import DragomanError
from schemas import wire
from schemas.messages import Audio, Message, Session


def session(code: str, suffix: str, created_at: int = 1_000_000, **members: object) -> Session:
    return Session(
        session_id=f"{code}-{suffix}",
        code=code,
        source_language="en",
        partition=2,
        created_at=created_at,
        updated_at=created_at,
        **members,  # type: ignore[arg-type]  # fields
    )


@pytest.mark.parametrize("wanted", ["calm-otter-123", "CALM OTTER 123", "calmotter123", "calm-otter-123-x7"])
def test_a_session_is_found_by_its_code_in_any_spelling_or_by_its_id(wanted: str):
    assert matches(session("calm-otter-123", "x7"), wanted)


@pytest.mark.parametrize("wanted", ["calm-otter-124", "calm-otter-123-x8", ""])
def test_another_code_is_another_session(wanted: str):
    assert not matches(session("calm-otter-123", "x7"), wanted)


async def produce(kafka: str, topic: str, key: str, partition: int, *messages: Message) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for message in messages:
            value, headers = wire.encode(topic, message)
            await producer.send_and_wait(topic, value, key=key.encode(), headers=headers, partition=partition)


async def test_of_several_sessions_with_a_code_the_newest_counts_in_its_last_record(kafka: str):
    old, new = session("red-fox-1", "a", 1_000), session("red-fox-1", "b", 2_000)
    ended = session("red-fox-1", "b", 2_000, state="ended")
    await produce(kafka, "sessions", old.session_id, 1, old)
    await produce(kafka, "sessions", new.session_id, 3, new, ended)
    found = await find_session(kafka, "Red Fox 1")
    assert (found.session_id, found.state) == ("red-fox-1-b", "ended")


async def test_a_session_that_nobody_knows_is_said(kafka: str):
    with pytest.raises(DragomanError, match="blue-bear-9"):
        await find_session(kafka, "blue-bear-9")


async def test_the_records_of_a_session_come_in_order_and_without_those_of_others(kafka: str):
    mine, other = session("green-owl-5", "q"), session("green-owl-6", "r")

    def frame(position: int) -> Audio:
        return Audio(kind="frame", position=position, captured_at=5, language="en", pcm=b"\1\0")

    await produce(kafka, "audio", mine.session_id, 2, frame(0), frame(1))
    await produce(kafka, "audio", other.session_id, 2, frame(0))
    await produce(kafka, "audio", mine.session_id, 2, frame(2))
    found = [record async for record in records(kafka, mine, "audio")]
    assert [record.message.position for record in found] == [0, 1, 2]  # type: ignore[attr-defined]  # frames
    assert all(record.written_at > 0 and record.session_id == mine.session_id for record in found)


async def test_a_record_that_cannot_be_read_is_passed_over_and_counted(kafka: str):
    mine = session("gray-elk-7", "z")
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for key in (mine.session_id, mine.session_id, "gray-elk-8-z"):
            await producer.send_and_wait("transcripts", b"{garbage", key=key.encode(), partition=2)
    source = LoggedSession(kafka, mine)
    assert [record async for record in source.records("transcripts")] == []
    assert source.unreadable == 2, "those of others are not its own"


async def test_a_session_without_records_has_none(kafka: str):
    future = session("late-bee-8", "y", created_at=32_503_680_000_000)
    assert [record async for record in records(kafka, future, "audio")] == []


async def test_a_session_that_was_deleted_is_for_nobody_any_more(kafka: str):
    gone = session("shy-lynx-3", "g")
    await produce(kafka, "sessions", gone.session_id, 1, gone, session("shy-lynx-3", "g", state="ended", deleted=True))
    with pytest.raises(DragomanError, match="deleted"):
        await find_session(kafka, "shy-lynx-3")
