"""Which voice speaks a language of a session: the most natural one for which this machine has room.

It is chosen when the language is first spoken and kept through the talk, in this process. Only when speech falls behind
it changes, at the beginning of a sentence, to a faster one, and does not change back.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

import structlog

from schemas.channels import ChosenVoice
from schemas.languages import Voicing
from workers import metrics
from workers.synthesize.delivery import Delivery
from workers.synthesize.engine import Synthesizer, Voice
from workers.synthesize.kept import PerLanguage

log = structlog.get_logger()

Reason = Literal["pinned", "first", "only", "room", "behind"]
"""`pinned`: by the settings; `first`: of the order of preference; `only`: all others are rough; `room`: there was none
for a better one; `behind`: a better one was too slow."""
BECAUSE: Final[dict[Reason, str]] = {
    "pinned": "as DRAGOMAN_VOICES says",
    "first": "the most natural here",
    "only": "the only one here that is pleasant to hear",
    "room": "no room for a more natural one beside what this machine does now",
    "behind": "a more natural one fell behind",
}
"""The same in words."""
SHARE = 0.5
"""Of the cores that nothing else uses, that voices may take: recognition and translation grow with the same talk."""
SPEAKS_S = 60
"""A voice takes room until it has not spoken for so long: who pauses goes on soon."""


def rougher(asked: Sequence[Synthesizer], working: Sequence[Synthesizer]) -> dict[str, list[str]]:
    """By the name of each natural engine that does not work the languages that now only a rough one speaks."""
    natural = {tag for engine in working if not engine.rough for tag in engine.languages}
    missing = [engine for engine in asked if engine not in working and not engine.rough]
    return {engine.name: lost for engine in missing if (lost := sorted(engine.languages - natural))}


class Choice:
    """Of one process: its lanes share the cores."""

    def __init__(
        self,
        synthesizers: Sequence[Synthesizer],
        pinned: Mapping[str, str] = {},
        cores: Callable[[float], float] = lambda _: float("inf"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`synthesizers` in order of preference; `pinned`: the engine of a language; `cores` that nothing uses but our
        own voices, which take so many; `clock` counts seconds."""
        self._synthesizers, self._pinned, self._cores, self._clock = synthesizers, pinned, cores, clock
        self._chosen = PerLanguage(self._choose)
        self._deliveries = PerLanguage(lambda _: Delivery())

    def of(self, session_id: str, language: str) -> "Chosen":
        """The voice of a language of a session, that which spoke it before if one did; to be ended."""
        chosen = self._chosen.of(session_id, language)
        chosen.speaks()
        return chosen

    def delivery(self, session_id: str, language: str) -> Delivery:
        """How it is to sound: as it did before."""
        return self._deliveries.of(session_id, language)

    def best(self, language: str) -> tuple[Synthesizer, Reason] | None:
        """What would speak a language that begins now, and why; None: nothing can."""
        able = [each for each in self._synthesizers if each.languages & {language, "*"}]
        return self._best(language, able) if able else None

    def voicings(self) -> dict[str, Voicing]:
        """The same of each language; `*` stands for every one."""
        languages = {language for engine in self._synthesizers for language in engine.languages}
        return {language: _voicing(language, *best) for language in sorted(languages) if (best := self.best(language))}

    def rough(self) -> list[str]:
        """Those languages that a rough voice would speak."""
        return [language for language in self.voicings() if (best := self.best(language)) and best[0].rough]

    def renew(self) -> None:
        """Other engines are there: from the next sentence on what a rough voice spoke is chosen anew."""
        self._chosen.drop(lambda chosen: not chosen.engines or chosen.engines[0].rough)

    def _choose(self, language: str) -> "Chosen":
        able = [each for each in self._synthesizers if each.languages & {language, "*"}]
        chosen = Chosen(language, able, self._clock, self._room)
        if able:
            chosen.take(*self._best(language, able))
        return chosen

    def _best(self, language: str, able: Sequence[Synthesizer]) -> tuple[Synthesizer, Reason]:
        for engine in able:
            if engine.name == self._pinned.get(language):
                return engine, "pinned"
        natural = [engine for engine in able if not engine.rough]
        if len(natural) < 2:
            return (natural or able)[0], "only" if natural and len(able) > 1 else "first"
        room = self._room()
        for engine in natural:
            if engine.cost <= room:
                return engine, "first" if engine is natural[0] else "room"
        return min(natural, key=lambda engine: engine.cost), "room"

    def _room(self) -> float:
        """Cores that one more voice may take."""
        own = sum(chosen.cost for chosen in self._chosen if chosen.speaking)
        return SHARE * self._cores(own) - own


