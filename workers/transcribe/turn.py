"""Whose turn it is to hear a lane: the first engine that understands the language, unless it is left alone.

An engine that fails again and again costs each utterance of each session its timeout. So after some failures it is left
alone for a while by all lanes of the process, if another one understands the language; then one lane tries it.
"""

from collections.abc import Sequence
from typing import Final

from workers.breaker import Breaker, Breakers
from workers.errors import (
    AtCapacity,
    EngineEnded,
    EngineError,
    EngineGarbled,
    EngineKilled,
    EngineRefused,
    EngineUnavailable,
)
from workers.transcribe.engine import Recogniser

REST_S: Final = 30.0
"""For so long a recogniser is left alone: who tries it loses seconds, and hears an utterance again."""
RETURN_MS: Final = 60_000
"""A lane goes back no sooner to an engine that failed it."""


class NoEngineError(EngineUnavailable):
    """No engine is left to hear it:"""


class Turn:
    """Of one lane."""

    def __init__(self, recognisers: Sequence[Recogniser], breakers: Breakers | None) -> None:
        """`breakers`: those of the process; None (replays, holes): no engine is left alone."""
        self._recognisers, self._breakers = recognisers, breakers
        self._failed_at: dict[str, int] = {}
        """Unix ms, by engine."""
        self._asked: Breaker | None = None
        """Of the engine that was asked and has not answered yet."""

    def next(self, left: list[Recogniser], language: str) -> Recogniser | None:
        """The first of `left` that may be asked; it takes out those before it."""
        while left:
            if understands(left[0], language) and self._admits(left, language):
                return left[0]
            left.pop(0)
        return None

    def before(self, asked: Recogniser | None, language: str, now: int) -> bool:
        """An engine that comes before `asked` can be asked again."""
        for engine in self._recognisers:
            if engine is asked:
                return False
            failed_at = self._failed_at.get(engine.name)
            rested = failed_at is None or now - failed_at >= RETURN_MS
            full = engine.capacity is not None and engine.capacity[0] >= engine.capacity[1]
            if understands(engine, language) and rested and not full and self._ready(engine, language):
                return True
        return False

    def answered(self) -> None:
        """The engine that was asked hears."""
        if self._asked:
            self._asked.succeeded()
            self._asked = None

    def failed(self, engine: str, language: str, error: EngineError, now: int) -> None:
        """What the engine did, or would not do."""
        if isinstance(error, NoEngineError):
            return  # none was asked
        self._failed_at[engine] = now
        breaker, self._asked = self._breaker(engine, language), None
        if breaker is None:
            return
        match error:
            case EngineRefused():
                breaker.succeeded()
            case AtCapacity() | EngineGarbled() | EngineEnded() | EngineKilled():
                breaker.given_up()  # it works; or one input ends its process, which says nothing of others
            case _:
                breaker.failed()

    def left(self) -> None:
        """The lane needs it no more."""
        if self._asked:
            self._asked.given_up()
            self._asked = None

    def _admits(self, left: Sequence[Recogniser], language: str) -> bool:
        breaker = self._breaker(left[0].name, language)
        if breaker is None or not any(understands(other, language) for other in left[1:]):
            return True
        if not breaker.admits():
            return False
        self._asked = breaker
        return True

    def _ready(self, engine: Recogniser, language: str) -> bool:
        breaker = self._breaker(engine.name, language)
        return breaker is None or breaker.ready

    def _breaker(self, engine: str, language: str) -> Breaker | None:
        return self._breakers.of(engine, f"transcribe {language.split('-')[0]}") if self._breakers else None


def understands(engine: Recogniser, language: str) -> bool:
    """A language, or the one that it is a region's of; `auto` is a language of those that can find one out."""
    return bool(engine.languages & {language, language.split("-")[0], "*"})
