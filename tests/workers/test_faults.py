"""The scripted faults come as often as they are asked for, and the same every time."""

import asyncio

import pytest

from dragoman.runtime.errors import SettingsError
from workers.errors import EngineCrashed, EngineEnded
from workers.faults import Faults, deadly, parse


async def outcomes(faults: Faults, calls: int) -> list[str]:
    """What came of each call: `pass`, `fail` or `hang`."""
    found = []
    for _ in range(calls):
        call = asyncio.ensure_future(faults.strike())
        await asyncio.sleep(0)
        if not call.done():
            call.cancel()
            found.append("hang")
        else:
            found.append("fail" if call.exception() else "pass")
    return found


async def test_without_a_script_every_call_passes() -> None:
    assert await outcomes(Faults("", "seed"), 50) == ["pass"] * 50


async def test_a_share_of_one_strikes_every_call() -> None:
    with pytest.raises(EngineCrashed):
        await Faults("fail:1", "seed").strike()
    assert await outcomes(Faults("hang:1", "seed"), 5) == ["hang"] * 5


async def test_the_same_seed_gives_the_same_faults_in_the_shares_asked_for() -> None:
    script = "fail:0.2, hang:0.1"
    first = await outcomes(Faults(script, "translate"), 1000)
    assert first == await outcomes(Faults(script, "translate"), 1000)
    assert first != await outcomes(Faults(script, "synthesize"), 1000)
    assert 150 < first.count("fail") < 250
    assert 60 < first.count("hang") < 140


def test_a_script_is_read_as_kinds_and_shares() -> None:
    assert parse(" fail:0.1 , hang:0.01,") == {"fail": 0.1, "hang": 0.01}
    assert parse("") == {}


@pytest.mark.parametrize(
    "script", ["fail", "fail:", "fail:x", "burn:0.1", "fail:1.1", "fail:-0.1", "fail:nan", "fail:0.6,hang:0.6"]
)
def test_a_wrong_script_is_one_clear_line(script: str) -> None:
    with pytest.raises(SettingsError, match="DRAGOMAN_SCRIPTED_FAULTS: ") as raised:
        parse(script)
    assert "\n" not in str(raised.value)


async def test_a_text_that_kills_ends_a_process_each_time_and_the_others_never() -> None:
    faults = Faults("crash:0.2", "translate")
    texts = [f"{number} to {number + 1}" for number in range(20)]
    killers = [text for text in texts if deadly(text, 0.2, "translate")]
    assert 0 < len(killers) < 10
    for text in texts * 2:
        if text in killers:
            with pytest.raises(EngineEnded, match="SIGSEGV"):
                await faults.strike(text)
        else:
            await faults.strike(text)
