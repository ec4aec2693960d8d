"""Transcripts in, translations out, only into languages that someone listens to. A lane is a session.

Each language is a line of its own, so that a slow one delays no other; a transcript is settled when all are done.
Captions have no deadline: what waits for a slow language waits, as in the log. No count bounds it, which would cut a
backlog after an outage; a final that waits is a kilobyte of text. And no engine is slow for ever: a call ends after its
timeout, and one that goes on failing meets its breaker, so that what waits is announced at once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from schemas.messages import End, Outcome, Reason, Transcript, Wanted
from schemas.topics import TRANSLATIONS, USAGE
from workers.audience import Audience
from workers.breaker import Breakers
from workers.calls import Answer, ask
from workers.merge import Merge
from workers.stage import Drain, Emit, Idle, Inbound, Outbound, Record, Settle
from workers.translate.engine import Translator
from workers.translate.translations import agreed, sensible, translation_of, usage_of


@dataclass(frozen=True)
class _Done:
    """A line has worked on a record."""

    record: Record
    emits: list[Emit]
    counts: bool = True
    """False for a partial, which nothing waits for."""


@dataclass
class _Line:
    """One target language of the session."""

    jobs: asyncio.Queue[tuple[Record, bool]] = field(default_factory=asyncio.Queue)
    """Records with whether anyone wants them, in order."""
    busy: int = 0
    partial: str = ""
    """The last partial's text: what two in a row agree on is stable."""


async def translate(
    inbound: AsyncIterator[Inbound],
    *,
    translators: Sequence[Translator],
    audience: Audience,
    now: Callable[[], int],
    timeout_s: float = 10,
    breakers: Breakers | None = None,
) -> AsyncIterator[Outbound]:
    """The stage. What no engine of `translators` could do becomes a `failed` record in its place."""
    arrived: Merge[Inbound | _Done] = Merge()
    arrived.add(inbound)
    lane = _Lane(translators, audience, now, timeout_s, breakers, arrived)
    draining = ended = False
    try:
        while not ((draining or ended) and not lane.waiting):
            item = await arrived.next()
            match item:
                case Record(message=Transcript(final=False)):
                    await lane.partial(item)
                    yield Settle(item)
                case Record(message=Wanted()):
                    yield Settle(item)
                case Record() if not draining and not ended:
                    ended = isinstance(item.message, End)
                    await lane.final(item)
                    if not lane.waiting.get(item):
                        lane.waiting.pop(item, None)
                        yield Settle(item)
                case _Done():
                    for emit in item.emits:
                        yield emit
                    if lane.done(item):
                        yield Settle(item.record)
                case Drain():
                    draining = True
                case Idle() | Record():
                    pass
    finally:
        await arrived.close()