class Chosen:
    """What speaks one language of a session."""

    def __init__(
        self,
        language: str,
        able: Sequence[Synthesizer],
        clock: Callable[[], float],
        room: Callable[[], float],
    ) -> None:
        self.engines = tuple(able)
        """The one that speaks, then those that are asked if it fails."""
        self._language, self._clock, self._room = language, clock, room
        self._pinned = self._alone = False
        self._count = 1
        """Voices that speak each text."""
        self._spoke_at = float("-inf")

    @property
    def cost(self) -> float:
        """Seconds of a core for one second of speech, of all voices together."""
        return self.engines[0].cost * self._count if self.engines else 0.0

    @property
    def speaking(self) -> bool:
        """It has spoken within a minute, and is not ended."""
        return self._clock() - self._spoke_at < SPEAKS_S

    def speaks(self) -> None:
        """A text is to be spoken."""
        self._spoke_at = self._clock()

    @property
    def by_clause(self) -> bool:
        """The engine that speaks is slow enough that clauses are to be heard before the next is made."""
        return bool(self.engines) and self.engines[0].by_clause

    def voices(self, engine: str = "") -> tuple[Voice, ...]:
        """Those of the engine of this name, or of the one that speaks."""
        named = [each for each in self.engines if not engine or each.name == engine]
        return named[0].voices.get(self._language, ()) if named else ()

    def together(self, wanted: Sequence[ChosenVoice]) -> Sequence[ChosenVoice]:
        """Which of several voices speak each text: the first, and others for which there is room. So many go on."""
        most = 1
        while most < len(wanted) and (most < self._count or self._has_room()):
            most += 1
            self._count = max(self._count, most)
        self._count = most
        return wanted[:most]

    def _has_room(self) -> bool:
        engine = self.engines[0]
        return not self._alone and (not engine.by_clause or engine.cost <= self._room())

    def take(self, engine: Synthesizer, reason: Reason) -> None:
        """Lets an engine speak."""
        self.engines = (engine, *(other for other in self.engines if other is not engine))
        self._pinned = reason == "pinned"
        metrics.VOICES.labels(self._language, engine.name, reason).inc()
        log.info("voice.chosen", language=self._language, engine=engine.name, reason=reason, cost=round(engine.cost, 3))

    def fall_behind(self) -> None:
        """Lets one voice alone speak if there were several, for the rest of the talk; else the next faster engine, if
        there is one that is not rough, and nothing else was asked for."""
        if self._count > 1:
            self._alone, self._count = True, 1
            log.info("voice.alone", language=self._language, engine=self.engines[0].name)
            return
        faster = [engine for engine in self.engines[1:] if not engine.rough and engine.cost < self.cost]
        if faster and not self._pinned:
            self.take(faster[0], "behind")

    def end(self) -> None:
        """Its talk is over, pauses, or goes on elsewhere."""
        self._spoke_at = float("-inf")


def _voicing(language: str, engine: Synthesizer, reason: Reason) -> Voicing:
    voices = engine.voices.get(language, ())
    sexes: list[str] = sorted({voice.sex for voice in voices if voice.sex})
    return Voicing(
        engine=engine.name,
        voice=voices[0].name if voices else "",
        reason=reason,
        because=BECAUSE[reason],
        voices=sexes if len(sexes) > 1 else [],
    )
