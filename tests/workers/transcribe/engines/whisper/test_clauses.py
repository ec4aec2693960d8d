"""Where speech is cut, from noise with gaps."""

import numpy as np

from workers.transcribe.engines.whisper.clauses import between, quietest, quietest_gap

RATE = 16_000


def noise(*parts: tuple[float, float]) -> bytes:
    """Pairs of loudness and seconds."""
    random = np.random.default_rng(7)
    sound = np.concatenate([random.standard_normal(round(RATE * seconds)) * loud for loud, seconds in parts])
    return sound.astype(np.int16).tobytes()


def test_the_quietest_place_is_in_the_gap() -> None:
    cut, loudness = quietest(noise((3000, 1), (30, 0.1), (3000, 1)), 0, 2 * RATE)
    assert RATE <= cut <= 1.1 * RATE
    assert loudness < 60**2


def test_it_is_looked_for_only_where_it_may_be() -> None:
    cut, _ = quietest(noise((30, 1), (3000, 0.5), (300, 0.1), (3000, 0.5)), RATE, 2 * RATE)
    assert 1.5 * RATE <= cut <= 1.6 * RATE
    assert quietest(b"\0\0" * 100, 20, 60)[0] == 40
    assert quietest(b"", 5, 3)[1] == 0


def test_between_words_that_overlap_it_is_near_their_boundary() -> None:
    cut, _ = between(noise((3000, 2)), RATE + 500, RATE)
    assert RATE - RATE / 8 < cut < RATE + RATE / 16


def test_a_short_soft_word_behind_the_boundary_is_not_cut_away() -> None:
    cut, _ = between(noise((3000, 1), (300, 0.02), (600, 0.1), (100, 0.05), (3000, 1)), RATE, round(1.02 * RATE))
    assert cut <= 1.03 * RATE


def test_the_widest_and_quietest_gap_between_words_is_taken_never_a_place_in_a_word() -> None:
    sound = noise((3000, 1), (300, 0.1), (3000, 0.4), (30, 0.1), (3000, 0.4), (3, 0.1), (3000, 0.5))
    words = [(0, 16_000), (17_600, 24_000), (25_600, 41_600)]  # the last one has silence in it
    assert quietest_gap(sound, words, 0, 40_000) is not None
    count, cut = quietest_gap(sound, words, 0, 40_000) or (0, 0)
    assert count == 2
    assert 24_000 <= cut <= 25_600


def test_without_a_word_that_ends_there_is_no_gap() -> None:
    sound = noise((3000, 2))
    assert quietest_gap(sound, [(0, 32_000)], 0, 32_000) is None
    assert quietest_gap(sound, [(0, 8_000), (8_000, 32_000)], 16_000, 32_000) is None
    assert quietest_gap(sound, [], 0, 32_000) is None
