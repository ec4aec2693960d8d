"""Translations in, speech out, only where someone hears it. A lane is one language of a session."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from schemas.messages import End, Reason, Translation
from schemas.topics import SPEECH
from workers.audience import Audience, Listening
from workers.breaker import Breakers
from workers.calls import Answer, ask
from workers.stage import Bury, Drain, Emit, Inbound, Outbound, Record, Settle
from workers.synthesize.choice import Choice, Chosen
from workers.synthesize.clauses import clauses
from workers.synthesize.delivery import Delivery
from workers.synthesize.engine import Encoded, Sound, Synthesizer, Tone
from workers.synthesize.speech import FORMATS, Format, hole, sensible, spoken, usage

BEHIND_MS = 4_000
"""A translation that waits longer for the one before has a voice that is too slow."""

Encode = Callable[[Sound, str], Awaitable[Encoded]]
"""Raises EngineError."""


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
    """The stage. Speech that would come later than `deadline_s` after the words is skipped; None: never (replays)."""
    speaker = _Speaker(choice, encode, audience, now, deadline_s, timeout_s, breakers)
    try:
        async for item in inbound:
            match item:
                case Record(message=Translation(final=True, revised=False)):
                    async with aclosing(speaker.speak(item)) as emits:
                        async for emit in emits:
                            yield emit
                    yield Settle(item)
                case Record(message=End() as end):
                    yield Emit(SPEECH, end)
                    yield Settle(item)
                    return
                case Record():
                    yield Settle(item)
                case Drain():
                    return
    finally:
        speaker.end()


@dataclass
class _Encoder:
    """Asked like an engine: a sound that ends its process is tried again, and then given up."""

    name: str
    encode: Encode


class _Speaker:
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
        self._encoders = [_Encoder("encoder", encode)]
        self._now, self._deadline_s, self._timeout_s = now, deadline_s, timeout_s
        self._breakers = breakers
        self._chosen: Chosen | None = None
        self._began_at, self._free_at = now(), 0
        """When the lane began, and when the last sentence was made, Unix ms."""
        self._asked_for: frozenset[str] = frozenset()
        """Formats that were ever asked for: what Redis forgot of them is not lost with it."""
        self._lingering = False
        """Only listeners who are away and may come back ask for it."""
        self._delivery = Delivery()  # until the session is known
        self._heard_at = 0
        """When a listener will have heard all that was spoken so far, Unix ms."""

    async def speak(self, record: Record) -> AsyncGenerator[Emit | Bury, None]:
        """The speech of one translation, each part before the next is made, or what is said in its place."""
        translation = record.message
        assert isinstance(translation, Translation)
        self._delivery = self._choice.delivery(record.session_id, translation.language)
        self._delivery.follow(translation.prosody)
        formats = self._formats(await self._audience.of(record.session_id), translation.language)
        instead = self._instead(translation, formats)
        for emit in instead if instead is not None else self._unheard(translation, formats):
            yield emit
        if instead is not None:
            return
        cut = self._cut(record.session_id, translation)
        rate, tone = self._delivery.rate(self._heard_at - self._now()), self._delivery.tone
        for part, text in enumerate(cut):
            answer = await self._ask(text, translation.language, rate, tone)
            if answer.value is None or (part == 0 and self._is_late(translation)):
                for out in self._missing(record, translation, part, text, answer):
                    yield out
                break
            self._heard_at = max(self._heard_at, self._now()) + answer.value.duration_ms
            gave_up = ""
            for audio_format in filter(formats.__contains__, FORMATS):
                encoded = await self._encoded(answer.value, audio_format)
                place = part, part == len(cut) - 1
                if encoded.value is None:
                    gave_up = gave_up or encoded.gave_up
                    yield hole(translation, self._now(), "failed", "engine", part, audio_format)
                else:
                    yield spoken(
                        translation, self._now(), place, answer.engine, audio_format, encoded.value, answer.value
                    )
            for out in self._used(translation, text, answer):
                yield out
            if gave_up:
                yield Bury(record, gave_up)
        self._free_at = self._now()

    def end(self) -> None:
        """The lane is over."""
        if self._chosen:
            self._chosen.end()

    def _instead(self, translation: Translation, formats: frozenset[str]) -> list[Emit] | None:
        """What is said where nothing is to be spoken; None: it is."""
        if not self._asked_for or (translation.outcome == "ok" and not translation.text.strip()):
            return []
        if translation.outcome != "ok":
            return [hole(translation, self._now(), translation.outcome, translation.reason)]
        if not formats:
            return self._skip(translation, "no-audience")
        return self._skip(translation, "deadline") if self._is_late(translation) else None

    def _unheard(self, translation: Translation, formats: frozenset[str]) -> Iterator[Emit]:
        """The formats in which nobody hears what others do."""
        for audio_format in FORMATS:
            if audio_format in self._asked_for - formats:
                yield hole(translation, self._now(), "skipped", "no-audience", audio_format=audio_format)

    def _cut(self, session_id: str, translation: Translation) -> list[str]:
        """The text, in clauses if the voice is slow.

        So is the first one of a lane if any voice of the language is: another worker may have spoken parts of it, and
        these must have the same numbers.
        """
        if self._chosen is None:
            self._chosen = self._choice.of(session_id, translation.language)
            by_clause = any(engine.by_clause for engine in self._chosen.engines)
        else:
            self._chosen.speaks()
            waited_ms = self._free_at - translation.translated_at
            if waited_ms > BEHIND_MS and translation.translated_at >= self._began_at:
                self._chosen.fall_behind()
            by_clause = self._chosen.by_clause
        return clauses(translation.text) if by_clause else [translation.text]

    def _is_late(self, translation: Translation) -> bool:
        """It would be heard too long after the words, be it that listeners still hear what came before."""
        begins_at = max(self._heard_at, self._now())
        return self._deadline_s is not None and begins_at - translation.spoken_at > self._deadline_s * 1000

    def _formats(self, listening: Listening, language: str) -> frozenset[str]:
        """The formats that count as asked for now."""
        formats = listening.hearing.get(language, frozenset())
        self._lingering = language in listening.lingering_speech
        self._asked_for |= formats | listening.spoken.get(language, frozenset())
        return formats if listening.certain else self._asked_for

    async def _ask(self, text: str, language: str, rate: float, tone: Tone) -> Answer[Sound]:
        async def call(engine: Synthesizer) -> Sound:
            return sensible(text, await engine.synthesize(text, language, rate, tone))

        assert self._chosen
        return await ask(
            self._chosen.engines,
            call,
            timeout_s=self._timeout_s,
            now=self._now,
            breakers=self._breakers,
            operation=f"synthesize {language}",
        )

    async def _encoded(self, sound: Sound, audio_format: Format) -> Answer[Encoded]:
        return await ask(
            self._encoders,
            lambda encoder: encoder.encode(sound, audio_format),
            timeout_s=self._timeout_s,
            now=self._now,
        )

    def _missing(
        self, record: Record, translation: Translation, part: int, text: str, answer: Answer[Sound]
    ) -> Iterator[Emit | Bury]:
        """What is said in place of this part and all that would follow it."""
        if answer.value is not None:
            yield from self._skip(translation, "deadline")
        else:
            yield hole(translation, self._now(), "failed", "engine", part)
            if answer.gave_up:
                yield Bury(record, answer.gave_up)
            if not answer.attempts:
                yield usage(translation, self._now(), None, None, text, "failed", "engine")
        yield from self._used(translation, text, answer)

    def _used(self, translation: Translation, text: str, answer: Answer[Sound]) -> Iterator[Emit]:
        for attempt in answer.attempts:
            yield usage(translation, self._now(), attempt, answer.value, text, lingering=self._lingering)

    def _skip(self, translation: Translation, reason: Reason) -> list[Emit]:
        skipped = usage(translation, self._now(), None, None, translation.text, "skipped", reason)
        return [hole(translation, self._now(), "skipped", reason), skipped]
