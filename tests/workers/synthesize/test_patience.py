"""What comes too late is not waited for; what was begun is, for a while."""

import asyncio

import pytest

from tests.workers.driving import Clock
from tests.workers.texts import SPOKEN_AT, translation
from workers.synthesize.patience import Patience

WORDS = translation(0)


async def never() -> str:
    await asyncio.Event().wait()
    return "too late"


async def soon() -> str:
    await asyncio.sleep(0)
    return "sound"


def at(ms: int, deadline_s: float | None = 15, timeout_s: float = 10) -> Patience:
    """So long after the words."""
    return Patience(deadline_s, timeout_s, Clock(SPOKEN_AT + ms).now)


@pytest.mark.parametrize(
    ("ms", "heard_ms", "over"), [(15_000, 0, False), (15_001, 0, True), (0, 15_000, False), (0, 15_001, True)]
)
def test_it_is_over_by_the_time_or_by_what_is_heard_until_then(ms: int, heard_ms: int, over: bool) -> None:
    assert at(ms).is_over(WORDS, SPOKEN_AT + heard_ms) is over
    assert at(ms, None).is_over(WORDS, SPOKEN_AT + heard_ms) is False


async def test_nothing_is_waited_for_longer_than_the_words_are_worth_it() -> None:
    assert await at(0).until_late(WORDS, soon()) == "sound"
    assert await at(14_990).until_late(WORDS, never()) is None
    assert await at(99_000).until_late(WORDS, never()) is None


async def test_the_rest_is_waited_for_whatever_the_time_and_not_for_ever() -> None:
    assert await at(99_000).for_the_rest(soon()) == "sound"
    assert await at(0, 0.005, 0.005).for_the_rest(never()) is None


@pytest.mark.parametrize("deadline_s", [15, None])
async def test_an_error_is_passed_on(deadline_s: float | None) -> None:
    async def failing() -> None:
        raise LookupError

    for wait in (at(0, deadline_s).for_the_rest(failing()), at(0, deadline_s).until_late(WORDS, failing())):
        with pytest.raises(LookupError):
            await wait


async def test_without_a_deadline_it_waits_as_long_as_it_takes() -> None:
    waits = [asyncio.ensure_future(at(0, None).until_late(WORDS, never()))]
    waits.append(asyncio.ensure_future(at(0, None, 0).for_the_rest(never())))
    assert await asyncio.wait(waits, timeout=0.02) == (set(), set(waits))
    for wait in waits:
        wait.cancel()
