"""Translations in, speech out, only where someone hears it. A lane is one language of a session."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Literal

import numpy as np

from schemas.envelope import envelope, to_text
from schemas.messages import End, Outcome, Reason, Speech, Translation, Usage
from schemas.topics import SPEECH, USAGE
from workers.audience import Audience, Listening
from workers.breaker import Breakers
from workers.calls import Answer, Attempt, ask
from workers.errors import EngineGarbled
from workers.stage import Bury, Drain, Emit, Inbound, Outbound, Record, Settle
from workers.synthesize.delivery import Delivery
from workers.synthesize.engine import Encoded, Sound, Synthesizer

LONGEST_MS = 24_000
"""No speech of one segment is longer, in whatever language: as `pcm16` it must fit into a socket's message."""
RATES = range(4_000, 96_001)
"""Samples a second that can be encoded."""

Format = Literal["ogg-opus", "pcm16", ""]
FORMATS: tuple[Format, ...] = ("ogg-opus", "pcm16")
Encode = Callable[[Sound, str], Awaitable[Encoded]]


async def synthesize(
    inbound: AsyncIterator[Inbound],
    *,
    synthesizers: Sequence[Synthesizer],
    encode: Encode,
    audience: Audience,
    now: Callable[[], int],
    deadline_s: float | None = 15,
    timeout_s: float = 10,
    breakers: Breakers | None = None,
) -> AsyncIterator[Outbound]:
    """The stage. Speech that would come later than `deadline_s` after the words is skipped; None: never (replays)."""
    speaker = _Speaker(synthesizers, encode, audience, now, deadline_s, timeout_s, breakers)
    async for item in inbound:
        match item:
            case Record(message=Translation(final=True, revised=False)):
                for emit in await speaker.speak(item):
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


