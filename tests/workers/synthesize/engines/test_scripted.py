"""The scripted synthesizer makes a tone of a known length."""

import numpy as np
import pytest

from workers.errors import EngineCrashed, EngineTimeout
from workers.synthesize.engines.scripted import MS_PER_CHARACTER, ScriptedSynthesizer


@pytest.mark.parametrize(("text", "rate", "duration_ms"), [("0 to 32000", 1.0, 500), ("", 1.0, 0), ("four", 1.25, 160)])
async def test_the_length_follows_from_the_characters(text: str, rate: float, duration_ms: int) -> None:
    assert MS_PER_CHARACTER == 50
    sound = await ScriptedSynthesizer().synthesize(text, "tlh", rate)
    assert sound.sample_rate == 16_000
    assert sound.duration_ms == duration_ms


async def test_it_is_a_tone_and_the_same_every_time() -> None:
    first = await ScriptedSynthesizer().synthesize("twenty characters !!", "es", 1.0)
    second = await ScriptedSynthesizer().synthesize("twenty characters !!", "ca", 1.0)
    assert first == second
    samples = np.frombuffer(first.pcm, "<i2")
    assert np.abs(np.fft.rfft(samples)).argmax() == 440 * len(samples) / 16_000


async def test_faults_are_raised() -> None:
    with pytest.raises(EngineCrashed):
        await ScriptedSynthesizer(faults="fail:1").synthesize("one", "es", 1.0)


async def test_where_it_hangs_it_gives_up_by_itself() -> None:
    with pytest.raises(EngineTimeout):
        await ScriptedSynthesizer(faults="hang:1", timeout_s=0.001).synthesize("one", "es", 1.0)
