"""What was shown and did not stay, and when each word was first seen: of the results of one session in one language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

ADJACENT_MS: Final = 32
"""What begins so soon after a final goes on with its utterance: a frame of the voice detector."""


@dataclass(frozen=True)
class Shown:
    """A partial or final, as a reader saw it."""

    at: float
    """When, seconds on any clock."""
    text: str
    stable_chars: int
    """So much of it was said to stay."""
    final: bool
    start_ms: int
    end_ms: int
    """Of the words; of a final, of what it accounts for."""


@dataclass(frozen=True)
class Erasure:
    """Words that were shown, or said to be stable, and did not stay; punctuation and case are no change."""

    shown: int
    stable: int
    words: int
    """Of the finals."""

    @property
    def shown_per_100(self) -> float:
        """Of 100 final words."""
        return 100 * self.shown / max(1, self.words)

    @property
    def stable_per_100(self) -> float:
        """Of 100 final words."""
        return 100 * self.stable / max(1, self.words)


def erasure(results: Sequence[Shown]) -> Erasure:
    """`results` in order."""
    shown = stable = words = 0
    before: list[str] = []
    promised: list[str] = []
    for number, result in enumerate(results):
        now = result.text.split()
        if result.final:
            words += len(now)
            shown += min(len(before), len(now)) - agreed(before, now)
            stable += min(len(promised), len(now)) - agreed(promised, now)
            before, promised = before[len(now) :], promised[len(now) :]
            if not _goes_on(results, number):
                shown, stable = shown + len(before), stable + len(promised)
                before, promised = [], []
        else:
            shown += len(before) - agreed(before, now)
            stable += len(promised) - agreed(promised, now)
            before, promised = now, result.text[: result.stable_chars].split()
    return Erasure(shown, stable, words)


def first_seen(results: Sequence[Shown]) -> list[float | None]:
    """When each word of the final was first seen in its place. `results` are those of one segment, the final last."""
    said = results[-1].text.split()
    return [next(_seen(results, place, word), None) for place, word in enumerate(said)]


def agreed(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with, without case and marks."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if _bare(a) != _bare(b):
            break
        count += 1
    return count


def _seen(results: Sequence[Shown], place: int, word: str) -> Iterator[float]:
    return (result.at for result in results if agreed(result.text.split()[place : place + 1], [word]))


def _bare(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def _goes_on(results: Sequence[Shown], number: int) -> bool:
    """The final is the beginning of a longer utterance: what was shown behind it is shown again in the next one."""
    following = results[number + 1 : number + 2]
    return bool(following) and following[0].start_ms <= results[number].end_ms + ADJACENT_MS
