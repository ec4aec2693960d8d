"""The translate stage beside a test: an engine that shows what it was asked, an audience, and a past."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from schemas.messages import Message, Transcript, Translation, Wanted
from tests.workers.driving import Clock, Driven, record
from tests.workers.texts import SPOKEN_AT, Room, end, tags, transcript
from workers.breaker import Breakers
from workers.errors import EngineError
from workers.stage import Record
from workers.translate.engine import Translator
from workers.translate.fills import Turns
from workers.translate.gaps import Gaps
from workers.translate.glossaries import NO_GLOSSARIES, Glossaries
from workers.translate.masking import NOTHING, Mask
from workers.translate.past import NOTHING_MISSING, Past
from workers.translate.stage import translate


class Glossed:
    """A translator that marks the text with the language, counts its calls, and waits where the test says so."""

    def __init__(
        self, name: str = "glossed", *targets: str, partials: bool = True, at_once: int = 1, rough: tuple[str, ...] = ()
    ) -> None:
        self.name, self.partials, self.at_once = name, partials, at_once
        self.sources = tags("*")
        self.calls: list[tuple[str, str]] = []
        self.slow: dict[str, asyncio.Event] = {}
        """Languages whose calls wait for the event."""
        self.fails: dict[str, EngineError] = {}
        self._targets, self._rough = tags(*targets) or tags("*"), tags(*rough)

    def targets(self, source: str) -> frozenset[str]:
        return self._targets

    def rough(self, source: str) -> frozenset[str]:
        return self._rough

    async def start(self) -> None:
        """Nothing to prove."""

    async def translate(self, text: str, source: str, target: str) -> str:
        self.calls.append((target, text))
        if target in self.slow:
            await self.slow[target].wait()
        if target in self.fails:
            raise self.fails[target]
        return f"{target}: {text}"

    async def close(self) -> None:
        """Nothing was started."""


class Bench(Driven):
    """The stage with an audience."""

    def __init__(
        self,
        room: Room,
        *translators: Translator,
        timeout_s: float = 60,
        breakers: Breakers | None = None,
        past: Past = NOTHING_MISSING,
        turns: Turns | None = None,
        glossaries: Glossaries = NO_GLOSSARIES,
        mask: Mask = NOTHING,
        coming: Callable[[str, str], bool] = lambda source, language: False,
    ) -> None:
        self.clock = Clock()
        super().__init__(
            lambda inbound: translate(
                inbound,
                translators=translators,
                audience=room,
                now=self.clock.now,
                timeout_s=timeout_s,
                breakers=breakers,
                past=past,
                turns=turns,
                glossaries=glossaries,
                mask=mask,
                coming=coming,
            )
        )

    def texts(self, language: str) -> list[str]:
        return [translation.text for translation in self.emitted(Translation) if translation.language == language]


def said(offset: int, segment: int, text: str = "hello", **changed: object) -> Record:
    """A partial of which all is stable, if the test does not say otherwise, written when the bench begins."""
    fields: dict[str, Any] = {"stable_chars": len(text), **changed}
    return replace(record("transcripts", offset, transcript(segment, text, **fields)), written_at=Clock().ms)


def ended(offset: int, position: int) -> Record:
    return record("transcripts", offset, end(position))


def wanted(offset: int, language: str = "es", *, at: int = SPOKEN_AT, since: int = 1_000) -> Record:
    """Somebody asks for the language."""
    return record("transcripts", offset, Wanted(language=language, at=at, since=since))


class Remembered:
    """A past of what the test says, and of what `bench` has emitted since."""

    def __init__(self, *messages: Message, most: int = 500) -> None:
        self.looks: list[tuple[str, int]] = []
        """Languages, with since when."""
        self.bench: Bench | None = None
        self._records: list[Record] = []
        self._most = most
        self.add(*messages)

    def add(self, *messages: Message, offset: int = 0) -> None:
        """More was written."""
        self._records += [record("any", offset, message) for message in messages]

    async def missing(
        self, session_id: str, partition: int, language: str, since_ms: int, before: int
    ) -> list[Transcript]:
        self.looks.append((language, since_ms))
        gaps = Gaps(self._most)
        emitted = self.bench.emitted(Translation) if self.bench else []
        for each in [*self._records, *(record("any", 0, message) for message in emitted)]:
            gaps.take(each)
        return gaps.missing(language, 0, before)
