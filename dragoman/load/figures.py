"""What a load came to: one struct, from which every kind of report is made."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from dragoman.client.connection import Traffic
from dragoman.load.distribution import STATISTICS, Distribution
from dragoman.load.plan import LoadShape, PlannedUtterance
from dragoman.load.scenarios import Scenario
from dragoman.load.setup import LoadRun
from dragoman.load.strain import Strain
from dragoman.load.tally import FIGURES

FORMAT: Final = 1
"""Of the JSON."""


@dataclass(frozen=True)
class MachineFacts:
    """Where the tool ran; a server elsewhere has others."""

    processor: str
    cores: int
    memory_gb: float
    system: str
    python: str
    load: float
    """Processes that wanted to run, mean of the last minute of the run."""


@dataclass(frozen=True)
class ScenarioOutcome:
    """What became of the utterances of one scenario."""

    requests: int
    succeeded: int
    failed: dict[str, int]
    """By kind."""


@dataclass(frozen=True)
class LoadFigures:
    """Everything that `dragoman load` says."""

    format: int
    began_at: str
    """ISO 8601."""
    server: str
    floor: str
    profiles: list[str]
    shares: dict[Scenario, float]
    timeouts_s: dict[Scenario, float]
    shape: LoadShape
    machine: MachineFacts
    left_out: int
    """Utterances of the warm-up."""
    requests: int
    """Utterances that were measured."""
    success: float | None
    """Share of them, 0 to 1."""
    scenarios: dict[Scenario, ScenarioOutcome]
    figures: dict[str, Distribution]
    """Seconds; those of which there is a sample."""
    unanswered: dict[str, int]
    """Samples by figure that stand at the time limit, as nothing had come by then: the true ones are longer."""
    listeners: dict[str, int]
    """What happened to them."""
    bytes_sent: int
    """Messages of all sockets, warm-up included."""
    bytes_received: int
    strain: Strain
    bottleneck: str
    """Why the figures are those of the tool; empty when they are not."""
    sessions: list[str]
    """Codes."""
    samples: dict[str, list[float]]
    """Seconds, to the ms, as they came."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def value(self, name: str) -> float | None:
        """One number by its name: `ttft_p95` (seconds), `success` (0 to 1), `failures`; None: it was not measured.

        Raises KeyError when no figure is called that.
        """
        match name:
            case "success":
                return self.success
            case "failures":
                return float(sum(sum(each.failed.values()) for each in self.scenarios.values()))
        figure, _, statistic = name.rpartition("_")
        if figure not in FIGURES or statistic not in STATISTICS:
            raise KeyError(name)
        found = self.figures.get(figure)
        value: float | None = getattr(found, statistic) if found else None
        return value


NAMES: Final = ("success", "failures", *(f"{figure}_{statistic}" for figure in FIGURES for statistic in STATISTICS))
"""Of all numbers that `value` knows."""


def figures(
    run: LoadRun, planned: Sequence[PlannedUtterance], traffic: Traffic, began_at: datetime, machine: MachineFacts
) -> LoadFigures:
    """Of a load that is over."""
    tally, setup, strain = run.tally, run.setup, run.strain.strain()
    found = {name: tally.distribution(name) for name in FIGURES}
    return LoadFigures(
        format=FORMAT,
        began_at=began_at.isoformat(timespec="seconds"),
        server=setup.url,
        floor=setup.floor,
        profiles=[kind.name for kind in setup.kinds],
        shares=dict(setup.shares),
        timeouts_s=dict(setup.timeouts_s),
        shape=setup.shape,
        machine=machine,
        left_out=sum(not each.counted for each in planned),
        requests=tally.requests,
        success=tally.success,
        scenarios=outcomes(tally.succeeded, tally.failed),
        figures={name: each for name, each in found.items() if each.count},
        unanswered=dict(tally.unanswered),
        listeners=dict(sorted(tally.listeners.items())),
        bytes_sent=traffic.sent,
        bytes_received=traffic.received,
        strain=strain,
        bottleneck=strain.verdict,
        sessions=list(run.sessions),
        samples={name: [round(value, 3) for value in tally.values(name)] for name in FIGURES},
    )


def outcomes(
    succeeded: Mapping[Scenario, int], failed: Mapping[tuple[Scenario, str], int]
) -> dict[Scenario, ScenarioOutcome]:
    """By scenario, those of which there was one."""
    wrong: dict[Scenario, Counter[str]] = {scenario: Counter() for scenario in succeeded}
    for (scenario, why), many in failed.items():
        wrong.setdefault(scenario, Counter())[why] += many
    return {
        scenario: ScenarioOutcome(
            succeeded.get(scenario, 0) + kinds.total(), succeeded.get(scenario, 0), dict(kinds.most_common())
        )
        for scenario, kinds in sorted(wrong.items())
    }
