"""What may be speech, by how loud it is."""

import numpy as np

from workers.transcribe.engines.amazon.loudness import Loudness

RATE, PIECE = 16_000, 1_600


def heard(*levels: int) -> Loudness:
    """Pieces of 100 ms of these levels, from position 0."""
    loud = Loudness()
    for number, level in enumerate(levels):
        loud.hear(number * PIECE, np.full(PIECE, level, "<i2").tobytes())
    return loud


def test_silence_and_noise_below_the_floor_are_nothing() -> None:
    loud = heard(0, 50, 99)
    assert loud.first_after(0) is None
    assert loud.quiet_samples == 3 * PIECE
    loud.hear(3 * PIECE, b"")
    assert loud.first_after(0) is None


def test_what_is_loud_and_not_accounted_for_begins_where_it_gets_loud() -> None:
    loud = heard(0, 0, 900, 900, 900, 900, 0)
    assert loud.first_after(0) == 2 * PIECE
    assert loud.first_after(2 * PIECE + 5) == 2 * PIECE + 5
    assert loud.quiet_samples == PIECE


def test_what_rings_on_for_a_quarter_of_a_second_behind_the_last_word_belongs_to_it() -> None:
    loud = heard(900, 900, 900, 900, 0, 0, 0, 0, 0, 0, 900)
    assert loud.first_after(0) == 0
    assert loud.first_after(4 * PIECE - RATE // 4) == 10 * PIECE
    assert loud.first_after(11 * PIECE) is None


def test_a_pause_of_half_a_second_is_within_what_is_loud() -> None:
    loud = heard(900, 0, 0, 0, 0, 0, 900, 0, 0, 0, 0, 0, 0, 900)
    assert loud.first_after(PIECE) == PIECE
    assert loud.first_after(7 * PIECE) == 13 * PIECE
