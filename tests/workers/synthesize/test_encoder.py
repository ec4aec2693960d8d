"""What is encoded decodes to the same sound, of the same length."""

import io

import av
import numpy as np
import pytest

from schemas.notice import NOTICE
from workers.synthesize.encoder import encode
from workers.synthesize.engine import Sound

LENGTHS = [(22_050, 700), (22_050, 5_001), (22_050, 22_051), (16_000, 333), (16_000, 48_000), (24_000, 24_007)]
LENGTHS += [(48_000, 99_999), (8_000, 8_001)]


def tone(samples: int, sample_rate: int, hertz: float = 440, peak: int = 8_000) -> Sound:
    phase = np.arange(samples) * (2 * np.pi * hertz / sample_rate)
    return Sound((np.sin(phase) * peak).astype("<i2").tobytes(), sample_rate)


def decoded(audio: bytes) -> tuple[np.ndarray, int]:
    """Samples, -1 to 1, and their rate."""
    with av.open(io.BytesIO(audio)) as container:
        frames = list(container.decode(audio=0))
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames]), frames[0].sample_rate


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt((samples.astype(float) ** 2).mean()))


def pitch(samples: np.ndarray, sample_rate: int) -> float:
    """Frequency of the strongest part, Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * sample_rate / len(samples))


@pytest.mark.parametrize(("sample_rate", "samples"), LENGTHS)
def test_opus_decodes_to_the_very_length(sample_rate: int, samples: int) -> None:
    encoded = encode(tone(samples, sample_rate), "ogg-opus")
    heard, heard_rate = decoded(encoded.audio)
    assert heard_rate == encoded.sample_rate == 48_000
    assert abs(len(heard) / heard_rate - samples / sample_rate) < 0.000_1
    assert encoded.duration_ms == samples * 1000 // sample_rate


@pytest.mark.parametrize(("sample_rate", "samples"), LENGTHS)
def test_pcm_is_resampled_to_the_very_length(sample_rate: int, samples: int) -> None:
    encoded = encode(tone(samples, sample_rate), "pcm16")
    assert encoded.sample_rate == 16_000
    assert abs(len(encoded.audio) / 2 - samples * 16_000 / sample_rate) <= 1
    assert abs(encoded.duration_ms - samples * 1000 / sample_rate) <= 1


@pytest.mark.parametrize("sample_rate", [8_000, 16_000, 22_050, 44_100])
@pytest.mark.parametrize("hertz", [200, 440, 3_000])
def test_the_sound_stays_what_it_was(sample_rate: int, hertz: int) -> None:
    sound = tone(sample_rate * 2, sample_rate, hertz)
    loudness = rms(np.frombuffer(sound.pcm, "<i2") / 32768)
    opus, opus_rate = decoded(encode(sound, "ogg-opus").audio)
    pcm = np.frombuffer(encode(sound, "pcm16").audio, "<i2") / 32768
    for heard, rate in ((opus, opus_rate), (pcm, 16_000)):
        assert abs(pitch(heard, rate) - hertz) < 2
        assert 0.9 < rms(heard) / loudness < 1.1


def test_what_pcm16_cannot_hold_is_filtered_and_not_folded_back() -> None:
    """10 kHz lies above the 8 kHz that 16,000 samples a second can hold: decimation alone would make it 6 kHz."""
    encoded = encode(tone(44_100, 44_100, hertz=10_000), "pcm16")
    assert rms(np.frombuffer(encoded.audio, "<i2")) < 100


def test_pcm_that_is_right_already_is_not_touched() -> None:
    sound = tone(16_000, 16_000)
    assert encode(sound, "pcm16").audio == sound.pcm


@pytest.mark.parametrize("samples", [0, 1, 2, 100, 440])
def test_a_sound_too_short_for_a_player_is_filled_up_with_silence(samples: int) -> None:
    sound = tone(samples, 22_050)
    opus = encode(sound, "ogg-opus")
    assert len(decoded(opus.audio)[0]) == 960
    pcm = encode(sound, "pcm16")
    assert len(pcm.audio) == 640
    assert opus.duration_ms == pcm.duration_ms == 20


def test_half_a_sample_at_the_end_is_dropped() -> None:
    whole = tone(16_000, 16_000)
    assert encode(Sound(whole.pcm + b"\x01", 16_000), "pcm16").audio == whole.pcm
    assert len(decoded(encode(Sound(whole.pcm + b"\x01", 16_000), "ogg-opus").audio)[0]) == 48_000


def test_opus_takes_about_24_kbit_a_second_and_stands_alone() -> None:
    noise = np.random.default_rng(1).normal(0, 3_000, 160_000).astype("<i2").tobytes()
    audio = encode(Sound(noise, 16_000), "ogg-opus").audio
    assert audio.startswith(b"OggS")
    assert b"OpusHead" in audio[:64]
    assert 20_000 < len(audio) * 8 / 10 < 30_000


def test_an_ogg_file_says_that_software_made_it() -> None:
    for comment, said in (((), NOTICE), (("Por máquinas",), "Por máquinas")):
        with av.open(io.BytesIO(encode(tone(1_600, 16_000), "ogg-opus", *comment).audio)) as container:
            assert container.streams.audio[0].metadata["comment"] == said


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(ValueError, match="'mp3' is none of ogg-opus, pcm16"):
        encode(tone(1_600, 16_000), "mp3")
