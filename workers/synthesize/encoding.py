"""A sound in each of the renditions that are heard: encoded once for each format."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from schemas.channels import ChosenVoice
from schemas.messages import Translation
from schemas.socket import FORMATS
from workers.breaker import Breakers
from workers.calls import CallResult, ask
from workers.stage import Bury, Emit, Record
from workers.synthesize.engine import Encoded, Sound
from workers.synthesize.patience import Patience
from workers.synthesize.speech import Format, Rendition, hole, spoken

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
        self, record: Record, place: tuple[int, bool], sound: Sound, by: tuple[str, ChosenVoice], left: set[Rendition]
    ) -> AsyncGenerator[Emit | Bury, None]:
        """A part in each rendition that is `left`; a format in which it fails is over for the segment, and leaves it.

        `place` and `by` as in `spoken`.
        """
        translation = record.message
        assert isinstance(translation, Translation)
        for audio_format in FORMATS:
            those = sorted(each for each in left if each.format == audio_format)
            if not those:
                continue
            answer = await self._patience.for_the_rest(self._ask(sound, audio_format))
            if answer and answer.value:
                for each in those:
                    yield spoken(translation, self._now(), place, by, each, answer.value, sound)
                continue
            left.difference_update(those)
            for each in those:
                if answer is None:
                    yield hole(translation, self._now(), each, "skipped", "deadline", place[0])
                else:
                    yield hole(translation, self._now(), each, "failed", "engine", place[0])
            if answer and answer.gave_up:
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
