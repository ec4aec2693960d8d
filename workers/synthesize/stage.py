"""Translations in, speech out, only where someone hears it. A lane is one language of a session."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing

from msgspec import structs

from dragoman.runtime.wall_clock import TOLERATED_MS
from schemas.messages import End, Reason, Translation
from schemas.topics import SPEECH
from workers.audience import Audience, SessionDemand
from workers.breaker import Breakers
from workers.calls import CallResult, ask
from workers.stage import Bury, Drain, Emit, Inbound, Kept, Outbound, Record, Settle
from workers.synthesize.choice import Choice, Chosen
from workers.synthesize.clauses import clauses
from workers.synthesize.delivery import Delivery
from workers.synthesize.encoding import Encode, Encoding
from workers.synthesize.engine import Sound, Synthesizer, Tone
from workers.synthesize.patience import Patience
from workers.synthesize.readings import VoicedText, readings, sex_of
from workers.synthesize.slices import sliced
from workers.synthesize.speech import Rendition, behind_all, hole, renditions, sensible, usage, voices
from workers.synthesize.waiting import WaitingForVoice

BEHIND_MS = 4_000
"""A translation that waits longer for the voice has one that is too slow."""


async def synthesize(
    inbound: AsyncIterator[Inbound],
    *,
    choice: Choice,
    encode: Encode,
    audience: Audience,
    now: Callable[[], int],
    deadline_s: float | None = 15,
    timeout_s: float = 10,
    breakers: Breakers | None = None,
) -> AsyncIterator[Outbound]:
    """The stage. Speech that would come later than `deadline_s` after the words is skipped; None: never (replays).

    Engines and `encode` keep to `timeout_s` by themselves, from when the turn of a call comes: so much longer than
    `deadline_s` nobody waits for the rest of a text that was begun.
    """
    speaker = _LanguageVoice(choice, encode, audience, now, deadline_s, timeout_s, breakers)
    try:
        async for item in inbound:
            match item:
                case Record(message=Translation(final=True, revised=False)):
                    async with aclosing(speaker.speak(item)) as outs:
                        async for out in outs:
                            yield speaker.in_place(item, out)
                    yield Settle(item)
                case Record(message=Translation(outcome="withdrawn") as taken_back):
                    speaker.withdraw(taken_back.segment)
                    yield Settle(item)
                case Record(message=End() as end):
                    yield Emit(SPEECH, end)
                    yield Settle(item)
                    return
                case Record():
                    yield Settle(item)
                case Kept():
                    speaker.takes_over()
                case Drain():
                    return
    finally:
        speaker.end()


class _LanguageVoice:
    """Speaks one language of a session."""

    def __init__(
        self,
        choice: Choice,
        encode: Encode,
        audience: Audience,
        now: Callable[[], int],
        deadline_s: float | None,
        timeout_s: float,
        breakers: Breakers | None,
    ) -> None:
        self._choice, self._audience = choice, audience
        self._patience = Patience(deadline_s, timeout_s, now)
        self._encoding = Encoding(encode, self._patience, now, breakers)
        self._now, self._breakers = now, breakers
        self._chosen: Chosen | None = None
        self._waiting = WaitingForVoice()
        self._taken_over_until = 0
        """What was written before, Unix ms, another worker may have spoken, or parts of it."""
        self._asked_for: frozenset[Rendition] = frozenset()
        """Renditions that were ever asked for: what Redis forgot of them is not lost with it."""
        self._lingering = False
        """Only listeners who are away and may come back ask for it."""
        self._delivery = Delivery()  # until the session is known
        self._heard_at = 0
        """When a listener will have heard all that was spoken so far, Unix ms."""
        self._withdrawn: set[int] = set()
        """Segments that are not to be spoken: what was taken back before its translation came."""
        self.takes_over()

    def withdraw(self, segment: int) -> None:
        """It was taken back."""
        self._withdrawn.add(segment)

    def takes_over(self) -> None:
        """Another worker may have had the lane until now."""
        self._taken_over_until = self._now() + TOLERATED_MS

    def in_place(self, record: Record, out: Emit | Bury) -> Emit | Bury:
        """`out` of `record`, behind what another worker may have spoken of it."""
        if not isinstance(out, Emit) or not self._is_taken_over(record):
            return out
        assert isinstance(record.message, Translation)
        return behind_all(out, len(clauses(record.message.text)))

    async def speak(self, record: Record) -> AsyncGenerator[Emit | Bury, None]:
        """The speech of one translation, each part before the next is made, or what is said in its place."""
        translation = record.message
        assert isinstance(translation, Translation)
        if translation.segment in self._withdrawn:
            translation = structs.replace(translation, outcome="skipped", text="")
        self._delivery = self._choice.delivery(record.session_id, translation.language)
        self._delivery.follow(translation.prosody)
        asked = self._asked(await self._audience.of(record.session_id), translation.language)
        instead = self._instead(translation, asked)
        for emit in instead if instead is not None else self._unheard(translation, asked):
            yield emit
        if instead is not None:
            return
        calls = self._calls(record, translation)
        rate, tone = self._delivery.rate(self._patience.backlog_ms(self._heard_at)), self._delivery.tone
        assert self._chosen
        part, last = 0, sum(map(len, calls)) - 1
        left = readings(asked, self._chosen.voices(), tone, self._chosen.together)
        for texts in calls:
            text = " ".join(texts)
            answers = await self._ask_all(translation, text, rate, left, begun=part > 0)
            is_over = part == 0 and self._patience.is_over(translation, self._heard_at)
            lengths_ms = [answer.value.duration_ms for answer in answers if answer and answer.value and not is_over]
            if lengths_ms:
                self._heard_at = max(self._heard_at, self._now()) + max(lengths_ms)
            for reading, answer in zip(left, answers, strict=True):
                if answer and answer.value and not is_over:
                    async with aclosing(self._encoded(record, reading, answer, texts, part, last)) as encoded:
                        async for out in encoded:
                            yield out
                else:
                    for out in self._missing(record, translation, reading, part, text, answer):
                        yield out
                    reading.left.clear()
                for out in self._used(translation, text, answer):
                    yield out
            part += len(texts)
            left = [reading for reading in left if reading.left]
            if not left:
                return

    def end(self) -> None:
        """The lane is over."""
        if self._chosen:
            self._chosen.end()

    async def _encoded(
        self, record: Record, reading: VoicedText, answer: CallResult[Sound], texts: list[str], part: int, last: int
    ) -> AsyncGenerator[Emit | Bury, None]:
        """What one voice said in one call, as the parts that it is."""
        assert self._chosen
        assert answer.value
        by = answer.engine, sex_of(self._chosen.voices(answer.engine), reading.tone)
        for number, sound in enumerate(sliced(answer.value, [len(each) for each in texts]), part):
            place = number, number == last
            async with aclosing(self._encoding.part(record, place, sound, by, reading.left)) as encoded:
                async for out in encoded:
                    yield out

    def _instead(self, translation: Translation, asked: frozenset[Rendition]) -> list[Emit] | None:
        """What is said where nothing is to be spoken; None: it is."""
        if not self._asked_for or (translation.outcome == "ok" and not translation.text.strip()):
            return []
        if translation.outcome != "ok":
            outcome, reason = translation.outcome, translation.reason
            return [hole(translation, self._now(), each, outcome, reason) for each in voices(self._asked_for)]
        if not asked:
            return self._skip(translation, "no-audience", self._asked_for)
        late = self._patience.is_over(translation, self._heard_at)
        return self._skip(translation, "deadline", self._asked_for) if late else None

    def _unheard(self, translation: Translation, asked: frozenset[Rendition]) -> Iterator[Emit]:
        """The renditions in which nobody hears what others do."""
        for each in sorted(self._asked_for - asked):
            yield hole(translation, self._now(), each, "skipped", "no-audience")

    def _calls(self, record: Record, translation: Translation) -> list[list[str]]:
        """What is spoken in each call, as the texts of its parts: a slow voice is called for every clause.

        Where another worker may have spoken parts these must have the same numbers whatever the voice: a fast one
        speaks them in one call.
        """
        waited_ms = self._waiting.of(translation.translated_at)
        before, self._chosen = self._chosen, self._choice.of(record.session_id, translation.language)
        if self._chosen is before and waited_ms > BEHIND_MS:
            self._chosen.fall_behind()
        if self._chosen.by_clause:
            return [[clause] for clause in clauses(translation.text)]
        return [clauses(translation.text) if self._is_taken_over(record) else [translation.text]]

    def _is_taken_over(self, record: Record) -> bool:
        return record.written_at < self._taken_over_until

    def _asked(self, listening: SessionDemand, language: str) -> frozenset[Rendition]:
        """The renditions that count as asked for now."""
        asked = renditions(listening.hearing.get(language, ()))
        self._lingering = language in listening.lingering_speech
        self._asked_for |= asked | renditions(listening.spoken.get(language, ()))
        return asked if listening.certain else self._asked_for

    async def _ask_all(
        self, translation: Translation, text: str, rate: float, left: list[VoicedText], *, begun: bool
    ) -> list[CallResult[Sound] | None]:
        """A text in each voice, side by side."""
        began = self._now()
        try:
            return await asyncio.gather(*(self._ask(translation, text, rate, each.tone, begun=begun) for each in left))
        finally:
            self._waiting.spoke(self._now() - began)

    async def _ask(
        self, translation: Translation, text: str, rate: float, tone: Tone, *, begun: bool
    ) -> CallResult[Sound] | None:
        """A sound; None: its turn did not come in time. No engine is to blame for that."""
        language = translation.language

        async def call(engine: Synthesizer) -> Sound:
            return sensible(text, await engine.synthesize(text, language, rate, tone))

        assert self._chosen
        answer = ask(
            self._chosen.engines,
            call,
            timeout_s=None,
            now=self._now,
            breakers=self._breakers,
            operation=f"synthesize {language}",
        )
        patience = self._patience
        return await (patience.for_the_rest(answer) if begun else patience.until_late(translation, answer))

    def _missing(
        self,
        record: Record,
        translation: Translation,
        reading: VoicedText,
        part: int,
        text: str,
        answer: CallResult[Sound] | None,
    ) -> Iterator[Emit | Bury]:
        """What is said in place of this part and all that would follow it."""
        if answer is None or answer.value is not None:
            yield from self._skip(translation, "deadline", reading.left, part)
        else:
            for each in voices(reading.left):
                yield hole(translation, self._now(), each, "failed", "engine", part)
            if answer.gave_up:
                yield Bury(record, answer.gave_up)
            if not answer.attempts:
                yield usage(translation, self._now(), None, None, text, "failed", "engine")

    def _used(self, translation: Translation, text: str, answer: CallResult[Sound] | None) -> Iterator[Emit]:
        for attempt in answer.attempts if answer else ():
            assert answer
            yield usage(translation, self._now(), attempt, answer.value, text, lingering=self._lingering)

    def _skip(self, translation: Translation, reason: Reason, those: Iterable[Rendition], part: int = 0) -> list[Emit]:
        skipped = usage(translation, self._now(), None, None, translation.text, "skipped", reason)
        return [*(hole(translation, self._now(), each, "skipped", reason, part) for each in voices(those)), skipped]
