"""Listens to one speaker's audio all the time and says when something is wrong with it. No I/O."""

from gateway.speaking.alarms import Alarms
from gateway.speaking.echo import Echo
from gateway.speaking.quality import Meter
from schemas.audio import SAMPLE_RATE, samples
from schemas.envelope import of_text
from schemas.socket import AudioQuality, Warning

GAP = SAMPLE_RATE
"""Samples. Behind a gap of so much (the speaker muted, or audio was lost) measuring begins anew."""


class SoundCheck:
    """What is given to it is what the gateway took: in order, nothing twice, nothing that was muted."""

    def __init__(self) -> None:
        self._meter, self._echo, self._alarms = Meter(), Echo(), Alarms()
        self._until: int | None = None

    @property
    def quality(self) -> AudioQuality | None:
        """Of the last seconds; None while there is no speech in them."""
        return self._meter.quality

    def take(self, position: int, pcm: bytes) -> list[Warning]:
        """Takes the next samples, at most a second; the warnings that are due."""
        if self._until is not None and position - self._until >= GAP:
            self._meter.forget()
        self._until = position + samples(pcm)
        measured = self._meter.take(pcm)
        return [] if measured is None else self._alarms.hear(measured, self._echo.hear(self._meter.second))

    def expect(self, name: object, text: str) -> None:
        """Translated speech with this envelope was published; `name` is the same for all its formats."""
        rows = of_text(text)
        if rows is not None:
            self._echo.expect(name, rows)
