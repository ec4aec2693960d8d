"""Speech at other rates, in pieces of any length."""

import tracemalloc

import numpy as np
import pytest

from dragoman.client.resampling import PHASES, resampled

ODD = 44_101
"""A rate that needs more phases than the filter has."""


def sine(rate: int, hertz: float, seconds: float = 1) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def heard(samples: np.ndarray, rate: int, pieces: int = 1) -> np.ndarray:
    return np.concatenate([np.zeros(0), *resampled(np.array_split(samples, pieces), rate)])


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 44_100, ODD, 48_000, 192_000, 399_999, 400_000])
def test_a_tone_is_the_same_tone(rate: int) -> None:
    found, wanted = heard(sine(rate, 440), rate), sine(16_000, 440)
    assert len(found) == len(wanted)
    assert np.abs(found - wanted)[500:-500].max() < 0.001


def test_where_the_nearest_phase_is_taken_a_high_tone_is_clean() -> None:
    assert PHASES < 16_000
    assert np.abs(heard(sine(ODD, 6_000), ODD) - sine(16_000, 6_000))[500:-500].max() < 0.001


@pytest.mark.parametrize("rate", [48_000, 192_000, ODD])
def test_what_16_khz_cannot_carry_is_filtered_out(rate: int) -> None:
    """Else 11 kHz would be heard as 5 kHz."""
    assert np.abs(heard(sine(rate, 11_000), rate))[500:-500].max() < 0.01


@pytest.mark.parametrize("rate", [4_000, 16_000, 44_100, 192_000])
@pytest.mark.parametrize("pieces", [2, 7, 1_000])
def test_in_pieces_it_is_the_same(rate: int, pieces: int) -> None:
    assert np.array_equal(heard(sine(rate, 440), rate, pieces), heard(sine(rate, 440), rate))


@pytest.mark.parametrize("rate", [4_000, 48_000, 400_000])
def test_of_a_sample_or_none_there_is_no_more(rate: int) -> None:
    assert [len(heard(np.zeros(length), rate)) for length in (0, 1)] == [0, round(16_000 / rate)]


@pytest.mark.parametrize("rate", [48_000, 192_000, 400_000, 399_999])
def test_it_takes_little_memory_at_any_rate(rate: int) -> None:
    pieces = np.array_split(sine(rate, 440, 2), 8)
    tracemalloc.start()
    try:
        for _ in resampled(pieces, rate):
            pass
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
