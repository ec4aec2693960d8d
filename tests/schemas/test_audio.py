"""Samples, bytes and milliseconds."""

import pytest

from schemas import audio


@pytest.mark.parametrize(("position", "ms"), [(0, 0), (16, 1), (31, 1), (16_000, 1000), (2**53 - 1, 562949953421311)])
def test_media_time_is_the_position_at_16_samples_a_ms(position: int, ms: int) -> None:
    assert audio.to_ms(position) == ms


def test_a_sample_has_two_bytes() -> None:
    assert audio.samples(bytes(3200)) == 1600
