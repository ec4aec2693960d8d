"""Voices that were not used for longest leave the memory."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.workers.driving import until
from workers.errors import EngineCrashed
from workers.synthesize.engines.piper.loaded import Loaded, most_loaded

SPEAKS = """
# Answers with the number of its process, when the file that is asked for is there.
import json, os, struct, sys, time
for line in sys.stdin.buffer:
    while not os.path.exists(json.loads(line)[0]):
        time.sleep(0.01)
    said = str(os.getpid()).encode()
    sys.stdout.buffer.write(struct.pack(">II", len(said), 1) + said)
    sys.stdout.buffer.flush()
"""


@pytest.fixture
async def loaded(tmp_path: Path) -> AsyncIterator[Loaded]:
    """Three voices, of which two fit."""
    (tmp_path / "speaks.py").write_text(SPEAKS)
    child = (sys.executable, str(tmp_path / "speaks.py"))
    voices = Loaded(60, 256, 2)
    for name in ("es", "fr", "it"):
        voices.add(name, child)
    yield voices
    await voices.close()


async def pid(loaded: Loaded, name: str, when: Path = Path("/")) -> int:
    return int((await loaded.ask(name, str(when))).pcm)


def runs(number: int) -> bool:
    return Path(f"/proc/{number}").exists()


async def test_the_one_that_was_not_used_for_longest_makes_room_and_comes_back_when_it_is_asked(loaded: Loaded) -> None:
    spanish, french = await pid(loaded, "es"), await pid(loaded, "fr")
    assert await pid(loaded, "es") == spanish, "it has stayed"
    italian = await pid(loaded, "it")
    assert [runs(each) for each in (spanish, french, italian)] == [True, False, True]
    assert await pid(loaded, "fr") not in (spanish, french, italian)
    assert [runs(each) for each in (spanish, italian)] == [False, True]


async def test_one_that_speaks_is_not_cut(loaded: Loaded, tmp_path: Path) -> None:
    held = tmp_path / "go on"
    speaking = [asyncio.create_task(pid(loaded, name, held)) for name in ("es", "fr")]
    await until(lambda: all(loaded._all[name].speaking for name in ("es", "fr")))
    italian = await pid(loaded, "it")
    held.touch()
    spanish, french = await asyncio.gather(*speaking)
    assert await pid(loaded, "it") == italian
    assert await pid(loaded, "fr") == french, "it was used after the Spanish one"
    assert not runs(spanish)


async def test_after_the_end_nothing_runs_and_nothing_is_spoken(loaded: Loaded) -> None:
    spanish = await pid(loaded, "es")
    await loaded.close()
    assert not runs(spanish)
    with pytest.raises(EngineCrashed):
        await pid(loaded, "es")


@pytest.mark.parametrize(("usable_mb", "voices"), [(512, 1), (6_000, 3), (16_000, 10)])
def test_a_quarter_of_the_memory_is_theirs(usable_mb: int, voices: int) -> None:
    assert most_loaded(usable_mb) == voices
