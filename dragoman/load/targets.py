"""What is aimed at, and whether a load met it, missed it, or did not measure it."""

from dataclasses import dataclass
from typing import Final, Literal

from dragoman.load.distribution import Distribution
from dragoman.load.figures import LoadFigures

Verdict = Literal["met", "missed", "not measured"]
DURABLE_S: Final = 0.05
FORWARDED_S: Final = 0.1
MANY: Final = 20
"""Above so many sessions captions may take longer."""


@dataclass(frozen=True)
class Target:
    """One aim, and what became of it."""

    aim: str
    """As people say it."""
    sessions: int
    """In this load."""
    limit: float
    """Seconds, or a share."""
    value: float | None
    """Of the load; None: there is none."""
    verdict: Verdict
    why: str
    """Why it was not measured."""


@dataclass(frozen=True)
class Inside:
    """What a client cannot see of a load."""

    durable_p95_s: float | None = None
    """Upper bound of the p95 from the socket to the log; None: the gateway's metrics were not read."""
    forwarded: Distribution | None = None
    """Seconds from the transcript to the beginning of its translation; None: the records were not read."""


def targets(found: LoadFigures, inside: Inside) -> list[Target]:
    """All of them, for one load."""
    quick = found.shape.concurrency <= MANY
    return [
        _durable(found, inside.durable_p95_s),
        _forwarded(found, inside.forwarded),
        _below(found, "end to end, p95", "total_p95", 5.0),
        _below(found, "control messages, p95", "control_p95", 0.1),
        _below(found, "connection, mean", "connection_mean", 0.1),
        _below(found, "time to first token, mean", "ttft_mean", 1.5 if quick else 2.5),
        _below(found, "time to first token, p95", "ttft_p95", 2.5 if quick else 4.0),
        _success(found),
    ]


def _below(found: LoadFigures, aim: str, name: str, limit: float) -> Target:
    value = found.value(name)
    if value is None:
        why = "too few samples" if name.rpartition("_")[0] in found.figures else "nothing came"
        return Target(aim, found.shape.concurrency, limit, None, "not measured", why)
    return Target(aim, found.shape.concurrency, limit, value, "met" if value < limit else "missed", "")


def _success(found: LoadFigures) -> Target:
    aim, limit = "success", 0.99
    if found.success is None:
        return Target(aim, found.shape.concurrency, limit, None, "not measured", "nothing was said")
    verdict: Verdict = "met" if found.success > limit else "missed"
    return Target(aim, found.shape.concurrency, limit, found.success, verdict, "")


def _durable(found: LoadFigures, value: float | None) -> Target:
    aim, sessions = "audio, from the socket to the log, p95", found.shape.concurrency
    if value is None:
        why = "no client sees it: say with --metrics where the gateway's are"
        return Target(aim, sessions, DURABLE_S, None, "not measured", why)
    return Target(aim, sessions, DURABLE_S, value, "met" if value <= DURABLE_S else "missed", "")


def _forwarded(found: LoadFigures, values: Distribution | None) -> Target:
    aim, sessions = "from the transcript to the beginning of its translation, p95", found.shape.concurrency
    if values is None or values.p95 is None:
        why = "too few finals" if values else "no client sees it: say with --kafka where the records are"
        return Target(aim, sessions, FORWARDED_S, None, "not measured", why)
    return Target(aim, sessions, FORWARDED_S, values.p95, "met" if values.p95 < FORWARDED_S else "missed", "")
