"""What the operators' page is told."""

import msgspec
import pytest

from dragoman.ops.board import LETTERS, Board
from dragoman.ops.dead_letters import Letter, overtaken, replay_letter
from dragoman.ops.lag import PartitionLag
from dragoman.ops.ledger import Prices
from dragoman.ops.live import SHOWN
from dragoman.ops.processes import Crew
from dragoman.runtime.errors import DragomanError
from schemas.messages import MOST_BURIED_BYTES, DeadLetter, LetterSettled, Message
from schemas.topics import STAGES
from tests.dragoman.ops.test_outcomes import CALL, NOW
from tests.dragoman.ops.test_processes import session
from workers.stage import Record

KEPT_MS = 3_600_000
CREW = Crew(processes=[], engines=[])
LETTER = DeadLetter(
    stage="translate", topic="transcripts", partition=3, offset=17, error="UndecodableError: no", headers={},
    value=b"what was said", at=NOW,
)  # fmt: skip


def board(now: list[int] | None = None) -> Board:
    clock = now or [NOW]
    return Board(Prices("2026-10", "USD", {}), lambda: clock[0], KEPT_MS)


def lags(seconds: float, messages: int = 1) -> list[PartitionLag]:
    quiet = [PartitionLag(stage, topic, 0, 0, 0, 0.0) for stage, topics in STAGES.items() for topic in topics]
    return [*quiet, PartitionLag("broadcast", "speech", 1, 0, messages, seconds)]


def record(message: Message, offset: int = 0) -> Record:
    return Record("dead-letters", 2, offset, "calm-otter-123-x", message, NOW)


def test_nothing_is_shown_that_nobody_looked_at_yet() -> None:
    told = board().told()
    assert told.away.keys() == {"kafka", "redis", "records"}
    assert (told.stages, told.sessions, told.letters) == ([], [], [])


def test_a_stage_is_shown_with_its_worst_partition_and_how_it_went() -> None:
    clock = [NOW]
    seen = board(clock)
    for seconds in (0.2, 4.5):
        seen.take_lag(lags(seconds, 3))
        clock[0] += 2000
    told = seen.told()
    assert [stage.stage for stage in told.stages] == [*STAGES]
    broadcast = told.stages[-1]
    assert (broadcast.seconds, broadcast.messages, broadcast.late, broadcast.partition) == (4.5, 3, 1, "speech:1")
    assert broadcast.trend[-3:] == [None, 0.2, 4.5]
    assert (told.stages[0].late, told.stages[0].partition, told.stages[0].trend[-1]) == (0, "", 0)
    assert "kafka" not in told.away


def test_what_is_lost_is_shown_no_more_and_leaves_a_gap() -> None:
    clock = [NOW]
    seen = board(clock)
    seen.take_lag(lags(1.0))
    seen.take_redis([session("g1", g1=2)], CREW)
    assert (seen.told().speaking, seen.told().listeners) == (1, 2)
    seen.lose("kafka", "Kafka does not answer.")
    seen.lose("redis", "Redis does not answer.")
    told = seen.told()
    assert (told.stages, told.sessions, told.speaking, told.listeners) == ([], [], 0, 0)
    assert (told.away["kafka"], told.away["redis"]) == ("Kafka does not answer.", "Redis does not answer.")
    clock[0] += 10_000
    seen.take_lag(lags(0.5))
    clock[0] += 2_000
    assert seen.told().stages[-1].trend[-6:] == [1.0, None, None, None, None, 0.5]


def test_letters_that_nobody_has_seen_to_are_shown_without_their_words() -> None:
    seen = board()
    seen.begin_records()
    for offset in range(LETTERS + 5):
        seen.take_record(record(msgspec.structs.replace(LETTER, at=NOW + offset), offset))
    seen.take_record(record(LetterSettled(partition=2, offset=LETTERS + 4, how="replayed", at=NOW), 900))
    told = seen.told()
    assert told.letters_open == LETTERS + 4
    assert (len(told.letters), told.letters[0].id) == (LETTERS, f"2:{LETTERS + 3}")
    assert (told.letters[0].place, told.letters[0].code) == ("transcripts:3:17", "calm-otter-123")
    assert b"what was said" not in msgspec.json.encode(told)
    seen.begin_records()
    assert seen.told().letters_open == 0, "read again from the beginning, they are not counted twice"


def test_calls_are_counted_and_more_sessions_than_fit_are_a_number() -> None:
    seen = board()
    seen.begin_records()
    seen.take_lag(lags(0.0))
    seen.take_record(Record("usage", 0, 0, "x", CALL, NOW))
    seen.take_redis([session("g1")] * (SHOWN + 3), CREW)
    told = seen.told()
    assert [use.calls for use in told.uses] == [1]
    assert {stage.stage: stage.outcomes.ok for stage in told.stages}["translate"] == 1
    assert (told.speaking, len(told.sessions)) == (SHOWN + 3, SHOWN)


def test_a_letter_that_was_seen_to_or_that_kafka_keeps_no_more_is_no_longer_held() -> None:
    clock = [NOW]
    seen = board(clock)
    seen.begin_records()
    for offset in range(3):
        seen.take_record(record(LETTER, offset))
    seen.take_record(record(LetterSettled(partition=2, offset=1, how="discarded", at=NOW), 3))
    assert [each.id for each in seen._letters] == ["2:0", "2:2"]
    clock[0] += KEPT_MS
    assert seen.told().letters_open == 2
    clock[0] += 1
    assert seen.told().letters_open == 0
    assert list(seen._letters) == []


def test_a_letter_that_cannot_be_given_back_says_so_and_has_no_offset() -> None:
    seen = board()
    seen.begin_records()
    for offset, changes in enumerate(({}, {"offset": -1}, {"value": b""}, {"value": b"x" * MOST_BURIED_BYTES})):
        seen.take_record(record(msgspec.structs.replace(LETTER, **changes), offset))
    found = sorted((each.id, each.place, each.replayable) for each in seen.told().letters)
    assert found == [
        ("2:0", "transcripts:3:17", True),
        ("2:1", "transcripts:3", False),
        ("2:2", "transcripts:3:17", False),
        ("2:3", "transcripts:3:17", False),
    ]


async def test_what_was_never_in_its_topic_is_not_looked_for_and_not_given_back() -> None:
    letter = Letter(2, 7, "calm-otter-123-x", msgspec.structs.replace(LETTER, offset=-1))
    for asked in (overtaken, replay_letter):
        with pytest.raises(DragomanError, match=r"2:7 was never in its topic.*can only be discarded"):
            await asked("127.0.0.1:1", letter)
