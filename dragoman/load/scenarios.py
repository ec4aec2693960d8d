"""What is done with an utterance, and how long its answer may take."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from dragoman.runtime.errors import DragomanError

Scenario = Literal["simple", "slow-engine", "interruptions", "false-alarms"]
"""`simple`: said, and its last translated audio waited for. `slow-engine`: the same, of the language whose engine is
slow. `interruptions`: the speaker breaks off when the translation is heard, and says something else. `false-alarms`: a
short noise behind what was said."""
SCENARIOS: Final[tuple[Scenario, ...]] = get_args(Scenario)
TIMEOUTS_S: Final[dict[Scenario, float]] = {
    "simple": 20.0,
    "slow-engine": 60.0,
    "interruptions": 20.0,
    "false-alarms": 20.0,
}
"""From the end of the speech to the last of its answer."""


def weighted(weights: Mapping[Scenario, float]) -> dict[Scenario, float]:
    """Shares of all utterances, together 1; without any weight all are simple. Raises DragomanError."""
    if any(weight < 0 for weight in weights.values()):
        raise DragomanError("the weight of a scenario is 0 or more")
    total = sum(weights.values())
    if not total:
        return {"simple": 1.0}
    return {scenario: weight / total for scenario, weight in weights.items() if weight}


def timeouts(given: Sequence[str]) -> dict[Scenario, float]:
    """Of all scenarios, seconds; `given` are as `simple=30`. Raises DragomanError."""
    found = dict(TIMEOUTS_S)
    for each in given:
        name, _, seconds = each.partition("=")
        known = next((scenario for scenario in SCENARIOS if scenario == name.strip()), None)
        if known is None:
            raise DragomanError(f"--timeout {each}: there is no scenario {name!r}: there are {', '.join(SCENARIOS)}")
        try:
            found[known] = float(seconds.removesuffix("s"))
        except ValueError:
            raise DragomanError(f"--timeout {each}: seconds are a number, as in {known}=30") from None
        if not found[known] > 0:
            raise DragomanError(f"--timeout {each}: seconds are more than 0")
    return found
