"""What becomes of the samples that a voice made."""

import numpy as np
import pytest

from workers.synthesize.engines.edges import pcm_of

SAMPLE_RATE = 24_000

SECOND = np.sin(np.arange(SAMPLE_RATE) * (2 * np.pi * 220 / SAMPLE_RATE)).astype(np.float32) * np.float32(0.2)
AROUND = np.full(SAMPLE_RATE // 2, 0.0005, np.float32)


def samples(text: str = "um", gain_db: float = 0.0) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    return np.frombuffer(pcm_of(np.concatenate([AROUND, SECOND, AROUND]), SAMPLE_RATE, text, gain_db), "<i2")


@pytest.mark.parametrize(("text", "pause_s"), [("um", 0.06), ("um,", 0.16), ("um.", 0.30), ("«um?»", 0.30)])
def test_silence_at_the_edges_is_what_the_mark_needs(text: str, pause_s: float) -> None:
    assert len(samples(text)) / SAMPLE_RATE == pytest.approx(1.03 + pause_s, abs=0.011)


def test_both_edges_are_faded_so_that_no_seam_clicks() -> None:
    sound = samples()
    assert (sound[0], sound[-1]) == (0, 0)
    assert np.abs(np.diff(np.concatenate([sound, sound]).astype(int))).max() < 2_500


def test_a_soft_piece_stays_softer_than_a_loud_one() -> None:
    soft = np.frombuffer(pcm_of(SECOND / 4, SAMPLE_RATE, "um", 0.0), "<i2").astype(float)
    assert np.abs(samples()).max() / np.abs(soft).max() == pytest.approx(4, rel=0.05)


def test_the_gain_is_in_decibels_and_never_clips() -> None:
    usual, louder = (np.abs(samples(gain_db=gain)).max() for gain in (0.0, -6.0))
    assert louder / usual == pytest.approx(0.5, rel=0.02)
    assert 30_000 < np.abs(np.frombuffer(pcm_of(SECOND * 5, SAMPLE_RATE, "um", 6.0), "<i2").astype(int)).max() <= 32_767


def test_silence_becomes_nothing() -> None:
    assert pcm_of(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE, "um", 0.0) == b""
    assert pcm_of(np.zeros(0, np.float32), SAMPLE_RATE, "um", 0.0) == b""
