"""Processes that speak, on bad days: a stubborn fake stands for the voice."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests.processes import living, python_with_children, running, until
from workers.errors import EngineCrashed, EngineEnded, EngineKilled, EngineTimeout
from workers.synthesize.engines.process import SpeakingProcesses

FAKE = """
# Speaks 500 samples, but hangs, ends or fails at certain words.
import json, os, struct, sys, time
for line in sys.stdin.buffer:
    text = json.loads(line)[0]
    if text == "hang":
        time.sleep(1000)
    if text == "wait":
        while not os.path.exists(json.loads(line)[1]):
            time.sleep(0.01)
    if text == "end":
        sys.exit(1)
    if text == "fault":
        os.abort()
    sys.stdout.buffer.write(struct.pack(">II", 1000, 250) + bytes([0, 64]) * 500)
    sys.stdout.buffer.flush()
"""
SOUND = bytes([0, 64]) * 500


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    (tmp_path / "fake.py").write_text(FAKE)
    return tmp_path / "fake.py"


@pytest.fixture
async def stubborn(fake: Path) -> AsyncIterator[SpeakingProcesses]:
    processes = SpeakingProcesses([sys.executable, str(fake)], 60, 256)
    yield processes
    await processes.close()


def voices() -> list[psutil.Process]:
    """Children of this process that speak."""
    return running("fake.py")


async def test_what_is_spoken_comes_with_what_it_took_of_the_processor(stubborn: SpeakingProcesses) -> None:
    spoken = await stubborn.ask("uno")
    assert (spoken.pcm, spoken.worked_s) == (SOUND, 0.25)


async def test_a_voice_that_hangs_is_killed_at_the_timeout_and_started_again(fake: Path) -> None:
    processes = SpeakingProcesses([sys.executable, str(fake)], 0.5, 256)
    with pytest.raises(EngineTimeout):
        await processes.ask("hang")
    assert voices() == []
    processes.timeout_s = 60
    assert (await processes.ask("uno")).pcm == SOUND
    await processes.close()


@pytest.mark.parametrize("text", ["end", "fault"])
async def test_a_text_that_ends_the_voice_is_told_by_it_and_the_next_is_spoken(
    stubborn: SpeakingProcesses, text: str
) -> None:
    bad, good = await asyncio.gather(stubborn.ask(text), stubborn.ask("uno"), return_exceptions=True)
    assert isinstance(bad, EngineEnded)
    assert not isinstance(good, BaseException)
    assert good.pcm == SOUND


async def test_a_voice_that_is_killed_from_outside_says_nothing_of_the_text(stubborn: SpeakingProcesses) -> None:
    call = asyncio.create_task(stubborn.ask("hang"))
    await until(voices)
    voices()[0].kill()
    with pytest.raises(EngineKilled):
        await call


async def test_a_voice_that_died_between_two_texts_costs_neither(stubborn: SpeakingProcesses) -> None:
    await stubborn.ask("uno")
    process = stubborn._all[0]._process
    assert process
    voices()[0].kill()
    await process.wait()
    assert (await stubborn.ask("dos")).pcm == SOUND


async def test_a_call_that_is_given_up_leaves_its_process_to_the_next_and_no_answer(
    stubborn: SpeakingProcesses, tmp_path: Path
) -> None:
    call = asyncio.create_task(stubborn.ask("wait", str(tmp_path / "go on")))
    await until(voices)
    pids = [voice.pid for voice in voices()]
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    other = asyncio.create_task(stubborn.ask("uno"))
    (tmp_path / "go on").touch()
    assert (await other).pcm == SOUND
    assert [voice.pid for voice in voices()] == pids


async def test_a_call_that_is_given_up_before_its_turn_costs_nobody_anything(
    stubborn: SpeakingProcesses, tmp_path: Path
) -> None:
    first, second, third = [asyncio.create_task(stubborn.ask("wait", str(tmp_path / "go on"))) for _ in range(3)]
    await until(voices)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    (tmp_path / "go on").touch()
    assert [(await call).pcm for call in (first, third)] == [SOUND, SOUND]


async def test_a_voice_that_hangs_when_its_call_was_given_up_is_killed_at_the_timeout(fake: Path) -> None:
    processes = SpeakingProcesses([sys.executable, str(fake)], 0.5, 256)
    call = asyncio.create_task(processes.ask("hang"))
    await until(voices)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await until(lambda: not voices())
    await processes.close()


async def test_another_process_starts_only_when_all_others_speak(fake: Path) -> None:
    processes = SpeakingProcesses([sys.executable, str(fake)], 60, 256, most=2)
    await processes.ask("uno")
    await processes.ask("dos")
    assert len(voices()) == 1
    call = asyncio.create_task(processes.ask("hang"))
    await asyncio.sleep(0)
    assert (await processes.ask("tres")).pcm == SOUND
    assert len(voices()) == 2
    call.cancel()
    await processes.close()
    assert voices() == []


async def test_closing_ends_calls_that_are_under_way_or_wait(stubborn: SpeakingProcesses) -> None:
    calls = [asyncio.create_task(stubborn.ask("hang")) for _ in range(3)]
    await until(voices)
    await stubborn.close()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(answer, EngineCrashed) for answer in answers)
    assert voices() == []


ABANDONED = """
import asyncio, psutil, sys
from workers.synthesize.engines.process import SpeakingProcesses

async def main():
    processes = SpeakingProcesses([sys.executable, sys.argv[1]], 60, 256)
    await processes.ask("uno")
    call = asyncio.create_task(processes.ask("hang"))
    print('pids', *(child.pid for child in psutil.Process().children()), flush=True)
    await call

asyncio.run(main())
"""


def test_when_the_process_is_killed_a_hung_voice_dies_with_it(fake: Path) -> None:
    with python_with_children(ABANDONED, str(fake)) as (parent, pids):
        assert living(pids) == pids != []
        parent.kill()
    asyncio.run(until(lambda: living(pids) == []))