class _Lane:
    """One session's languages."""

    def __init__(
        self,
        translators: Sequence[Translator],
        audience: Audience,
        now: Callable[[], int],
        timeout_s: float,
        breakers: Breakers | None,
        arrived: Merge[Inbound | _Done],
    ) -> None:
        self.waiting: dict[Record, int] = {}
        """Finals, with how many languages are not done."""
        self._translators, self._audience, self._now, self._timeout_s = translators, audience, now, timeout_s
        self._breakers, self._arrived = breakers, arrived
        self._lines: dict[str, _Line] = {}
        self._lingering: frozenset[str] = frozenset()

    async def partial(self, record: Record) -> None:
        """Gives a partial to the lines that are idle and have a reader for it; the others do without."""
        transcript = record.message
        assert isinstance(transcript, Transcript)
        if not any(translator.partials for translator in self._translators):
            return
        listening = await self._audience.of(record.session_id)
        for language in listening.partial - {transcript.language}:
            line = self._line(language)
            if not line.busy:
                line.busy += 1
                line.jobs.put_nowait((record, True))

    async def final(self, record: Record) -> None:
        """Gives a final or the end to the lines of every language that is, or once was, listened to.

        The lane remembers its lines: what Redis forgot of the languages is not lost with it.
        """
        message = record.message
        assert isinstance(message, Transcript | End)
        listening = await self._audience.of(record.session_id)
        self._lingering = listening.lingering
        languages = (listening.wanted | listening.known | self._lines.keys()) - {message.language}
        wanted = listening.wanted if listening.certain else languages
        self.waiting[record] = len(languages)
        for language in sorted(languages):
            line = self._line(language)
            line.busy += 1
            line.jobs.put_nowait((record, language in wanted))

    def done(self, done: _Done) -> bool:
        """True when the record is done in all languages."""
        if not done.counts:
            return False
        self.waiting[done.record] -= 1
        return not self.waiting[done.record] and self.waiting.pop(done.record) == 0

    def _line(self, language: str) -> _Line:
        if language not in self._lines:
            self._lines[language] = line = _Line()
            self._arrived.add(self._work(language, line))
        return self._lines[language]

    async def _work(self, language: str, line: _Line) -> AsyncIterator[_Done]:
        while True:
            record, wanted = await line.jobs.get()
            message = record.message
            if isinstance(message, End):
                done = _Done(
                    record,
                    [Emit(TRANSLATIONS, End(position=message.position, language=language, ended_at=message.ended_at))],
                )
            else:
                assert isinstance(message, Transcript)
                done = _Done(record, await self._translate(message, language, line, wanted), counts=message.final)
            line.busy -= 1
            yield done

    async def _translate(self, transcript: Transcript, language: str, line: _Line, wanted: bool) -> list[Emit]:
        if transcript.outcome != "ok" or not transcript.text:
            return [self._hole(transcript, language, transcript.outcome, transcript.reason)]
        if not wanted:
            return self._undone(transcript, language, "skipped", "no-audience")
        answer = await self._ask(transcript, language)
        usage = [
            Emit(
                USAGE,
                usage_of(transcript, language, attempt, at=self._now(), lingering=language in self._lingering),
                awaited=False,
            )
            for attempt in answer.attempts
        ]
        if answer.value is None:
            if not transcript.final:
                return usage
            if not usage:
                return self._undone(transcript, language, "failed", "engine")
            return [self._hole(transcript, language, "failed", "engine"), *usage]
        stable = len(answer.value) if transcript.final else agreed(line.partial, answer.value)
        line.partial = "" if transcript.final else answer.value
        made = translation_of(transcript, language, answer.value, answer.engine, stable, at=self._now())
        return [Emit(TRANSLATIONS, made, awaited=transcript.final), *usage]

    def _hole(self, transcript: Transcript, language: str, outcome: Outcome, reason: Reason) -> Emit:
        made = translation_of(transcript, language, outcome=outcome, reason=reason, at=self._now())
        return Emit(TRANSLATIONS, made, awaited=transcript.final)

    def _undone(self, transcript: Transcript, language: str, outcome: Outcome, reason: Reason) -> list[Emit]:
        """A hole for which no engine was asked."""
        told = usage_of(transcript, language, outcome=outcome, reason=reason, at=self._now())
        return [self._hole(transcript, language, outcome, reason), Emit(USAGE, told, awaited=False)]

    async def _ask(self, transcript: Transcript, language: str) -> Answer[str]:
        source = transcript.language.split("-")[0]
        able = [
            translator
            for translator in self._translators
            if translator.targets(source) & {language, "*"} and (transcript.final or translator.partials)
        ]

        async def call(translator: Translator) -> str:
            return sensible(transcript.text, await translator.translate(transcript.text, source, language))

        return await ask(
            able,
            call,
            timeout_s=self._timeout_s,
            now=self._now,
            retry=transcript.final,  # a partial is soon replaced, and may not hold up the final behind it
            breakers=self._breakers,
            operation=f"translate {source} {language}",
        )
