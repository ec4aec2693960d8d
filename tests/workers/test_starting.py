"""A stage does without engines that are not there."""

import pytest

from workers.errors import EngineUnavailable
from workers.starting import start_all


class Engine:
    """Is there, or says what is missing."""

    def __init__(self, name: str, missing: str = "") -> None:
        self.name, self._missing = name, missing

    async def start(self) -> None:
        if self._missing:
            raise EngineUnavailable(self._missing)

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
