"""What a sentence that ends its engine's process costs the others.

    python -m tests.bench.deadly_text [--stage translate] [--sessions 8] [--share 0.03] [--minutes 2]

Starts a whole system with the scripted engines and speaks in real time in every session. Of the stage's texts a share
ends the process of the engine, each time that it is tried. Prints how many captions were given up, and how much later
than usual (the median) the others came: those of the same session behind them, and those of other sessions. Goal: 2 s.
"""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import click

from dragoman.client.listener import Listener
from dragoman.client.speaker import Speaker
from schemas.socket import JoinSession
from tests.bench.outage import STEADY_S, Session, ignore
from tests.chaos.stack import Stack

NEAR_S = 6.0
"""A caption that comes so long before or after one that was given up may have waited for it."""


async def measure(stack: Stack, stage: str, count: int, share: float, minutes: float) -> None:
    """Speaks, first without and then with such texts."""
    sessions = [Session() for _ in range(count)]
    tasks: list[asyncio.Task[None]] = []
    urls = [f"http://{host}:{port}" for host, port in stack.gateways(0)]
    async with AsyncExitStack() as opened:
        for session in sessions:
            speaker = await opened.enter_async_context(Speaker.create(urls, "en", patience_s=600))
            joining = JoinSession(session_id=speaker.code, target_language="es", audio=False)
            listener = await opened.enter_async_context(Listener(urls, joining, patience_s=600))
            works = (session.speak(speaker), session.listen(listener), ignore(speaker))
            tasks += [asyncio.create_task(work) for work in works]
        await asyncio.sleep(STEADY_S)
        usual = median(late for session in sessions for _, late in session.lateness)
        for name in stack.names(stage):
            await stack.start_anew(name, DRAGOMAN_SCRIPTED_FAULTS=f"crash:{share}")
        await asyncio.sleep(STEADY_S)
        began = time.time()
        await asyncio.sleep(minutes * 60)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    report(sessions, began, usual)


def report(sessions: list[Session], began: float, usual: float) -> None:
    """Captions since `began`, Unix seconds; `usual` in seconds after the words."""
    own, others = [0.0], [0.0]
    for session in sessions:
        for at, late in (caption for caption in session.lateness if caption[0] > began):
            if any(abs(at - gone) < NEAR_S for gone in session.given_up):
                own.append(late - usual)
            elif any(abs(at - gone) < NEAR_S for other in sessions for gone in other.given_up):
                others.append(late - usual)
    given_up = sum(1 for session in sessions for at in session.given_up if at > began)
    click.echo(f"{given_up} captions given up; usual delay {usual:.2f} s")
    click.echo(f"same session, {len(own)} captions near them: at most {max(own):.2f} s later than usual")
    click.echo(f"other sessions, {len(others)} captions meanwhile: at most {max(others):.2f} s later than usual")


async def run(folder: Path, stage: str, **how: object) -> None:
    """With a system of its own."""
    async with Stack(folder, workers=1) as stack:
        await measure(stack, stage, **how)  # type: ignore[arg-type]


@click.command()
@click.option("--stage", type=click.Choice(["transcribe", "translate"]), default="translate")
@click.option("--sessions", "count", default=8)
@click.option("--share", default=0.03)
@click.option("--minutes", default=2.0)
def main(stage: str, **how: object) -> None:
    """See above."""
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(run(Path(name), stage, **how))


if __name__ == "__main__":
    main()
