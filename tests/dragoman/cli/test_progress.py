"""The line that says how much is left."""

import pytest

from dragoman.cli.progress import Progress, line


@pytest.mark.parametrize(
    ("spoken_s", "took_s", "duration_s", "said"),
    [
        (754, 754, 3600, "12:34 of 1:00:00, 47:26 left"),
        (600, 60, 3600, "10:00 of 1:00:00, 5:00 left"),
        (0.1, 0.1, 7, "0:00 of 0:07, 0:06 left"),
        (3700, 3700, 3600, "1:01:40 of 1:00:00, 0:00 left"),
        (61, 61, None, "1:01 spoken"),
    ],
)
def test_what_is_left_goes_as_fast_as_what_was_spoken(
    spoken_s: float, took_s: float, duration_s: float | None, said: str
) -> None:
    assert line(spoken_s, took_s, duration_s) == said


@pytest.mark.parametrize(("shown", "lines"), [(True, 3), (False, 0)])
def test_a_terminal_shows_it_once_a_second_and_nothing_else_does(shown: bool, lines: int) -> None:
    said: list[str] = []
    now = [0.0]
    progress = Progress(10, shown=shown, echo=said.append, clock=lambda: now[0])
    for tenth in range(21):
        now[0] = tenth / 10
        progress.show(48_000 + tenth * 1600)
    assert len(said) == lines
    if shown:
        assert said[-1].endswith("0:02 of 0:10, 0:08 left")
    progress.clear()
