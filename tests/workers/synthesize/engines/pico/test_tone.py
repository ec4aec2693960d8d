"""What Pico is told so that it sounds as the speaker does."""

import pytest

from workers.synthesize.engine import NEUTRAL, Tone
from workers.synthesize.engines.pico.synthesizer import VOICES
from workers.synthesize.engines.pico.tone import controls


@pytest.mark.parametrize("voice", sorted(set(VOICES.values())))
def test_every_voice_has_a_pitch_of_its_own_and_keeps_it_for_a_speaker_of_whom_none_is_known(voice: str) -> None:
    usual = controls(voice, 1.0, NEUTRAL)
    assert (usual.speed, usual.pitch) == (1.0, 1.0)
    assert controls(voice, 1.0, Tone(pitch_hz=100)).pitch == 0.75
    assert controls(voice, 1.0, Tone(pitch_hz=160)).pitch == pytest.approx(0.9, abs=0.08)
    assert controls(voice, 1.0, Tone(pitch_hz=350)).pitch == 1.3


def test_the_rate_is_one_of_the_speed() -> None:
    slow, usual, fast = [controls("es-ES", rate, NEUTRAL).speed for rate in (0.7, 1.0, 1.4)]
    assert (slow, usual, fast) == (pytest.approx(0.7, abs=0.06), 1.0, pytest.approx(1.4, abs=0.06))


def test_the_gain_is_one_of_the_volume_and_never_drives_it_to_full_scale() -> None:
    soft, usual, loud = [controls("es-ES", 1.0, Tone(gain_db=gain_db)).volume for gain_db in (-6, 0, 6)]
    assert usual / soft == pytest.approx(loud / usual, rel=0.01)
    assert loud / usual == pytest.approx(1.995, rel=0.01)
    assert loud < 1
