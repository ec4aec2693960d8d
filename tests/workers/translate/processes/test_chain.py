"""Stages joined by pipes, with ordinary programs in place of apertium's."""

import sys
from collections.abc import Iterator

import pytest

from tests.processes import children, living
from workers.errors import EngineCrashed, EngineEnded, EngineKilled, EngineTimeout
from workers.translate.processes.chain import Chain
from workers.translate.processes.program import Program

COPY = Program("copy", (("cat",), ("cat",), ("cat",)))


@pytest.fixture
def chain() -> Iterator[Chain]:
    chain = Chain(COPY)
    yield chain
    chain.kill()
    chain.wait()


def test_what_is_written_comes_out_at_the_other_end(chain: Chain) -> None:
    for text in (b"one\0", b"two\0"):
        assert chain.exchange(text, b"\0", 10) == text


def test_a_request_larger_than_all_pipes_passes(chain: Chain) -> None:
    """Every pipe holds 64 KiB: who writes all before reading would wait for ever."""
    request = b"x" * 4_000_000 + b"\0"
    assert chain.exchange(request, b"\0", 30) == request


def test_a_stage_that_never_answers_is_a_timeout() -> None:
    chain = Chain(Program("mute", (("sleep", "1000"),)))
    with pytest.raises(EngineTimeout):
        chain.exchange(b"one\0", b"\0", 0.05)
    chain.kill()
    chain.wait()


def test_output_that_never_ends_is_a_timeout() -> None:
    chain = Chain(Program("endless", (("cat", "/dev/zero"),)))
    with pytest.raises(EngineTimeout):
        chain.exchange(b"one\0", b"the end", 0.05)
    chain.kill()
    chain.wait()


def test_a_stage_that_ends_is_a_crash() -> None:
    chain = Chain(Program("short", (("cat",), ("true",), ("cat",))))
    with pytest.raises(EngineCrashed):
        chain.exchange(b"one\0", b"\0", 10)
    chain.kill()
    chain.wait()


def test_a_dead_stage_is_a_crash_even_if_those_after_it_live_on() -> None:
    chain = Chain(Program("stubborn", (("cat",), ("true",), ("sleep", "1000"))))
    with pytest.raises(EngineCrashed):
        chain.exchange(b"one\0", b"\0", 10)
    chain.kill()
    chain.wait()


def test_a_program_that_is_missing_is_a_crash() -> None:
    chain = Chain(Program("absent", (("cat",), ("no-such-program",))))
    with pytest.raises(EngineCrashed):
        chain.exchange(b"one\0", b"\0", 10)
    chain.kill()
    chain.wait()


def test_after_kill_and_wait_no_stage_is_left() -> None:
    chain = Chain(COPY)
    chain.exchange(b"one\0", b"\0", 10)
    pids = [child.pid for child in children("cat")]
    assert len(pids) == 3
    assert chain.whole
    chain.kill()
    chain.wait()
    assert not chain.whole
    assert living(pids) == []


FAULT = ("sh", "-c", "read line; kill -s SEGV $$")
KILLED = ("sh", "-c", "read line; kill -s KILL $$")
MEMORY = (sys.executable, "-c", "import sys; sys.stdin.buffer.read(1); bytearray(300 << 20)")


@pytest.mark.parametrize("stages", [(FAULT,), (("cat",), FAULT, ("cat",)), (("cat",), ("cat",), FAULT)])
def test_a_stage_that_ends_by_a_fault_is_evidence_against_the_text(stages: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(EngineEnded, match="SIGSEGV"):
        exchanged(Chain(Program("faulty", stages)))


@pytest.mark.parametrize("stages", [(KILLED,), (("cat",), KILLED, ("cat",)), (("cat",), ("cat",), KILLED)])
def test_a_stage_that_is_killed_from_outside_is_none(stages: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(EngineKilled, match="SIGKILL"):
        exchanged(Chain(Program("killed", stages)))


def test_a_stage_that_meets_its_own_memory_limit_ends_by_itself() -> None:
    with pytest.raises(EngineEnded, match="status 1"):
        exchanged(Chain(Program("greedy", (("cat",), MEMORY, ("cat",))), memory_mb=200))


def exchanged(chain: Chain) -> bytes:
    try:
        return chain.exchange(b"one\n\0", b"\0", 10)
    finally:
        chain.kill()
        chain.wait()
