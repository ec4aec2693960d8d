"""Listens to one speaker's audio all the time and says when something is wrong with it. No I/O."""

import numpy as np

from gateway.speaking.alarms import Alarms
from gateway.speaking.echo import Echo
from gateway.speaking.quality import Meter
from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from schemas.envelope import of_text
from schemas.socket import AudioQuality, Warning

SECOND = SAMPLE_RATE * BYTES_PER_SAMPLE
"""Bytes that are measured at once: a tenth of the cost of measuring every frame."""
GAP = SAMPLE_RATE
"""Samples. Behind a gap of so much (the speaker muted, or audio was lost) measuring begins anew."""


class SoundCheck:
    """What is given to it is what the gateway took: in order, nothing twice, nothing that was muted."""

    def __init__(self) -> None:
        self._meter, self._echo, self._alarms = Meter(), Echo(), Alarms()
        self._until: int | None = None
        self._pending = bytearray()

    @property
    def quality(self) -> AudioQuality | None:
        """Of the last seconds; None while there is no speech in them."""
        return self._meter.quality

    def take(self, position: int, pcm: bytes) -> list[Warning]:
        """Takes the next samples, at most a second; the warnings that are due."""
        if self._until is not None and position - self._until >= GAP:
            self._meter.forget()
            self._pending.clear()
        self._until = position + samples(pcm)
        self._pending += pcm
        if len(self._pending) < SECOND:
            return []
        second = np.frombuffer(bytes(self._pending[:SECOND]), np.dtype("<i2"))
        del self._pending[:SECOND]
        return self._alarms.hear(self._meter.hear(second), self._echo.hear(second))

    def expect(self, name: object, text: str) -> None:
        """Translated speech with this envelope was published; `name` is the same for all its formats."""
        rows = of_text(text)
        if rows is not None:
            self._echo.expect(name, rows)