class _Speaker:
    """Speaks one language of a session."""

    def __init__(
        self,
        synthesizers: Sequence[Synthesizer],
        encode: Encode,
        audience: Audience,
        now: Callable[[], int],
        deadline_s: float | None,
        timeout_s: float,
        breakers: Breakers | None,
    ) -> None:
        self._synthesizers, self._encode, self._audience = synthesizers, encode, audience
        self._now, self._deadline_s, self._timeout_s = now, deadline_s, timeout_s
        self._breakers = breakers
        self._asked_for: frozenset[str] = frozenset()
        """Formats that were ever asked for: what Redis forgot of them is not lost with it."""
        self._lingering = False
        """Only listeners who are away and may come back ask for it."""
        self._delivery = Delivery()
        self._heard_at = 0
        """When a listener will have heard all that was spoken so far, Unix ms."""

    async def speak(self, record: Record) -> Sequence[Emit | Bury]:
        """The speech of one translation, or what is said in its place."""
        translation = record.message
        assert isinstance(translation, Translation)
        self._delivery.follow(translation.prosody)
        formats = self._formats(await self._audience.of(record.session_id), translation.language)
        if not self._asked_for:
            return []
        if translation.outcome != "ok":
            return [self._hole(translation, translation.outcome, translation.reason)]
        if not translation.text.strip():
            return []
        if not formats:
            return self._skip(translation, "no-audience")
        if self._is_late(translation):
            return self._skip(translation, "deadline")
        answer = await self._ask(translation)
        usage = [self._usage(translation, attempt, answer.value) for attempt in answer.attempts]
        if answer.value is not None and self._is_late(translation):
            return [*self._skip(translation, "deadline"), *usage]
        if answer.value is None:
            unreached = [] if usage else [self._usage(translation, None, None, "failed", "engine")]
            buried = [Bury(record, answer.gave_up)] if answer.gave_up else []
            return [self._hole(translation, "failed", "engine"), *buried, *usage, *unreached]
        self._heard_at = max(self._heard_at, self._now()) + answer.value.duration_ms
        envelope = envelope_of(answer.value)
        speech = [
            await self._encoded(translation, answer.value, envelope, audio_format, answer.engine)
            for audio_format in FORMATS
            if audio_format in formats
        ]
        unheard = [
            self._hole(translation, "skipped", "no-audience", audio_format)
            for audio_format in FORMATS
            if audio_format in self._asked_for - formats
        ]
        return [*speech, *unheard, *usage]

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

    async def _ask(self, translation: Translation) -> Answer[Sound]:
        rate, tone = self._delivery.rate(self._heard_at - self._now()), self._delivery.tone
        text, language = translation.text, translation.language

        async def call(engine: Synthesizer) -> Sound:
            return sensible(text, await engine.synthesize(text, language, rate, tone))

        return await ask(
            [engine for engine in self._synthesizers if engine.languages & {language, "*"}],
            call,
            timeout_s=self._timeout_s,
            now=self._now,
            breakers=self._breakers,
            operation=f"synthesize {language}",
        )

    async def _encoded(
        self, translation: Translation, sound: Sound, envelope: str, audio_format: Format, engine: str
    ) -> Emit:
        encoded = await self._encode(sound, audio_format)
        rate, duration_ms, audio = encoded.sample_rate, encoded.duration_ms, encoded.audio
        return self._emit(translation, engine, audio_format, rate, duration_ms, audio, "ok", "", envelope)

    def _skip(self, translation: Translation, reason: Reason) -> list[Emit]:
        return [self._hole(translation, "skipped", reason), self._usage(translation, None, None, "skipped", reason)]

    def _hole(self, translation: Translation, outcome: Outcome, reason: Reason, audio_format: Format = "") -> Emit:
        return self._emit(translation, "", audio_format, 0, 0, b"", outcome, reason)

    def _emit(
        self,
        translation: Translation,
        engine: str,
        audio_format: Format,
        sample_rate: int,
        duration_ms: int,
        audio: bytes,
        outcome: Outcome,
        reason: Reason,
        envelope: str = "",
    ) -> Emit:
        speech = Speech(
            segment=translation.segment,
            until=translation.until,
            start=translation.start,
            end=translation.end,
            spoken_at=translation.spoken_at,
            final=True,
            revision=translation.revision,
            language=translation.language,
            engine=engine,
            outcome=outcome,
            reason=reason,
            ingested_at=translation.ingested_at,
            transcribed_at=translation.transcribed_at,
            part=0,
            last=True,
            format=audio_format,
            sample_rate=sample_rate,
            duration_ms=duration_ms,
            source_language=translation.source_language,
            translated_at=translation.translated_at,
            synthesized_at=self._now(),
            envelope=envelope,
            audio=audio,
        )
        return Emit(SPEECH, speech)

    def _usage(
        self,
        translation: Translation,
        attempt: Attempt | None,
        sound: Sound | None,
        outcome: Outcome = "ok",
        reason: Reason = "",
    ) -> Emit:
        failed = attempt is not None and attempt.failed
        usage = Usage(
            stage="synthesize",
            engine=attempt.engine if attempt else "",
            language=translation.language,
            target_language=translation.language,
            segment=translation.segment,
            final=True,
            seconds=sound.duration_ms / 1000 if sound and not failed else 0.0,
            characters=len(translation.text) if attempt else 0,
            took_ms=attempt.took_ms if attempt else 0,
            outcome="failed" if failed else outcome,
            reason="engine" if failed else reason,
            at=self._now(),
            lingering=attempt is not None and self._lingering,
        )
        return Emit(USAGE, usage, awaited=False)


def envelope_of(sound: Sound) -> str:
    """By what the speaker's gateway knows the sound again when the microphone hears it."""
    samples = np.frombuffer(sound.pcm[: len(sound.pcm) // 2 * 2], "<i2")
    return to_text(envelope(samples, sound.sample_rate))


def sensible(text: str, answer: object) -> Sound:
    """`answer` if it can be `text` spoken. Raises EngineGarbled."""
    if not isinstance(answer, Sound) or not isinstance(answer.pcm, bytes) or answer.sample_rate not in RATES:
        raise EngineGarbled
    if answer.duration_ms > LONGEST_MS or (not answer.pcm and any(map(str.isalnum, text))):
        raise EngineGarbled
    return answer
