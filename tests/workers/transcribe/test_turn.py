"""An engine that fails again and again is left alone, tried by one, and gone back to when it works."""

import pytest
from prometheus_client import REGISTRY

from tests.workers.driving import Clock, everyone_waits
from tests.workers.transcribe.dictated import Dictated, frames, heard
from tests.workers.transcribe.staged import Bench
from workers.breaker import FAILURES, Breakers
from workers.errors import AtCapacity, EngineCrashed, EngineError, EngineRefused, EngineTimeout
from workers.transcribe.turn import REST_S, RETURN_MS


class House:
    """Lanes of one process over two engines."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.breakers = Breakers(self.clock.seconds, REST_S)
        self.first, self.second = Dictated("first"), Dictated("second")

    def lane(self) -> Bench:
        return Bench(self.first, self.second, breakers=self.breakers)

    async def fail(self, times: int = FAILURES, error: EngineError | None = None) -> None:
        """The first engine, in lanes that the second one then hears."""
        self.first.refuses = [error or EngineCrashed() for _ in range(times)]
        while self.first.refuses:
            async with self.lane() as lane:
                await lane.give(*frames(0, 8_000))
                await everyone_waits()

    async def asked(self) -> Dictated:
        """Who hears a new lane."""
        before = len(self.first.opened)
        async with self.lane() as lane:
            await lane.give(*frames(0, 8_000))
            await everyone_waits()
        return self.first if len(self.first.opened) > before else self.second


async def test_after_some_failures_no_lane_asks_it_until_one_tries_after_its_rest() -> None:
    house = House()
    await house.fail()
    assert await house.asked() is house.second
    assert REGISTRY.get_sample_value("dragoman_engine_breaker", {"engine": "first", "operation": "transcribe en"}) == 2
    house.clock.forward(REST_S)
    async with house.lane() as lane, house.lane() as other:
        await lane.give(*frames(0, 8_000))
        await other.give(*frames(0, 8_000))
        await everyone_waits()
        assert len(house.first.opened) == 1, "two lanes tried"
        house.first.opened[0].say(heard(3_200))
        await everyone_waits()
        assert await house.asked() is house.first


async def test_an_engine_whose_errors_come_while_it_hears_is_left_alone_as_well() -> None:
    """Most of what goes wrong with a service is only known once a stream to it was begun."""
    house = House()
    for _ in range(FAILURES):
        async with house.lane() as lane:
            await lane.give(*frames(0, 8_000))
            await everyone_waits()
            opened = len(house.first.opened)
            house.first.opened[-1].say(EngineTimeout("(the stream was not accepted)"))
            await everyone_waits()
            if len(house.first.opened) > opened:
                house.first.opened[-1].say(EngineTimeout("(nor the next one)"))
                await everyone_waits()
    assert await house.asked() is house.second


async def test_a_try_that_says_nothing_of_the_engine_leaves_it_to_another_lane() -> None:
    house = House()
    await house.fail()
    house.clock.forward(REST_S)
    assert await house.asked() is house.first  # it ends before anything is heard
    assert await house.asked() is house.first


@pytest.mark.parametrize("error", [AtCapacity(), EngineRefused()])
async def test_an_engine_that_is_full_or_refuses_is_not_left_alone(error: EngineError) -> None:
    house = House()
    await house.fail(2 * FAILURES, error)
    assert await house.asked() is house.first


async def test_the_only_one_that_understands_a_language_is_never_left_alone() -> None:
    house = House()
    house.second.languages = frozenset({"es"})
    await house.fail(2 * FAILURES)
    assert await house.asked() is house.first


async def test_a_lane_goes_back_between_two_utterances_and_hears_nothing_twice() -> None:
    house = House()
    house.first.refuses = [EngineTimeout(), EngineTimeout()]
    async with house.lane() as lane:
        await lane.give(*frames(0, 8_000))
        house.second.opened[0].say(heard(3_200))
        await everyone_waits()
        assert not house.first.opened, "it went back at once"
        lane.clock.forward(RETURN_MS / 1000)
        await lane.give(*frames(8_000, 16_000))
        house.second.opened[0].say(heard(9_600, start=3_200, final=False))
        await everyone_waits()
        assert not house.first.opened, "it went back in the midst of an utterance"
        house.second.opened[0].say(heard(9_600, start=3_200))
        await everyone_waits()
        assert house.second.opened[0].closed
        assert house.first.opened[0].fed[0][0] == 9_600
        assert house.first.opened[0].fed[-1][1] == 16_000
        house.first.opened[0].say(heard(16_000, start=9_600))
        await everyone_waits()
        assert lane.spans == [(0, 3_200), (3_200, 9_600), (9_600, 16_000)]
        assert [final.engine for final in lane.finals] == ["second", "second", "first"]


async def test_a_lane_does_not_go_back_to_an_engine_that_is_full() -> None:
    house = House()
    house.first.refuses = [AtCapacity()]
    async with house.lane() as lane:
        await lane.give(*frames(0, 8_000))
        lane.clock.forward(RETURN_MS / 1000)
        house.first.capacity = (1, 1)
        house.second.opened[0].say(heard(3_200))
        await everyone_waits()
        assert not house.second.opened[0].closed
        house.first.capacity = (0, 1)
        house.second.opened[0].say(heard(4_800, start=3_200))
        await everyone_waits()
        assert house.second.opened[0].closed
