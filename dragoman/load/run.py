"""Runs a load by its plan, from the first session to the last answer."""

import asyncio
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from dragoman.client.connection import Traffic, traffic
from dragoman.load.figures import LoadFigures, MachineFacts, figures
from dragoman.load.plan import listeners, utterances
from dragoman.load.setup import LoadRun, LoadSetup
from dragoman.load.speaking import LoadSpeaker
from dragoman.runtime.errors import DragomanError


async def load(setup: LoadSetup, on_begun: Callable[[LoadRun], None] = lambda run: None) -> LoadFigures:
    """The figures; `on_begun` gets what is looked at meanwhile. Raises DragomanError when nothing is planned."""
    planned = utterances(setup.shape, setup.kinds, setup.shares, setup.seed)
    if not any(each.counted for each in planned):
        raise DragomanError(
            "nobody would say anything in that time: give a longer --duration, more --concurrency, or a --profile that"
            " speaks more often"
        )
    run = LoadRun(setup, time.monotonic, time.monotonic())
    counted, began_at = Traffic(), datetime.now(UTC)
    traffic.set(counted)
    measuring = asyncio.create_task(_strain(run))
    on_begun(run)
    async with asyncio.TaskGroup() as sessions:
        for number in range(setup.shape.concurrency):
            of_session = [each for each in planned if each.session == number]
            speaker = LoadSpeaker(run, number, listeners(setup.shape, number, setup.seed))
            sessions.create_task(speaker.run(of_session))
    measuring.cancel()
    await asyncio.gather(measuring, return_exceptions=True)
    return figures(run, planned, counted, began_at, machine())


async def _strain(run: LoadRun) -> None:
    looking = asyncio.create_task(run.strain.run())
    try:
        await asyncio.sleep(max(0.0, run.at(run.setup.shape.measured_from_s) - run.clock()))
        run.strain.begin()
        await looking
    finally:
        looking.cancel()


def machine() -> MachineFacts:
    """Where this runs."""
    return MachineFacts(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        memory_gb=round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    """As Linux calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
