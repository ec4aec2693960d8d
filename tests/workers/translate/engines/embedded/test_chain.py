"""Stages joined by pipes, with ordinary programs in place of apertium's."""

from collections.abc import Iterator

import pytest

from tests.processes import children, living
from workers.errors import EngineCrashed, EngineTimeout
from workers.translate.engines.embedded.chain import Chain
from workers.translate.engines.embedded.modes import Mode

COPY = Mode("copy", (("cat",), ("cat",), ("cat",)))


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
    chain = Chain(Mode("mute", (("sleep", "1000"),)))
    with pytest.raises(EngineTimeout):
        chain.exchange(b"one\0", b"\0", 0.05)
    chain.kill()
    chain.wait()


def test_output_that_never_ends_is_a_timeout() -> None:
    chain = Chain(Mode("endless", (("cat", "/dev/zero"),)))
    with pytest.raises(EngineTimeout):
        chain.exchange(b"one\0", b"the end", 0.05)
    chain.kill()
    chain.wait()


def test_a_stage_that_ends_is_a_crash() -> None:
    chain = Chain(Mode("short", (("cat",), ("true",), ("cat",))))
    with pytest.raises(EngineCrashed):
        chain.exchange(b"one\0", b"\0", 10)
    chain.kill()
    chain.wait()


def test_a_dead_stage_is_a_crash_even_if_those_after_it_live_on() -> None:
    chain = Chain(Mode("stubborn", (("cat",), ("true",), ("sleep", "1000"))))
    with pytest.raises(EngineCrashed):
        chain.exchange(b"one\0", b"\0", 10)
    chain.kill()
    chain.wait()


def test_a_program_that_is_missing_is_a_crash() -> None:
    chain = Chain(Mode("absent", (("cat",), ("no-such-program",))))
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
