"""The figures of a load that never ran."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dragoman.client.connection import Traffic
from dragoman.load.figures import LoadFigures, MachineFacts, figures
from dragoman.load.plan import LoadShape
from dragoman.load.profiles import PROFILES
from dragoman.load.recordings import Utterable
from dragoman.load.scenarios import TIMEOUTS_S
from dragoman.load.setup import LoadRun, LoadSetup
from dragoman.load.tally import Tally

Filled = Callable[..., LoadFigures]
MACHINE = MachineFacts("a processor <fast>", 2, 24.0, "Linux 6", "3.11", 0.5)


@pytest.fixture
def setup() -> LoadSetup:
    """Two sessions with two listeners each, without a gateway."""
    shape = LoadShape(
        concurrency=2,
        listeners=2,
        languages=("es", "ca"),
        restless=0.0,
        duration_s=60.0,
        requests=0,
        ramp_s=1.0,
        warm_up_s=2.0,
    )
    return LoadSetup(
        "ws://127.0.0.1:9",
        "en",
        shape,
        [PROFILES["meeting"]],
        {"simple": 1.0},
        TIMEOUTS_S,
        [Utterable(bytes(32_000))],
        frozenset({"es"}),
    )


@pytest.fixture
def filled(setup: LoadSetup) -> Filled:
    """Makes figures of what is put into a tally."""

    def fill(put: Callable[[Tally], Any]) -> LoadFigures:
        run = LoadRun(setup, lambda: 0.0, 0.0)
        put(run.tally)
        return figures(run, [], Traffic(1_000, 2_000), datetime(2026, 1, 2, tzinfo=UTC), MACHINE)

    return fill


@pytest.fixture
def found(filled: Filled) -> LoadFigures:
    """100 utterances: a first token after 0.01 to 1 s; one has none, and 99 % are good."""

    def put(tally: Tally) -> None:
        for number in range(1, 100):
            tally.add("ttft", number / 100, number)
        tally.limit("ttft", 20.0, 100)
        tally.add("connection", 0.05)
        tally.succeeded["simple"] = 99
        tally.failed["simple", "timeout"] = 1
        tally.listeners["joined"] = 4

    return filled(put)
