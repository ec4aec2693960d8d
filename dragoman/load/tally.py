"""All that comes in while the load runs, for the figures at the end and for the table meanwhile."""

from collections import Counter, defaultdict
from typing import Final

from dragoman.load.distribution import Distribution
from dragoman.load.scenarios import Scenario

FIGURES: Final = {
    "connection": "from the first byte to a socket that has its session",
    "ttft": "time to first token: from the end of the words to the first caption with text",
    "first_audio": "from the end of the words to the first translated audio",
    "total": "from the end of the words to the last caption and the last translated audio",
    "recovery": "first_audio of what is said after an interruption",
    "speech": "length of what was said",
    "control": "from a question of a listener (status, playback, change of language) to its answer",
    "transcribe": "stage: from the end of the words to the transcript",
    "translate": "stage: from the transcript to the translation",
    "synthesize": "stage: from the translation to the speech",
    "broadcast": "stage: from there to the publication",
}
"""Name to what it is; all are seconds."""


class Tally:
    """Samples by figure; outcomes by scenario."""

    def __init__(self) -> None:
        self._values: defaultdict[str, list[float]] = defaultdict(list)
        self._of: defaultdict[str, set[object]] = defaultdict(set)
        self.succeeded: Counter[Scenario] = Counter()
        self.failed: Counter[tuple[Scenario, str]] = Counter()
        """By scenario and kind."""
        self.listeners: Counter[str] = Counter()
        """What happened to them: `joined`, `joined late`, `left`, `switched`, `lost the network`, `came back`, …"""
        self.unanswered: Counter[str] = Counter()
        """Samples by figure that stand at the limit, because nothing had come by then."""

    def add(self, figure: str, seconds: float, of: object = None) -> None:
        """A sample; those of the same thing (`of`) are not independent. Raises KeyError for an unknown figure."""
        _ = FIGURES[figure]
        self._values[figure].append(seconds)
        self._of[figure].add(of if of is not None else len(self._values[figure]))

    def limit(self, figure: str, seconds: float, of: object) -> None:
        """Nothing came within so long: it counts as having taken as long, which is too short, and is counted apart."""
        self.add(figure, seconds, of)
        self.unanswered[figure] += 1

    def distribution(self, figure: str) -> Distribution:
        """Of what there is so far."""
        return Distribution.of(self._values[figure], len(self._of[figure]))

    def values(self, figure: str) -> list[float]:
        """In the order in which they came."""
        return list(self._values[figure])

    @property
    def requests(self) -> int:
        """Utterances whose end is known."""
        return self.succeeded.total() + self.failed.total()

    @property
    def success(self) -> float | None:
        """Share of the utterances, 0 to 1; None of none."""
        return self.succeeded.total() / self.requests if self.requests else None
