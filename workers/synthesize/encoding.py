"""A sound in each of the formats that are heard."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from schemas.messages import Translation
from workers.breaker import Breakers
from workers.calls import CallResult, ask
from workers.stage import Bury, Emit, Record
from workers.synthesize.engine import Encoded, Sound
from workers.synthesize.patience import Patience
from workers.synthesize.speech import FORMATS, Format, hole, spoken

Encode = Callable[[Sound, str], Awaitable[Encoded]]
"""Raises EngineError."""


@dataclass
class _Encoder:
    """Asked like an engine: a sound that ends its process is tried again, and then given up."""

    name: str
    encode: Encode


class Encoding:
    """Of one lane."""

    def __init__(
        self, encode: Encode, patience: Patience, now: Callable[[], int], breakers: Breakers | None = None
    ) -> None:
        self._encoders = [_Encoder("encoder", encode)]
        self._patience, self._now, self._breakers = patience, now, breakers

    async def part(
        self, record: Record, place: tuple[int, bool], sound: Sound, engine: str, formats: set[Format]
    ) -> AsyncGenerator[Emit | Bury, None]:
        """A part in each of `formats`; one in which it fails is over for the segment, and leaves `formats`.

        `place` as in `spoken`; `engine`: whose sound it is.
        """
        translation = record.message
        assert isinstance(translation, Translation)
        for audio_format in [each for each in FORMATS if each in formats]:
            answer = await self._patience.for_the_rest(self._ask(sound, audio_format))
            if answer and answer.value:
                yield spoken(translation, self._now(), place, engine, audio_format, answer.value, sound)
                continue
            formats.discard(audio_format)
            if answer is None:
                yield hole(translation, self._now(), "skipped", "deadline", place[0], audio_format)
                continue
            yield hole(translation, self._now(), "failed", "engine", place[0], audio_format)
            if answer.gave_up:
                yield Bury(record, answer.gave_up)

    async def _ask(self, sound: Sound, audio_format: Format) -> CallResult[Encoded]:
        return await ask(
            self._encoders,
            lambda encoder: encoder.encode(sound, audio_format),
            timeout_s=None,
            now=self._now,
            breakers=self._breakers,
            operation=f"encode {audio_format}",
        )
