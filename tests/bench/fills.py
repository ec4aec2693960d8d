"""What live captions wait for while the past is being translated in the same process.

    python tests/bench/fills.py [engine] [latency_ms]

Two sessions on one translate stage each and the same engine (`apertium` or `scripted`), a live final each 100 ms into
Spanish. Prints how long a live final takes with nothing else to do, and while 400 old finals of both sessions wait to
be filled in Spanish and French (which goes through Spanish in that of apertium). Goal: not longer by more than a
call.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator

import click

from dragoman.ops.stages import ReplayAudience
from dragoman.runtime.settings import read_settings
from schemas.messages import Transcript, Translation, Wanted
from workers.breaker import Breakers
from workers.stage import Emit, Inbound, Record
from workers.translate.engine import Translator
from workers.translate.engines import create
from workers.translate.fills import Turns
from workers.translate.stage import translate

LIVE, OLD, EVERY_S = 100, 400, 0.1
TEXT = "we will go on with the second part of the talk in a few minutes, please stay where you are"


def final(segment: int) -> Transcript:
    """One sentence."""
    return Transcript(
        segment=segment, until=segment + 1, start=segment, end=segment + 1, spoken_at=0, final=True,
        revision=1, language="en", engine="bench", text=TEXT,
    )  # fmt: skip


class Old:
    """Everything is missing."""

    async def missing(
        self, session_id: str, partition: int, language: str, since_ms: int, before: int
    ) -> list[Transcript]:
        """Newest first."""
        return [final(segment) for segment in range(OLD, 0, -1)]


async def session(name: str, engine: Translator, turns: Turns, *, fill: bool) -> tuple[list[float], int]:
    """Seconds that each live final took into Spanish, and how many fills there were meanwhile."""
    given: dict[int, float] = {}
    took: list[float] = []
    fills = 0

    async def spoken() -> AsyncIterator[Inbound]:
        for language in ("es", "fr") if fill else ():
            yield Record("transcripts", 0, 0, name, Wanted(language=language, at=1), 0)
        for number in range(LIVE):
            await asyncio.sleep(EVERY_S)
            given[1000 + number] = time.perf_counter()
            yield Record("transcripts", 0, 1000 + number, name, final(1000 + number), 0)
        await asyncio.sleep(60)

    stage = translate(
        spoken(),
        translators=[engine],
        audience=ReplayAudience(["es", "fr"]),
        now=lambda: time.time_ns() // 1_000_000,
        breakers=Breakers(),
        past=Old(),
        turns=turns,
    )
    async for item in stage:
        match item:
            case Emit(message=Translation(revised=True)):
                fills += 1
            case Emit(message=Translation(language="es") as live):
                took.append(time.perf_counter() - given[live.segment])
        if len(took) == LIVE:
            break
    await stage.aclose()  # type: ignore[attr-defined]  # stages are async generators
    return took, fills


async def bench(name: str, latency_ms: float) -> None:
    """Prints the two rows."""
    engine = create(name, read_settings(scripted_latency_ms=latency_ms))
    await engine.start()
    await engine.translate(TEXT, "en", "es")
    await engine.translate(TEXT, "en", "fr")
    for fill in (False, True):
        turns = Turns()
        both = await asyncio.gather(*(session(each, engine, turns, fill=fill) for each in ("a", "b")))
        ms = sorted(1000 * each for took, _ in both for each in took)
        click.echo(
            f"{name} {'beside fills' if fill else 'alone':12} median {statistics.median(ms):6.1f} ms, "
            f"95 % {ms[len(ms) * 95 // 100]:6.1f} ms, worst {ms[-1]:6.1f} ms; fills {sum(count for _, count in both)}"
        )
    await engine.close()


if __name__ == "__main__":
    asyncio.run(bench((sys.argv[1:] or ["apertium"])[0], float((sys.argv[2:] or ["0"])[0])))
