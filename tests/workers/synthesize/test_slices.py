"""The sound of a text is cut into those of its clauses: nothing is lost, and no word is cut where there is a pause."""

import numpy as np
import pytest

from workers.synthesize.engine import Sound
from workers.synthesize.slices import sliced

RATE = 16_000


def humming(*lengths_ms: int, pause_ms: int = 50) -> Sound:
    """Sounds of these lengths with pauses between them."""
    pause = np.zeros(RATE * pause_ms // 1000, "<i2")
    hums = [(8_000 * np.sin(np.arange(RATE * each // 1000) / 7)).astype("<i2") for each in lengths_ms]
    return Sound(np.concatenate([part for hum in hums for part in (hum, pause)][:-1]).tobytes(), RATE)


@pytest.mark.parametrize("shares", [[1], [1, 1], [30, 50, 7], [1] * 201, [0, 0, 5], [0, 0]])
@pytest.mark.parametrize("length", [0, 1, 2, 3, 5, 801, 16_000, 16_001, 80_000])
def test_slices_are_together_the_very_same_sound_and_none_is_empty_that_need_not_be(
    length: int, shares: list[int]
) -> None:
    pcm = np.random.default_rng(length).integers(0, 255, length, np.uint8).tobytes()
    slices = sliced(Sound(pcm, RATE), shares)
    assert b"".join(each.pcm for each in slices) == pcm
    assert [each.sample_rate for each in slices] == [RATE] * len(shares)
    assert all(len(each.pcm) % 2 == 0 for each in slices[:-1])
    assert sum(not each.pcm for each in slices) == max(0, len(shares) - (length + 1) // 2)


def test_a_cut_is_in_the_pause_though_the_share_says_otherwise() -> None:
    first, second, third = sliced(humming(900, 1_300, 1_000), [10, 11, 12])
    assert [each.seconds for each in (first, second, third)] == pytest.approx([0.925, 1.35, 1.025], abs=0.05)
    for before, after in ((first, second), (second, third)):
        assert not any(before.pcm[-100:] + after.pcm[:100])


def test_where_it_is_as_quiet_everywhere_the_cut_is_at_the_share() -> None:
    one, three = sliced(Sound(bytes(2 * 4 * RATE), RATE), [10, 30])
    assert (one.seconds, three.seconds) == (pytest.approx(1, abs=0.01), pytest.approx(3, abs=0.01))


def test_a_pause_that_is_far_from_the_share_is_another_one() -> None:
    first, second = sliced(humming(300, 3_000), [10, 10])
    assert first.seconds > 1
    assert second.seconds > 1
