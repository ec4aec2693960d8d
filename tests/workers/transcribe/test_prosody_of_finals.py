"""A final says how it was spoken; nothing else does."""

import numpy as np
import pytest

from schemas.messages import Audio, Transcript
from tests.workers.driving import Clock, Driven, record
from tests.workers.transcribe.dictated import FRAME, Dictated, frame, heard
from workers.errors import EngineRefused
from workers.outbox import MemoryOutbox
from workers.stage import Record
from workers.transcribe.stage import transcribe

SECOND = 16_000
SAID = "the bank by the river is open on Sunday"


class Bench(Driven):
    """The stage over one engine."""

    def __init__(self, engine: Dictated, measures: bool = True) -> None:
        self.clock = Clock()
        super().__init__(
            lambda inbound: transcribe(
                inbound, recognisers=[engine], outbox=MemoryOutbox(), now=self.clock.now, measures=measures
            )
        )

    @property
    def finals(self) -> list[Transcript]:
        return [transcript for transcript in self.emitted(Transcript) if transcript.final]


def tone(first: int, last: int, hertz: float = 120, peak: int = 4_000) -> list[Record]:
    """Frames of a tone."""
    records = []
    for position in range(first, last, FRAME):
        moments = np.arange(position, position + FRAME) / SECOND
        pcm = (np.sin(2 * np.pi * hertz * moments) * peak).astype("<i2").tobytes()
        audio = Audio(kind="frame", position=position, captured_at=0, language="en", pcm=pcm)
        records.append(record("audio", position // FRAME, audio))
    return records


async def test_a_final_says_how_loud_how_high_and_how_fast_it_was_spoken() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*tone(0, 2 * SECOND))
        engine.opened[0].say(heard(2 * SECOND, final=False, text=SAID), heard(2 * SECOND, text=SAID))
        await bench.give(frame(99, 2 * SECOND))
        partial, final = bench.emitted(Transcript)
        assert partial.prosody is None
        assert final.prosody is not None
        assert final.prosody.loudness_db == pytest.approx(-21.3, abs=0.5)
        assert final.prosody.pitch_hz == pytest.approx(120, rel=0.02)
        assert final.prosody.rate == pytest.approx(12 / 2 / 4.5, rel=0.05)


async def test_only_what_was_said_counts_and_not_what_was_heard_around_it() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*tone(0, SECOND, 300), *tone(SECOND, 3 * SECOND, 100), *tone(3 * SECOND, 4 * SECOND, 300))
        engine.opened[0].say(heard(SECOND, text="before"))
        await bench.give(frame(97, 4 * SECOND))
        engine.opened[0].say(heard(3 * SECOND, start=SECOND, text=SAID))
        await bench.give(frame(98, 4 * SECOND + FRAME))
        first, second = [final.prosody.pitch_hz if final.prosody else None for final in bench.finals]
        assert first == pytest.approx(300, rel=0.02)
        assert second == pytest.approx(100, rel=0.02)


async def test_audio_that_is_missing_is_no_silence() -> None:
    """A second was lost when the speaker's socket dropped: the rate is that of what there is."""
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*tone(0, SECOND), *tone(2 * SECOND, 3 * SECOND))
        engine.opened[0].say(heard(3 * SECOND, text=SAID))
        await bench.give(frame(99, 3 * SECOND))
        (final,) = bench.finals
        assert final.prosody is not None
        assert final.prosody.rate == pytest.approx(12 / 2 / 4.5, rel=0.05)


async def test_of_silence_and_of_a_hole_nothing_is_said() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(frame(0, 0), frame(1, FRAME))
        engine.opened[0].say(heard(2 * FRAME, text=SAID))
        await bench.give(*tone(2 * FRAME, SECOND))
        engine.refuses = [EngineRefused()] * 9
        engine.opened[0].say(EngineRefused())
        await bench.give(frame(99, SECOND))
        assert [(final.outcome, final.prosody) for final in bench.finals] == [("ok", None), ("failed", None)]


async def test_nothing_is_measured_where_it_is_switched_off() -> None:
    engine = Dictated()
    async with Bench(engine, measures=False) as bench:
        await bench.give(*tone(0, 2 * SECOND))
        engine.opened[0].say(heard(2 * SECOND, text=SAID))
        await bench.give(frame(99, 2 * SECOND))
        assert [final.prosody for final in bench.finals] == [None]
