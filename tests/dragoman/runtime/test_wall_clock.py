"""The clock of a machine that is off is set right by Redis's; small differences and slow answers change nothing."""

import time

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.wall_clock import TOLERATED_MS, WallClock

HOUR_MS = 3_600_000
TRUE_MS = 1_800_000_000_000


class Machine:
    """Its clock, and how long an answer takes."""

    def __init__(self, off_ms: int) -> None:
        self.off_ms, self.true_ms = off_ms, TRUE_MS
        self.clock = WallClock(lambda: (self.true_ms + self.off_ms) * 1_000_000)

    def ask(self, took_ms: int = 0, theirs_off_ms: int = 0) -> int:
        """Asks Redis; the error that is left."""
        answered = self.clock.asks()
        self.true_ms += took_ms
        answered(self.true_ms - took_ms // 2 + theirs_off_ms)
        return self.clock.now_ms() - self.true_ms


@pytest.mark.parametrize("off_ms", [HOUR_MS, -HOUR_MS])
def test_a_clock_an_hour_off_is_set_right(off_ms: int) -> None:
    machine = Machine(off_ms)
    assert machine.ask(took_ms=40) == 0
    assert machine.clock.seconds() * 1000 == machine.clock.now_ms()


def test_what_ntp_leaves_is_left_alone() -> None:
    assert Machine(TOLERATED_MS).ask() == TOLERATED_MS


def test_once_it_is_right_it_does_not_go_to_and_fro() -> None:
    machine = Machine(HOUR_MS)
    machine.ask()
    assert [machine.ask(theirs_off_ms=jitter) for jitter in (300, -300, 100)] == [0, 0, 0]


def test_a_machine_whose_clock_is_mended_meanwhile_is_believed_again() -> None:
    machine = Machine(HOUR_MS)
    machine.ask()
    machine.off_ms = 0
    assert machine.ask() == 0


@pytest.mark.parametrize("took_ms", [501, 30_000])
def test_a_slow_answer_says_nothing(took_ms: int) -> None:
    assert Machine(HOUR_MS).ask(took_ms=took_ms) == HOUR_MS


@pytest_asyncio.fixture
async def redis(redis_url: str) -> Redis:
    return Redis.from_url(redis_url, protocol=2)


async def test_a_look_at_redis_sets_it_right(redis: Redis) -> None:
    ahead = WallClock(lambda: time.time_ns() + HOUR_MS * 1_000_000)
    await RedisLife(redis, wall_clock=ahead).look()
    assert abs(ahead.now_ms() - time.time_ns() // 1_000_000) < TOLERATED_MS
    await redis.aclose()
