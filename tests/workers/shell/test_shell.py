"""A worker as a process, on a real Kafka: what it reads, produces and commits, and how it ends."""

import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest

from schemas.messages import DeadLetter, End
from tests.workers.driving import until_true
from tests.workers.worker_process import Envelope, Kafka, WorkerProcess, worker

ECHO = str(Path(__file__).with_name("echo_worker.py"))
pytestmark = pytest.mark.system


class Start(Protocol):
    """Starts the echo worker."""

    def __call__(self, **environment: str) -> WorkerProcess: ...


@pytest.fixture
def name() -> str:
    """The worker's stage and consumer group, which begins its sessions' ids."""
    return f"echo-{uuid4().hex[:8]}"


@pytest.fixture
def start(kafka: str, name: str, tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(**environment: str) -> WorkerProcess:
            log = tmp_path / f"{uuid4().hex}.log"
            servers = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": "redis://127.0.0.1:1"}  # an echo needs no Redis
            return stack.enter_context(worker([ECHO, name], log, **servers | environment))

        yield start


async def stable(broker: Kafka, group: str, members: int) -> bool:
    """The group has so many members, and none of them is to join anew."""
    return await broker.standing(group) == ("Stable", members)


def end(position: int, what: str = "en") -> End:
    return End(position=position, language=what, ended_at=0)


def positions(records: list[Envelope], session_id: str) -> list[int]:
    return [message.position for session, _, message in records if session == session_id and isinstance(message, End)]


def dead(running: WorkerProcess, partition: int, offset: int) -> bool:
    """It gave the record up: the topics hold what other tests broke."""
    return any((line["partition"], line["offset"]) == (partition, offset) for line in running.logged("record.dead"))


async def test_records_come_out_in_order_on_the_partition_that_they_were_read_from(
    start: Start, broker: Kafka, name: str
) -> None:
    sessions = {f"{name}-{number}": number % 4 for number in range(6)}
    for position in range(20):
        for session_id, partition in sessions.items():
            await broker.send("transcripts", session_id, end(position), partition)
    start()
    echoed = await broker.read("translations", lambda records: len(records) >= 120, name)
    for session_id, partition in sessions.items():
        assert positions(echoed, session_id) == list(range(20))
        assert {number for session, number, _ in echoed if session == session_id} == {partition}


async def test_what_cannot_be_decoded_or_sent_is_a_dead_letter_and_the_next_ones_are_processed(
    start: Start, broker: Kafka, name: str
) -> None:
    await broker.send("transcripts", f"{name}-a", end(1), 2)
    broken = await broker.send_raw("transcripts", f"{name}-a", b"\xff{", [("x", b"\xe9"), ("none", None)], 2)
    await broker.send("transcripts", f"{name}-a", end(2, "huge"), 2)
    last = await broker.send("transcripts", f"{name}-a", end(3), 2)
    running = start()
    echoed = await broker.read("translations", lambda records: len(records) >= 2, name)
    assert positions(echoed, f"{name}-a") == [1, 3]
    buried = await broker.read("dead-letters", lambda records: len(records) >= 2, name)
    letters = {letter.topic: letter for _, _, letter in buried if isinstance(letter, DeadLetter)}
    huge, letter, partition = letters["translations"], letters["transcripts"], buried[0][1]
    assert (huge.stage, huge.partition, huge.offset) == (name, 2, -1)
    assert huge.error.startswith("MessageSizeTooLargeError")
    assert b"hugehuge" in huge.value
    assert (letter.stage, letter.topic, letter.partition, letter.offset) == (name, "transcripts", 2, broken)
    assert (letter.value, letter.headers, partition) == (b"\xff{", {"x": "é", "none": ""}, 2)

    async def committed() -> bool:
        return await broker.committed(name, "transcripts", 2) == last + 1

    await until_true(committed)
    assert running.child.poll() is None


async def test_a_dead_letter_fits_into_a_record_however_long_the_broken_one_was(
    start: Start, broker: Kafka, name: str
) -> None:
    await broker.send_raw("transcripts", f"{name}-a", b"{" * 1_000_000, [], 0)
    last = await broker.send("transcripts", f"{name}-a", end(2), 0)
    start()

    async def committed() -> bool:
        return await broker.committed(name, "transcripts", 0) == last + 1

    await until_true(committed)
    ((_, _, letter),) = await broker.read("dead-letters", lambda records: len(records) >= 1, name)
    assert isinstance(letter, DeadLetter)
    assert b"{" * 100_000 in letter.value


async def test_on_sigterm_a_worker_commits_what_is_settled_and_leaves_its_group_at_once(
    start: Start, broker: Kafka, name: str
) -> None:
    settled = await broker.send("transcripts", f"{name}-a", end(1), 0)
    await broker.send("transcripts", f"{name}-b", end(2), 1)
    held = await broker.send("transcripts", f"{name}-b", end(3, "hold"), 1)
    await broker.send("transcripts", f"{name}-c", end(4), 1)
    running = start(ECHO_HOLDS="1", DRAGOMAN_SESSION_TIMEOUT_S="300")
    await broker.read("translations", lambda records: len(records) >= 3, name)
    assert await broker.members(name) == 1
    running.child.send_signal(signal.SIGTERM)
    assert await running.ended() == 0, running.output

    async def left() -> bool:
        return await broker.members(name) == 0

    await until_true(left)  # far sooner than the session timeout
    assert await broker.committed(name, "transcripts", 0) == settled + 1
    assert await broker.committed(name, "transcripts", 1) == held
    assert "Traceback" not in running.output


async def test_a_rebalance_while_a_worker_drains_costs_nothing_of_what_it_settles(
    start: Start, broker: Kafka, name: str, tmp_path: Path
) -> None:
    door, session_timeout = tmp_path / "door", {"DRAGOMAN_SESSION_TIMEOUT_S": "6"}
    first = await start(ECHO_DRAINS=str(door), DRAGOMAN_INSTANCE="1", **session_timeout).started()
    second = await start(DRAGOMAN_INSTANCE="2", **session_timeout).started()
    await until_true(lambda: stable(broker, name, members=2))
    offsets = [await broker.send("transcripts", f"{name}-a", end(number, "late"), number) for number in range(4)]

    async def all_read() -> bool:
        held = re.search(rf'dragoman_open_records{{stage="{name}"}} ([\d.]+)', (await first.get("/metrics"))[1])
        done = [await broker.committed(name, "transcripts", number) > offsets[number] for number in range(4)]
        return held is not None and 0 < float(held[1]) == 4 - sum(done)

    await until_true(all_read)
    first.child.send_signal(signal.SIGTERM)
    second.child.send_signal(signal.SIGTERM)
    assert await second.ended() == 0, second.output
    await until_true(lambda: stable(broker, name, members=1))
    door.touch()
    assert await first.ended() == 0, first.output
    assert [await broker.committed(name, "transcripts", number) for number in range(4)] == [
        each + 1 for each in offsets
    ]
    echoed = await broker.read("translations", lambda records: len(records) >= 4, name)
    assert sorted(positions(echoed, f"{name}-a")) == [0, 1, 2, 3]


async def test_after_kill_9_the_same_worker_gets_again_what_was_not_settled_and_nothing_is_lost(
    start: Start, broker: Kafka, name: str
) -> None:
    for position in range(10):
        await broker.send("transcripts", f"{name}-a", end(position), 3)
    await broker.send("transcripts", f"{name}-b", end(10, "hold"), 3)
    for position in range(11, 20):
        await broker.send("transcripts", f"{name}-a", end(position), 3)
    first = start(ECHO_HOLDS="1")
    await broker.read("translations", lambda records: len(records) >= 19, name)
    first.child.kill()
    await first.ended()
    start()
    echoed = await broker.read("translations", lambda records: bool(positions(records, f"{name}-b")), name)
    assert positions(echoed, f"{name}-b") == [10]
    assert set(positions(echoed, f"{name}-a")) == {*range(10), *range(11, 20)}


async def test_a_record_at_which_the_stage_raises_is_a_dead_letter_and_all_others_come_through(
    start: Start, broker: Kafka, name: str
) -> None:
    offset = await broker.send("transcripts", f"{name}-a", end(1, "boom"), 0)
    for position in range(2, 6):
        last = await broker.send("transcripts", f"{name}-{'ab'[position % 2]}", end(position), 0)
    running = start()

    async def settled() -> bool:
        return await broker.committed(name, "transcripts", 0) == last + 1

    await until_true(settled)
    ((_, partition, letter),) = await broker.read("dead-letters", lambda records: len(records) >= 1, name)
    assert isinstance(letter, DeadLetter)
    assert (partition, letter.offset, letter.error) == (0, offset, "the stage raised RuntimeError three times")
    echoed = await broker.read("translations", lambda records: len(records) >= 4, name)
    assert (positions(echoed, f"{name}-a"), positions(echoed, f"{name}-b")) == ([2, 4], [3, 5])
    assert len(running.logged("lane.failed")) == 3
    assert running.child.poll() is None


@pytest.mark.parametrize(("cause", "said"), [("", "no lane"), ("tick", "LANES")])
async def test_an_error_beside_the_lanes_ends_the_process_and_its_record_comes_again(
    start: Start, broker: Kafka, name: str, cause: str, said: str
) -> None:
    held = await broker.send("transcripts", f"{name}-a", end(1, "hold"), 0)
    running = start(ECHO_HOLDS="1")
    await running.started()
    await broker.send("transcripts", f"{name}-b", end(2, cause or name), 1)
    assert await running.ended() == 70
    assert said in running.output
    assert await broker.committed(name, "transcripts", 0) <= held
    assert not dead(running, 0, held)


async def test_an_error_of_what_runs_beside_the_lanes_ends_the_process(start: Start, name: str) -> None:
    running = start(ECHO_RAISES_BESIDE="1")
    assert await running.ended() == 70
    assert "what runs beside" in running.output


async def test_however_often_a_worker_is_killed_no_record_is_given_up(start: Start, broker: Kafka, name: str) -> None:
    await broker.send("transcripts", f"{name}-a", end(0), 0)
    held = await broker.send("transcripts", f"{name}-a", end(1, "hold"), 0)
    await broker.send("transcripts", f"{name}-a", end(2), 0)
    for _ in range(4):
        running = start(ECHO_HOLDS="1", DRAGOMAN_INSTANCE="1")
        await broker.read("translations", lambda records: bool(positions(records, f"{name}-a")), name)
        await running.started()
        running.child.kill()
        await running.ended()
    running = start(DRAGOMAN_INSTANCE="1")
    await broker.read("translations", lambda records: {0, 1, 2} == set(positions(records, f"{name}-a")), name)
    assert not dead(running, 0, held)


async def test_the_operator_port_answers(start: Start, broker: Kafka, name: str) -> None:
    await broker.send("transcripts", f"{name}-a", end(1), 0)
    running = start()
    await broker.read("translations", lambda records: len(records) >= 1, name)
    assert await running.get("/healthz") == (200, "ok\n")
    assert await running.get("/readyz") == (200, "ready\n")
    status, metrics = await running.get("/metrics")
    assert status == 200
    assert f'dragoman_records_produced_total{{stage="{name}",topic="translations"}} 1.0' in metrics
    assert f'dragoman_records_read_total{{stage="{name}",topic="transcripts"}}' in metrics


@pytest.mark.parametrize("stage", ["transcribe", "translate", "synthesize", "broadcast"])
@pytest.mark.parametrize("missing", ["KAFKA", "REDIS"])
async def test_a_missing_server_is_one_line_that_says_what_to_do(tmp_path: Path, stage: str, missing: str) -> None:
    servers = {"DRAGOMAN_KAFKA": "127.0.0.1:1", "DRAGOMAN_REDIS": "redis://127.0.0.1:1"}
    del servers[f"DRAGOMAN_{missing}"]
    with worker(["-m", f"workers.{stage}"], tmp_path / "log", **servers) as running:
        assert await running.ended() == 2
        assert running.output == (
            f"dragoman worker {stage}: set DRAGOMAN_{missing}, or start everything with `dragoman up`\n"
        )


async def test_an_unknown_engine_is_one_line(tmp_path: Path) -> None:
    environment = {"DRAGOMAN_KAFKA": "127.0.0.1:1", "DRAGOMAN_REDIS": "redis://127.0.0.1:1"}
    with worker(["-m", "workers.translate"], tmp_path / "log", **environment, DRAGOMAN_ENGINES="psychic") as running:
        assert await running.ended() == 2
        assert running.output.count("\n") == 1
        assert "psychic" in running.output


async def test_a_redis_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    environment = {"DRAGOMAN_KAFKA": "127.0.0.1:1", "DRAGOMAN_REDIS": "redis://127.0.0.1:1"}
    with worker(["-m", "workers.broadcast"], tmp_path / "log", **environment) as running:
        assert await running.ended() == 2
        assert running.output.count("\n") == 1
        assert "DRAGOMAN_REDIS" in running.output


async def test_a_kafka_that_does_not_answer_is_one_line(tmp_path: Path, name: str) -> None:
    environment = {"DRAGOMAN_KAFKA": "127.0.0.1:1", "DRAGOMAN_REDIS": "redis://127.0.0.1:1"}
    with worker([ECHO, name], tmp_path / "log", **environment, DRAGOMAN_LOG_LEVEL="error") as running:
        assert await running.ended() == 2
        assert "Traceback" not in running.output
        assert running.output.splitlines()[-1] == (
            f"dragoman worker {name}: Kafka does not answer at 127.0.0.1:1: check DRAGOMAN_KAFKA"
        )
