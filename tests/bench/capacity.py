"""What many sessions need, engines left out, and what breaks first: from the costs that `make bench-bus` measured.

    python -m tests.bench.capacity [--figures FILE]

Of every process the measured use is taken apart into what it costs to be woken, some 50 times a second at most, and
what a session costs beside that: the line through the two largest loads. From that follow the cores for up to 1,000
sessions with up to 500 listeners each. Then a simulation lets finals go through the stages, each a process that takes
all that has come whenever its rhythm allows, and says how late captions are as sessions become more on one process of
each stage with a core for each, which is what a partition's owner has.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

import click

from dragoman.runtime.rhythm import EVERY_S

MEASURED = Path(__file__).parent / "bus" / "measured.json"
CHAIN = ("gateway", "transcribe", "translate", "broadcast")
FRAMES_A_S = 10
FINAL_EVERY_S = 2.0
DELIVERED_US = 6.5
"""A message to a listener (docs/performance.md, fan-out)."""
BUSY = 0.6
"""What a process may use of a core so that nothing waits long."""
AUDIO_B_S, CAPTION_B = 32_000, 400
SIMULATED_S = 60.0


class Cost(NamedTuple):
    """What a kind of process uses."""

    awake: float
    """Of a core, for being woken all the time."""
    session: float
    """Of a core, for one more session."""


def costs(figures: Sequence[dict[str, dict[str, float]]]) -> dict[str, Cost]:
    """By process: the line through the two largest loads."""
    less, more = sorted((each for each in figures if each.get("sessions")), key=lambda each: each["sessions"])[-2:]
    found = {}
    for name, percent in more["percent"].items():
        session = (percent - less["percent"][name]) / (more["sessions"] - less["sessions"]) / 100  # type: ignore[operator]
        awake = percent / 100 - session * more["sessions"]  # type: ignore[operator]
        found[name.removesuffix("-0")] = Cost(max(0.0, awake), max(0.0, session))
    return found


def table(cost: dict[str, Cost]) -> None:
    """Processes and cores for sessions with listeners, at BUSY of a core each."""
    click.echo(f"{'sessions':>9}{'listeners':>10}{'cores':>8}  processes, each with a core that is {BUSY:.0%} busy")
    for sessions in (1, 20, 100, 300, 1_000):
        for listeners in (3, 50, 500):
            fan_out = sessions * listeners / FINAL_EVERY_S * DELIVERED_US / 1e6
            used = {
                name: each.session * sessions + (fan_out if name == "gateway" else 0) for name, each in cost.items()
            }
            count = {name: max(1, -int(-share // (BUSY - min(cost[name].awake, 0.3)))) for name, share in used.items()}
            cores = sum(used.values()) + sum(cost[name].awake * number for name, number in count.items())
            said = ", ".join(f"{name} {number}" for name, number in count.items())
            click.echo(f"{sessions:>9}{listeners:>10}{cores:>8.1f}  {said}")
    per_1000 = 1_000 * AUDIO_B_S / 1e6
    out = 1_000 * 500 / FINAL_EVERY_S * CAPTION_B / 1e6
    click.echo(f"1,000 sessions: {per_1000:.0f} MB/s of audio into the log and out of it again, for each replica once")
    click.echo(
        f"more; with 500 readers each {out:.0f} MB/s of captions to sockets. Partitions: four for each transcribe."
    )


def served(arrivals: Sequence[float], wake_s: float, each_s: float) -> list[float]:
    """When things that came at these times are done by one process, which takes all that is there in its rhythm."""
    done, free, taken = [], 0.0, 0
    while taken < len(arrivals):
        start = max(free, arrivals[taken])
        count = next((n for n in range(taken, len(arrivals)) if arrivals[n] > start), len(arrivals)) - taken
        finished = start + wake_s + each_s * random.gammavariate(count, 1)
        done += [finished] * count
        free, taken = max(finished, start + EVERY_S), taken + count
    return done


def late_ms(cost: dict[str, Cost], sessions: int, hop_s: float) -> list[float]:
    """How late the captions of so many sessions are, out of step, on one process of each stage.

    A hop over the broker takes `hop_s` besides.
    """
    spoken: list[tuple[float, bool]] = []
    for _ in range(sessions):
        first = random.uniform(0, 1 / FRAMES_A_S)
        until_final = random.randrange(round(FINAL_EVERY_S * FRAMES_A_S))
        for number in range(round(SIMULATED_S * FRAMES_A_S)):
            final = (number + until_final) % round(FINAL_EVERY_S * FRAMES_A_S) == 0
            spoken.append((first + number / FRAMES_A_S, final))
    spoken.sort()
    at = [time for time, _ in spoken]
    for name in CHAIN:
        rate = len(at) / SIMULATED_S
        order = sorted(range(len(at)), key=at.__getitem__)
        done = served([at[place] for place in order], cost[name].awake * EVERY_S, cost[name].session * sessions / rate)
        at = [time + hop_s for _, time in sorted(zip(order, done, strict=True))]
        if name == "transcribe":  # only finals go on
            at = [time for time, (_, final) in zip(at, spoken, strict=True) if final]
    began = [time for time, final in spoken if final]
    return [1000 * (end - start) for start, end in zip(began, at, strict=True)]


def breaking(cost: dict[str, Cost], hop_s: float) -> None:
    """Prints how late captions are, until something breaks, and what."""
    click.echo(
        "one process of each stage, a core for each: captions after their frame, p50 / p95, and the busiest process"
    )
    for sessions in (1, 20, 50, 100, 150, 200, 250, 300, 400, 600):
        found = quantiles(late_ms(cost, sessions, hop_s), n=20, method="inclusive")
        busy, name = max((each.awake + each.session * sessions, name) for name, each in cost.items())
        click.echo(f"{sessions:>9} sessions {found[9]:>8.0f} / {found[18]:.0f} ms   {name} {busy:.0%}")
        if busy >= 1:
            click.echo(f"{name} breaks first")
            return


@click.command()
@click.option("--figures", type=Path, default=MEASURED, help="What `make bench-bus` wrote with --json.")
def main(figures: Path) -> None:
    """See above."""
    random.seed(1)
    found = json.loads(figures.read_text())
    cost = costs([each for each in found if not each.get("in_step")])
    hop_s = next(each["bare"]["p50"] for each in found if "bare" in each) / len(CHAIN) / 1000
    for name, each in cost.items():
        click.echo(f"{name:>12}: {100 * each.awake:.1f} % of a core awake, {100 * each.session:.2f} % for a session")
    table(cost)
    breaking(cost, hop_s)


if __name__ == "__main__":
    main()
