"""Transcripts in, translations out, only into languages that someone listens to. A lane is a session.

Each language is a line of its own, so that a slow one delays no other; a transcript is settled when all are done. What
waits in a line is translated side by side, if the engines can, and told in order: one that takes longer than the speech
would never catch up.
Captions have no deadline: what waits for a slow language waits, as in the log. No count bounds it, which would cut a
backlog after an outage; a final that waits is a kilobyte of text. And no engine is slow for ever: a call ends after its
timeout, and one that goes on failing meets its breaker, so that what waits is announced at once.

What comes late (a language that is asked for again, a transcript that was made afterwards) is not for the lines: each
language has a fill, which works in the background.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from schemas.messages import End, Outcome, Reason, Transcript, Wanted
from schemas.topics import TRANSLATIONS, USAGE
from workers import metrics
from workers.audience import Audience
from workers.breaker import Breakers
from workers.merge import Merge
from workers.stage import Bury, Drain, Emit, Inbound, Outbound, Record, Settle, outlived
from workers.translate.engine import Translator
from workers.translate.fills import Fill, Filled, FillSurroundings, Turns
from workers.translate.glossaries import NO_GLOSSARIES, Glossaries
from workers.translate.masking import NOTHING, Mask
from workers.translate.past import NOTHING_MISSING, Past
from workers.translate.translations import agreed, stable_part, translation_of, usage_of
from workers.translate.translators import Translators

PARTIALS_MS = 1000
"""Of a language no more than one partial in so long: nobody reads faster, and finals use the same engines."""


@dataclass(frozen=True)
class _Done:
    """A line has worked on a record."""

    record: Record
    emits: Sequence[Emit | Bury]


@dataclass
class _Line:
    """One target language of the session."""

    calls: asyncio.Semaphore
    """As many as the engines take at once."""
    jobs: asyncio.Queue[asyncio.Task[_Done]] = field(default_factory=asyncio.Queue)
    """The work on each record, in order."""
    busy: int = 0
    partial: str = ""
    """The last partial's text: what two in a row agree on is stable."""
    partial_at: int = -PARTIALS_MS
    """When it was asked for, Unix ms."""
    asked: tuple[int, str] = -1, ""
    """Its segment, and what of it was stable."""
    without_partials: int = -1
    """The segment of a partial that no engine could translate: there are no more partials of it."""


async def translate(
    inbound: AsyncIterator[Inbound],
    *,
    translators: Sequence[Translator],
    audience: Audience,
    now: Callable[[], int],
    timeout_s: float = 10,
    breakers: Breakers | None = None,
    past: Past = NOTHING_MISSING,
    turns: Turns | None = None,
    glossaries: Glossaries = NO_GLOSSARIES,
    mask: Mask = NOTHING,
    coming: Callable[[str, str], bool] = lambda source, language: False,
) -> AsyncIterator[Outbound]:
    """The stage. What no engine of `translators` could do becomes a `failed` record in its place.

    A lane outlives its session's end: what was missed may be asked for later. `turns` are those of the process.
    `coming`: the model for two languages may be fetched; what is said until then is filled in afterwards.
    """
    arrived: Merge[Inbound | _Done | Filled] = Merge()
    arrived.add(inbound)
    able = Translators(translators, now, timeout_s, breakers, mask, coming)
    lane = _SessionLanguages(
        FillSurroundings(able, audience, past, turns or Turns(), asyncio.Event(), now, glossaries), arrived
    )
    draining = False
    try:
        while not (draining and not lane.waiting):
            item = await arrived.next()
            match item:
                case Record() if not draining and await lane.take(item):
                    yield Settle(item)
                case _Done():
                    for emit in item.emits:
                        yield emit
                    if lane.done(item.record):
                        yield Settle(item.record)
                case Filled():
                    for outbound in lane.filled(item):
                        yield outbound
                case Drain():
                    draining = True
            for filled in [] if draining else lane.turn():
                for outbound in lane.filled(filled):
                    yield outbound
    finally:
        await lane.close()
        await arrived.close()


