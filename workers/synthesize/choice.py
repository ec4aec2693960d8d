"""Which voice speaks a language of a session: the most natural one for which this machine has room.

It is chosen when the language is first spoken and kept through the talk. Only when speech falls behind it changes, at
the beginning of a sentence, to a faster one, and does not change back.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import structlog

from workers import metrics
from workers.synthesize.engine import Synthesizer

log = structlog.get_logger()

Reason = Literal["pinned", "first", "only", "room", "behind"]
"""`pinned`: by the settings; `first`: of the order of preference; `only`: all others are rough; `room`: there was none
for a better one; `behind`: a better one was too slow."""
SHARE = 0.5
"""Of the cores that are free, that voices may take: recognition and translation grow with the same talk."""


class Choice:
    """Of one process: its lanes share the cores."""

    def __init__(
        self,
        synthesizers: Sequence[Synthesizer],
        pinned: Mapping[str, str] = {},
        free_cores: Callable[[], float] = lambda: float("inf"),
    ) -> None:
        """`synthesizers` in order of preference; `pinned`: the engine of a language; `free_cores` of this machine."""
        self._synthesizers, self._pinned, self._free_cores = synthesizers, pinned, free_cores
        self._spoken: list[Chosen] = []

    def of(self, language: str) -> "Chosen":
        """The voice of a language that begins now; to be ended."""
        able = [each for each in self._synthesizers if each.languages & {language, "*"}]
        chosen = Chosen(language, able, self._spoken.remove)
        if able:
            chosen.take(*self._best(language, able))
        self._spoken.append(chosen)
        return chosen

    def best(self, language: str) -> tuple[Synthesizer, Reason] | None:
        """What would speak a language that begins now, and why; None: nothing can."""
        able = [each for each in self._synthesizers if each.languages & {language, "*"}]
        return self._best(language, able) if able else None

    def named(self) -> dict[str, str]:
        """The name of that, of each language; `*` stands for every one."""
        languages = {language for engine in self._synthesizers for language in engine.languages}
        return {language: best[0].name for language in sorted(languages) if (best := self.best(language))}

    def _best(self, language: str, able: Sequence[Synthesizer]) -> tuple[Synthesizer, Reason]:
        for engine in able:
            if engine.name == self._pinned.get(language):
                return engine, "pinned"
        natural = [engine for engine in able if not engine.rough]
        if len(natural) < 2:
            return (natural or able)[0], "only" if natural and len(able) > 1 else "first"
        room = SHARE * self._free_cores() - sum(chosen.cost for chosen in self._spoken)
        for engine in natural:
            if engine.cost <= room:
                return engine, "first" if engine is natural[0] else "room"
        return min(natural, key=lambda engine: engine.cost), "room"


class Chosen:
    """The voice of one language of a session."""

    def __init__(self, language: str, able: Sequence[Synthesizer], on_end: Callable[["Chosen"], object]) -> None:
        self.engines = tuple(able)
        """The one that speaks, then those that are asked if it fails."""
        self._language, self._on_end = language, on_end
        self._pinned = False

    @property
    def cost(self) -> float:
        """Seconds of a core for one second of speech."""
        return self.engines[0].cost if self.engines else 0.0

    @property
    def by_clause(self) -> bool:
        """The engine that speaks is slow enough that clauses are to be heard before the next is made."""
        return bool(self.engines) and self.engines[0].by_clause

    def take(self, engine: Synthesizer, reason: Reason) -> None:
        """Lets an engine speak."""
        self.engines = (engine, *(other for other in self.engines if other is not engine))
        self._pinned = reason == "pinned"
        metrics.VOICES.labels(self._language, engine.name, reason).inc()
        log.info("voice.chosen", language=self._language, engine=engine.name, reason=reason, cost=round(engine.cost, 3))

    def fall_behind(self) -> None:
        """Lets the next faster engine speak, if there is one that is not rough, and nothing else was asked for."""
        faster = [engine for engine in self.engines[1:] if not engine.rough and engine.cost < self.cost]
        if faster and not self._pinned:
            self.take(faster[0], "behind")

    def end(self) -> None:
        """Its talk is over, or goes on elsewhere."""
        self._on_end(self)
