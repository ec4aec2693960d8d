"""How many processes there is room for."""

import pytest

from workers.synthesize.engines.kokoro.room import MOST, NEEDS_MB, processes


@pytest.mark.parametrize(
    ("cores", "memory_mb", "most_mb", "count", "each_mb"),
    [
        (64, 4096, 768, 2, 768),
        (64, 4096, 3072, 2, 1024),
        (2, 16_000, 3072, 1, 3072),
        (0.5, 16_000, 3072, 1, 3072),
        (16, 64_000, 3072, MOST, 3072),
        (64, 1024, 3072, 1, NEEDS_MB),
        (64, 1024, 192, 1, 192),
    ],
)
def test_together_they_take_half_of_the_cores_and_of_the_memory_at_most(
    cores: float, memory_mb: float, most_mb: int, count: int, each_mb: int
) -> None:
    assert processes(cores, memory_mb, most_mb) == (count, each_mb)
