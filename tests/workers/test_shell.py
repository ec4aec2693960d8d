"""A worker as a process, on a real Kafka: what it reads, produces and commits, and how it ends."""

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from schemas.channels import crashes_key, working_key
from schemas.messages import DeadLetter, End
from tests.workers.driving import until_true
from tests.workers.worker_process import Envelope, Kafka, WorkerProcess, connected, worker
from workers.inbound import CRASHES

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
async def broker(kafka: str) -> AsyncIterator[Kafka]:
    async with connected(kafka) as broker:
        yield broker


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url, protocol=2)
    yield client
    await client.aclose()


@pytest.fixture
def start(kafka: str, name: str, tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(**environment: str) -> WorkerProcess:
            log = tmp_path / f"{uuid4().hex}.log"
            servers = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": "redis://127.0.0.1:1"}  # an echo needs no Redis
            return stack.enter_context(worker([ECHO, name], log, **servers | environment))

        yield start


def end(position: int, what: str = "en") -> End:
    return End(position=position, language=what, ended_at=0)


def positions(records: list[Envelope], session_id: str) -> list[int]:
    return [message.position for session, _, message in records if session == session_id and isinstance(message, End)]


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


async def test_an_undecodable_record_is_a_dead_letter_and_the_next_ones_are_processed(
    start: Start, broker: Kafka, name: str
) -> None:
    await broker.send("transcripts", f"{name}-a", end(1), 2)
    broken = await broker.send_raw("transcripts", f"{name}-a", b"\xff{", [("x", b"\xe9"), ("none", None)], 2)
    last = await broker.send("transcripts", f"{name}-a", end(2), 2)
    running = start()
    echoed = await broker.read("translations", lambda records: len(records) >= 2, name)
    assert positions(echoed, f"{name}-a") == [1, 2]
    ((_, partition, letter),) = await broker.read("dead-letters", lambda records: len(records) >= 1, name)
    assert isinstance(letter, DeadLetter)
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


async def test_an_unexpected_error_in_a_stage_ends_the_process_and_its_record_comes_again(
    start: Start, broker: Kafka, name: str
) -> None:
    broken = await broker.send("transcripts", f"{name}-a", end(1, "boom"), 0)
    await broker.send("transcripts", f"{name}-b", end(2), 0)
    running = start()
    assert await running.ended() == 70
    assert running.logged("worker.failed")
    assert await broker.committed(name, "transcripts", 0) <= broken


@pytest.mark.parametrize(("cause", "said"), [("", "no lane"), ("tick", "LANES")])
async def test_an_error_beside_the_lanes_is_told_and_blamed_on_no_record_that_they_work_on(
    start: Start, broker: Kafka, redis: Redis, redis_url: str, name: str, cause: str, said: str
) -> None:
    await broker.send("transcripts", f"{name}-a", end(1, "hold"), 0)
    environment = {"DRAGOMAN_REDIS": redis_url, "ECHO_HOLDS": "1", "DRAGOMAN_INSTANCE": "1"}
    running = start(**environment)

    async def noted() -> bool:
        return bool(await redis.hlen(working_key(name, "1")))

    await until_true(noted)
    await broker.send("transcripts", f"{name}-b", end(2, cause or name), 1)
    assert await running.ended() == 70
    assert said in running.output
    assert not await noted()
    assert not await redis.exists(crashes_key(name))


@pytest.mark.parametrize("poison", ["kill", "boom"])
async def test_after_three_crashes_the_poison_is_a_dead_letter_and_all_others_came_through(
    start: Start, broker: Kafka, redis_url: str, name: str, poison: str
) -> None:
    for position in range(3):
        await broker.send("transcripts", f"{name}-a", end(position), 0)
    offset = await broker.send("transcripts", f"{name}-p", end(3, poison), 0)
    for position in range(4, 7):
        await broker.send("transcripts", f"{name}-{'pa'[position % 2]}", end(position), 0)
    last = await broker.send("transcripts", f"{name}-c", end(8), 1)
    for _ in range(3):
        assert await start(DRAGOMAN_REDIS=redis_url).ended() in (-9, 70)
    running = start(DRAGOMAN_REDIS=redis_url)

    async def settled() -> bool:
        return await broker.committed(name, "transcripts", 0) == offset + 4

    await until_true(settled)
    ((session, partition, letter),) = await broker.read("dead-letters", lambda records: len(records) >= 1, name)
    assert isinstance(letter, DeadLetter)
    assert (session, partition, letter.offset, letter.error) == (f"{name}-p", 0, offset, CRASHES)
    echoed = await broker.read("translations", lambda records: len(positions(records, f"{name}-p")) >= 2, name)
    assert set(positions(echoed, f"{name}-p")) == {4, 6}
    assert set(positions(echoed, f"{name}-a")) == {0, 1, 2, 5}
    assert positions(echoed, f"{name}-c")[0] == 8
    assert await broker.committed(name, "transcripts", 1) == last + 1
    assert running.child.poll() is None


async def test_after_a_clean_stop_nothing_is_suspected(
    start: Start, broker: Kafka, redis: Redis, redis_url: str, name: str
) -> None:
    await broker.send("transcripts", f"{name}-a", end(1, "hold"), 0)
    running = start(DRAGOMAN_REDIS=redis_url, ECHO_HOLDS="1", DRAGOMAN_INSTANCE="1")

    async def noted() -> bool:
        return bool(await redis.hlen(working_key(name, "1")) == 1)

    await until_true(noted)
    running.child.send_signal(signal.SIGTERM)
    assert await running.ended() == 0, running.output
    assert not await noted()
    assert not await redis.exists(crashes_key(name))


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
