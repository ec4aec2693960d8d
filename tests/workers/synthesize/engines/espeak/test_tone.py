"""What espeak-ng is told so that it sounds as the speaker does."""

import pytest

from workers.synthesize.engine import NEUTRAL, Tone
from workers.synthesize.engines.espeak.tone import options_of


def told(rate: float = 1.0, tone: Tone = NEUTRAL) -> dict[str, str]:
    words = options_of("es", rate, tone)
    return dict(zip(words[::2], words[1::2], strict=True))


def test_without_a_speaker_the_voice_is_as_usual() -> None:
    assert told() == {"-v": "es", "-s": "175", "-a": "100"}


@pytest.mark.parametrize(
    ("hertz", "voice", "pitch"),
    [(50, "es", 0), (85, "es", 25), (104, "es", 50), (154, "es", 88), (155, "es+f2", 20), (198, "es+f2", 50)],
)
def test_a_low_speaker_has_the_low_voice_and_a_high_one_the_high_voice_at_their_pitch(
    hertz: float, voice: str, pitch: int
) -> None:
    found = told(tone=Tone(pitch_hz=hertz))
    assert (found["-v"], int(found["-p"])) == (voice, pytest.approx(pitch, abs=1))


@pytest.mark.parametrize(("gain_db", "amplitude"), [(-6, 50), (0, 100), (3, 141), (6, 150), (-40, 25)])
def test_the_gain_is_one_of_the_amplitude_within_bounds(gain_db: float, amplitude: int) -> None:
    assert int(told(tone=Tone(gain_db=gain_db))["-a"]) == amplitude


@pytest.mark.parametrize(("rate", "words"), [(0.7, 122), (1.35, 236), (0.1, 80), (9, 450)])
def test_the_rate_is_one_of_words_a_minute_within_bounds(rate: float, words: int) -> None:
    assert int(told(rate)["-s"]) == words
