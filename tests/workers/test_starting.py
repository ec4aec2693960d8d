"""A stage does without engines that are not there."""

import asyncio

import pytest

from workers.errors import EngineAway, EngineUnavailable
from workers.starting import Away, in_order, start_all


class Engine:
    """Is there, or says what is missing."""

    def __init__(self, name: str, missing: str = "") -> None:
        self.name = name
        self.error: EngineUnavailable | None = EngineUnavailable(missing) if missing else None
        self.started = 0

    async def start(self) -> None:
        self.started += 1
        if self.error:
            raise self.error

    async def close(self) -> None:
        """Nothing was started."""


async def test_those_that_work_are_left_in_their_order() -> None:
    first, broken, last = Engine("first"), Engine("broken", "no voice"), Engine("last")
    assert await start_all([first, broken, last]) == [first, last]


async def test_if_none_works_all_that_is_missing_is_said() -> None:
    with pytest.raises(EngineUnavailable, match=r"no voice; .*no program"):
        await start_all([Engine("one", "no voice"), Engine("other", "no program")])


async def test_one_that_is_needed_is_not_done_without() -> None:
    engines = [Engine("one"), Engine("other", "no program")]
    with pytest.raises(EngineUnavailable, match="other, which the settings name for a language: no program"):
        await start_all(engines, {"other"})
    assert await start_all(engines, {"one"}) == engines[:1]


async def test_an_engine_elsewhere_that_was_away_joins_when_it_is_there_in_its_place() -> None:
    cloud, local, missing = Engine("cloud"), Engine("local"), Engine("missing", "no program")
    cloud.error = EngineAway("no route")
    asked, joined = [cloud, local, missing], asyncio.Event()
    working: list[Engine] = []

    async def joins(engine: Engine) -> None:
        working[:] = in_order(working, engine, asked)
        joined.set()

    away = Away(joins, every_s=0.001)
    working.extend(await start_all(asked, away=away))
    assert working == [local]
    while cloud.started < 3:  # noqa: ASYNC110  # tried again and again
        await asyncio.sleep(0.001)
    assert not joined.is_set()
    cloud.error = None
    await asyncio.wait_for(joined.wait(), 5)
    assert working == [cloud, local]
    assert missing.started == 1
    await away.close()
