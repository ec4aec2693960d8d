"""An envelope knows speech again: through a header, at another sample rate, at another loudness."""

import numpy as np
import pytest

from schemas.envelope import BANDS, MOST_TEXT, PER_SECOND, Envelope, envelope, of_text, smoothed, to_text


def tones(sample_rate: int, peak: float = 8_000) -> np.typing.NDArray[np.int16]:
    """A second of a low tone, then one of a high one."""
    phase = np.arange(sample_rate) * (2 * np.pi / sample_rate)
    return np.concatenate([np.sin(phase * 250) * peak, np.sin(phase * 2000) * peak]).astype(np.int16)


def test_it_has_a_row_for_every_fiftieth_of_a_second_and_shows_which_band_is_loud() -> None:
    rows = envelope(tones(16_000), 16_000)
    assert rows.shape == (2 * PER_SECOND, BANDS)
    assert [int(row.argmax()) for row in rows] == [0] * PER_SECOND + [3] * PER_SECOND


@pytest.mark.parametrize("sample_rate", [8_000, 22_050, 24_000, 48_000])
def test_it_is_the_same_at_every_sample_rate(sample_rate: int) -> None:
    rows, others = envelope(tones(16_000), 16_000), envelope(tones(sample_rate), sample_rate)
    assert loudest(others) == pytest.approx(loudest(rows), abs=0.5)


def loudest(rows: Envelope) -> list[float]:
    return [float(row.max()) for row in rows[[3, 10, 30]]]


def test_a_tenth_of_the_loudness_is_twenty_decibels_less() -> None:
    loud, quiet = (loudest(envelope(tones(16_000, peak), 16_000)) for peak in (20_000, 2_000))
    assert [a - b for a, b in zip(loud, quiet, strict=True)] == pytest.approx([20] * 3, abs=0.1)


def test_it_comes_back_from_its_text() -> None:
    rows = envelope(tones(16_000), 16_000)
    back = of_text(to_text(rows))
    assert back is not None
    assert np.abs(back - rows).max() <= 0.51


def test_the_lowest_sample_rate_and_no_sound_at_all_have_one_too() -> None:
    assert envelope(np.zeros(4_000, np.int16), 4_000).shape == (PER_SECOND, BANDS)
    assert to_text(envelope(np.zeros(0, np.int16), 16_000)) == ""


def test_smoothing_is_of_power_so_that_what_is_loud_in_one_row_is_loud_in_two() -> None:
    rows = np.array([[-90], [-20], [-90], [-90]], np.float32)
    assert smoothed(rows)[:, 0].tolist() == pytest.approx([-23, -23, -90], abs=0.1)


@pytest.mark.parametrize("text", ["", "AA==", "no base64", "ü", "AAAA" * MOST_TEXT])
def test_what_is_no_envelope_is_none(text: str) -> None:
    assert of_text(text) is None
