"""What is left of Pico's samples."""

import numpy as np
import pytest

from workers.synthesize.engines.pico.sound import heard

LEAD, TAIL = 960, 4_800
"""Samples of silence that stay."""


def sound(*parts: tuple[int, int]) -> bytes:
    """Samples, each so many times."""
    return b"".join(np.full(count, level, "<i2").tobytes() for level, count in parts)


def test_silence_around_the_words_is_cut_and_that_between_them_stays() -> None:
    pcm = sound((400, 8_000), (9_000, 500), (0, 9_000), (-9_000, 500), (-400, 16_000))
    assert heard(pcm, 1.0) == sound((400, LEAD), (9_000, 500), (0, 9_000), (-9_000, 500), (-400, TAIL - 1))


def test_what_has_little_silence_stays_as_it_is() -> None:
    pcm = sound((0, 500), (9_000, 500), (0, 1_000))
    assert heard(pcm, 1.0) == pcm


@pytest.mark.parametrize("pcm", [b"", bytes(2), bytes(16_000), sound((400, 8_000))])
def test_of_silence_nothing_is_left(pcm: bytes) -> None:
    assert heard(pcm, 1.0) == b""


def test_what_counts_as_silence_depends_on_the_volume() -> None:
    whisper = sound((600, 1_000))
    assert heard(whisper, 1.0) == b""
    assert heard(whisper, 0.2) == whisper
