"""Several lanes with one process that speaks: each waits for its turn, as long as its words are worth it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.messages import Speech, Usage
from tests.workers.driving import until
from tests.workers.synthesize.test_stage import Bench, Humming, hearing, said
from tests.workers.texts import SPOKEN_AT
from workers.breaker import FAILURES, Breakers
from workers.synthesize.engine import NEUTRAL, Sound, Tone
from workers.synthesize.engines.process import SpeakingProcesses

SPEAKS = """
# Speaks when the file is there.
import json, os, struct, sys, time
for line in sys.stdin.buffer:
    while not os.path.exists(json.loads(line)[0]):
        time.sleep(0.01)
    sys.stdout.buffer.write(struct.pack(">II", 1000, 250) + bytes(1000))
    sys.stdout.buffer.flush()
"""


class Shared(Humming):
    """One process for all lanes."""

    def __init__(self, folder: Path) -> None:
        super().__init__("shared")
        (folder / "speaks.py").write_text(SPEAKS)
        self.go_on = folder / "go on"
        self.processes = SpeakingProcesses([sys.executable, str(folder / "speaks.py")], 600, 256)

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        await super().synthesize(text, language, rate, tone)
        return Sound((await self.processes.ask(str(self.go_on))).pcm, 16_000)

    async def close(self) -> None:
        await self.processes.close()


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Shared]:
    engine = Shared(tmp_path)
    yield engine
    await engine.close()


def outcomes(bench: Bench) -> list[tuple[str, str]]:
    return [(speech.outcome, speech.reason) for speech in bench.emitted(Speech)]


async def test_the_wait_for_others_is_no_part_of_the_time_of_a_call(shared: Shared) -> None:
    """A call may take a millisecond: the process itself is given more, as only it knows when it begins."""
    lanes = [Bench(hearing("pcm16"), shared, deadline_s=600, timeout_s=0.001, breakers=Breakers()) for _ in range(4)]
    async with lanes[0], lanes[1], lanes[2], lanes[3]:
        for bench in lanes:
            await bench.give(said(1, 0))
        shared.go_on.touch()
        for bench in lanes:
            await until(lambda bench=bench: bench.settled)  # type: ignore[misc]
            assert outcomes(bench) == [("ok", "")]
    assert len(shared.asked) == 4


async def test_what_waits_until_it_is_too_late_is_skipped_and_the_voice_is_not_to_blame(shared: Shared) -> None:
    breakers = Breakers()
    first = Bench(hearing("pcm16"), shared, deadline_s=600, breakers=breakers)
    behind = Bench(hearing("pcm16"), shared, breakers=breakers)
    behind.clock.ms = SPOKEN_AT + 14_990
    async with first, behind:
        await first.give(said(1, 0))
        process = shared.processes._all[0]
        await until(lambda: process._process)
        for number in range(FAILURES + 1):
            await behind.give(said(number, number * 16_000))
            await until(lambda number=number: len(behind.settled) > number)  # type: ignore[misc]
        assert outcomes(behind) == [("skipped", "deadline")] * (FAILURES + 1)
        assert {(used.outcome, used.reason) for used in behind.emitted(Usage)} == {("skipped", "deadline")}
        pid = process._process.pid if process._process else 0
        shared.go_on.touch()
        await until(lambda: first.settled)
        assert outcomes(first) == [("ok", "")]
        behind.clock.ms = SPOKEN_AT
        await behind.give(said(20, 320_000))
        await until(lambda: 20 in behind.settled)
        assert outcomes(behind)[-1] == ("ok", "")
        assert process._process
        assert process._process.pid == pid