class _SessionLanguages:
    """One session's languages."""

    def __init__(self, around: FillSurroundings, arrived: Merge[Inbound | _Done | Filled]) -> None:
        self.waiting: dict[Record, int] = {}
        """Live finals, with how many languages are not done."""
        self._late: dict[Record, int] = {}
        """The same of what is filled."""
        self._around, self._arrived, self._translators = around, arrived, around.translators
        self._audience, self._now = around.audience, around.now
        self._lines: dict[str, _Line] = {}
        self._fills: dict[str, Fill] = {}
        self._tasks: set[asyncio.Task[_Done]] = set()
        around.quiet.set()

    async def close(self) -> None:
        """Ends what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def take(self, record: Record) -> bool:
        """Gives a record to the lines or fills that it is for; True when nothing waits for it."""
        match record.message:
            case Transcript(final=False):
                if outlived(record, self._now()):
                    metrics.OUTLIVED.labels("translate").inc()
                else:
                    await self._partial(record)
                return True
            case Wanted(language=language):
                self._late[record] = 1
                self._give(language, record, True)  # behind what is live now
                return False
            case Transcript(outcome="withdrawn"):
                return True  # whoever withdrew it has done so in every language
            case Transcript(revised=True):
                return not await self._revised(record)
            case _:
                return not await self._final(record)

    async def _partial(self, record: Record) -> None:
        """Gives what of a partial will stay to the lines that are idle and have a reader for it; the others do without.

        A translation of what may yet change would change with every word.
        """
        transcript = record.message
        assert isinstance(transcript, Transcript)
        if not self._translators.partials:
            return
        stable = stable_part(transcript)
        if not stable.text:
            return
        record, news = replace(record, message=stable), (stable.segment, stable.text)
        listening = await self._audience.of(record.session_id)
        for language in listening.partial - {transcript.language}:
            line = self._line(language)
            if line.busy or line.without_partials == stable.segment or line.asked == news:
                continue
            if self._now() - line.partial_at >= PARTIALS_MS:
                line.partial_at, line.asked = self._now(), news
                self._give(language, record, True)

    async def _final(self, record: Record) -> int:
        """Gives a final or the end to the lines of every language that is, or once was, listened to; says how many.

        The lane remembers its lines: what Redis forgot of the languages is not lost with it.
        """
        languages, wanted, lingering = await self._languages(record)
        for language in sorted(languages):
            self._give(language, record, language in wanted, language in lingering)
        if languages:
            self.waiting[record] = len(languages)
            self._around.quiet.clear()
        return len(languages)

    async def _revised(self, record: Record) -> int:
        """Gives a final that comes late to the fills of the languages that are listened to; says how many.

        Of the others nothing is said: whoever asks for one later finds it missing.
        """
        _, wanted, _ = await self._languages(record)
        for language in wanted:
            self._fill(language).add(record)
        if wanted:
            self._late[record] = len(wanted)
        return len(wanted)

    async def _languages(self, record: Record) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """All target languages of the session, those that are listened to, and those only by who may come back."""
        assert isinstance(record.message, Transcript | End)
        listening = await self._audience.of(record.session_id)
        languages = (listening.wanted | listening.known | self._lines.keys()) - {record.message.language}
        return languages, languages & listening.wanted if listening.certain else languages, listening.lingering

    def done(self, record: Record) -> bool:
        """One language is done with it; True when all are."""
        match record.message:
            case Wanted(language=language):
                self._fill(language).wanted(record)
                return False
            case Transcript(final=False):
                return False
        finished = _counted(self.waiting, record)
        if not self.waiting:
            self._around.quiet.set()
        return finished

    def filled(self, filled: Filled) -> list[Outbound]:
        """What follows, with the records that are done in all languages."""
        return [*filled.emits, *(Settle(record) for record in filled.done if _counted(self._late, record))]

    def turn(self) -> list[Filled]:
        """What the fills give back to the log."""
        return [filled for fill in self._fills.values() if (filled := fill.turn())]

    def _give(self, language: str, record: Record, wanted: bool, lingering: bool = False) -> None:
        line = self._line(language)
        line.busy += 1
        task = asyncio.create_task(self._work(record, language, line, wanted, lingering))
        line.jobs.put_nowait(task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _line(self, language: str) -> _Line:
        if language not in self._lines:
            self._lines[language] = line = _Line(asyncio.Semaphore(self._translators.at_once))
            self._arrived.add(self._read(line))
        return self._lines[language]

    def _fill(self, language: str) -> Fill:
        if language not in self._fills:
            self._fills[language] = fill = Fill(language, self._around)
            self._arrived.add(fill.work())
        return self._fills[language]

    async def _read(self, line: _Line) -> AsyncIterator[_Done]:
        while True:
            done = await (await line.jobs.get())
            line.busy -= 1
            yield done

    async def _work(self, record: Record, language: str, line: _Line, wanted: bool, lingering: bool) -> _Done:
        match record.message:
            case End() as end:
                return _Done(record, [Emit(TRANSLATIONS, msgspec.structs.replace(end, language=language))])
            case Transcript() as transcript:
                async with line.calls:
                    return _Done(record, await self._translate(record, transcript, language, line, wanted, lingering))
            case _:
                return _Done(record, [])

    async def _translate(
        self, record: Record, transcript: Transcript, language: str, line: _Line, wanted: bool, lingering: bool
    ) -> Sequence[Emit | Bury]:
        if transcript.outcome != "ok" or not transcript.text:
            return [self._hole(transcript, language, transcript.outcome, transcript.reason)]
        if not wanted:
            return self._undone(transcript, language, "skipped", "no-audience")
        if transcript.final and self._translators.may_come(transcript, language):
            return self._undone(
                transcript, language, "skipped", "no-audience"
            )  # so it is missed when the model is there
        terms = await self._around.glossaries.of(record.session_id)
        answer = await self._translators.ask(transcript, language, terms)
        usage = [
            Emit(
                USAGE,
                usage_of(transcript, language, attempt, at=self._now(), lingering=lingering),
                awaited=False,
            )
            for attempt in answer.attempts
        ]
        if answer.value is None:
            if not transcript.final:
                line.without_partials = transcript.segment  # what ended an engine's process would do so again
                return usage
            if not usage:
                return self._undone(transcript, language, "failed", "engine")
            buried = [Bury(record, answer.gave_up)] if answer.gave_up else []
            return [self._hole(transcript, language, "failed", "engine"), *buried, *usage]
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


def _counted(waiting: dict[Record, int], record: Record) -> bool:
    """One language less; True when it was the last one."""
    waiting[record] -= 1
    return not waiting[record] and waiting.pop(record) == 0
