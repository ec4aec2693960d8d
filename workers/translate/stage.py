"""Transcripts in, translations out, only into languages that someone listens to. A lane is a session.

Each language is a line of its own, so that a slow one delays no other; a transcript is settled when all are done.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from schemas.messages import End, Outcome, Reason, Transcript, Translation, Usage
from schemas.topics import TRANSLATIONS, USAGE
from workers.audience import Audience
from workers.calls import Answer, ask
from workers.merge import Merge
from workers.stage import Drain, Emit, Idle, Inbound, Outbound, Record, Settle
from workers.translate.engine import Translator


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
) -> AsyncIterator[Outbound]:
    """The stage. What no engine of `translators` could do becomes a `failed` record in its place."""
    arrived: Merge[Inbound | _Done] = Merge()
    arrived.add(inbound)
    lane = _Lane(translators, audience, now, timeout_s, arrived)
    draining = ended = False
    try:
        while not ((draining or ended) and not lane.waiting):
            item = await arrived.next()
            match item:
                case Record(message=Transcript(final=False)):
                    await lane.partial(item)
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
        arrived: Merge[Inbound | _Done],
    ) -> None:
        self.waiting: dict[Record, int] = {}
        """Finals, with how many languages are not done."""
        self._translators, self._audience, self._now, self._timeout_s = translators, audience, now, timeout_s
        self._arrived = arrived
        self._lines: dict[str, _Line] = {}

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
        """Gives a final or the end to the lines of every language that is, or once was, listened to."""
        message = record.message
        assert isinstance(message, Transcript | End)
        listening = await self._audience.of(record.session_id)
        languages = (listening.wanted | listening.known) - {message.language}
        self.waiting[record] = len(languages)
        for language in sorted(languages):
            line = self._line(language)
            line.busy += 1
            line.jobs.put_nowait((record, language in listening.wanted))

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
            return [self._emit(transcript, language, outcome=transcript.outcome, reason=transcript.reason)]
        if not wanted:
            unheard = self._usage(transcript, language, outcome="skipped", reason="no-audience")
            return [self._emit(transcript, language, outcome="skipped", reason="no-audience"), unheard]
        answer = await self._ask(transcript, language)
        usage = [
            self._usage(transcript, language, attempt.engine, attempt.took_ms, "failed" if attempt.failed else "ok")
            for attempt in answer.attempts
        ]
        if answer.value is None:
            if not transcript.final:
                return usage
            unreached = [] if usage else [self._usage(transcript, language, outcome="failed")]
            return [self._emit(transcript, language, outcome="failed", reason="engine"), *usage, *unreached]
        stable = len(answer.value) if transcript.final else agreed(line.partial, answer.value)
        line.partial = "" if transcript.final else answer.value
        return [self._emit(transcript, language, answer.value, answer.engine, stable), *usage]

    async def _ask(self, transcript: Transcript, language: str) -> Answer[str]:
        source = transcript.language.split("-")[0]
        able = [
            translator
            for translator in self._translators
            if translator.targets(source) & {language, "*"} and (transcript.final or translator.partials)
        ]
        return await ask(
            able,
            lambda translator: translator.translate(transcript.text, source, language),
            timeout_s=self._timeout_s,
            now=self._now,
            retry=transcript.final,  # a partial is soon replaced, and may not hold up the final behind it
        )

    def _emit(
        self,
        transcript: Transcript,
        language: str,
        text: str = "",
        engine: str = "",
        stable_chars: int = 0,
        outcome: Outcome = "ok",
        reason: Reason = "",
    ) -> Emit:
        translation = Translation(
            segment=transcript.segment,
            until=transcript.until,
            start=transcript.start,
            end=transcript.end,
            spoken_at=transcript.spoken_at,
            final=transcript.final,
            revision=transcript.revision,
            language=language,
            engine=engine,
            outcome=outcome,
            reason=reason,
            ingested_at=transcript.ingested_at,
            transcribed_at=transcript.transcribed_at,
            text=text,
            source_text=transcript.text,
            source_language=transcript.language,
            stable_chars=stable_chars,
            translated_at=self._now(),
        )
        return Emit(TRANSLATIONS, translation, awaited=transcript.final)

    def _usage(
        self,
        transcript: Transcript,
        language: str,
        engine: str = "",
        took_ms: int = 0,
        outcome: Outcome = "ok",
        reason: Reason = "",
    ) -> Emit:
        usage = Usage(
            stage="translate",
            engine=engine,
            language=transcript.language,
            target_language=language,
            segment=transcript.segment,
            final=transcript.final,
            characters=len(transcript.text) if engine else 0,
            took_ms=took_ms,
            outcome=outcome,
            reason=reason or ("engine" if outcome == "failed" else ""),
            at=self._now(),
        )
        return Emit(USAGE, usage, awaited=False)


def agreed(before: str, after: str) -> int:
    """Code points of `after` in the leading words that both texts share (LocalAgreement-2)."""
    length = 0
    for old, new in zip(before.split(" "), after.split(" "), strict=False):
        if old != new:
            break
        length += len(new) + 1
    return min(max(length - 1, 0), len(after))
