"""Lines of several parts of the program on one terminal."""

import pytest

from dragoman.local.screen import CLEAR_LINE, Screen


class Paper:
    def __init__(self) -> None:
        self.text = ""

    def echo(self, text: str, nl: bool = True) -> None:
        self.text += text + ("\n" if nl else "")


@pytest.fixture
def paper() -> Paper:
    return Paper()


def test_a_line_takes_the_place_of_what_was_not_finished(paper: Paper):
    screen = Screen(paper.echo, tty=True, width=lambda: 80)
    screen.unfinished("… ", "half a sen")
    screen.line("stopping…")
    screen.line("everything is stopped")
    assert paper.text == f"{CLEAR_LINE}… half a sen{CLEAR_LINE}stopping…\neverything is stopped\n"


def test_of_a_long_text_the_end_is_shown_within_the_width(paper: Paper):
    Screen(paper.echo, tty=True, width=lambda: 12).unfinished("… ", "one two three four")
    assert paper.text == f"{CLEAR_LINE}… …ree four"
    assert len(paper.text.removeprefix(CLEAR_LINE)) == 11


def test_what_is_not_finished_is_not_for_a_pipe(paper: Paper):
    Screen(paper.echo, tty=False, width=lambda: 80).unfinished("… ", "half")
    assert paper.text == ""
