"""A session that was recorded once: today's stages make of it what was made then, and its path can be told.

`golden.dragoman` was written by `dragoman record` on a `dragoman up --engines scripted`, into which the sample
`goforward.wav` was spoken while somebody listened in Spanish. Where what stages make is changed on purpose, record it
anew.
"""

from pathlib import Path

import pytest
from click.testing import CliRunner

from dragoman.cli import main

GOLDEN = Path(__file__).with_name("golden.dragoman")


@pytest.mark.parametrize("stage", ["transcribe", "translate", "synthesize"])
def test_a_stage_makes_of_it_what_it_made_then(stage: str) -> None:
    result = CliRunner().invoke(main, ["replay", str(GOLDEN), "--stage", stage, "--engines", "scripted", "--diff"])
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith("0 of "), result.stderr
    assert not result.stderr.startswith("0 of 0 ")


def test_what_comes_out_otherwise_is_shown_and_fails() -> None:
    """Of another language nothing was made then."""
    arguments = ("--stage", "translate", "--engines", "scripted", "--language", "fr", "--diff")
    result = CliRunner().invoke(main, ["replay", str(GOLDEN), *arguments])
    assert result.exit_code == 1
    assert "  fr\n  - \n  + " in result.stdout


def test_its_path_is_told_without_a_kafka() -> None:
    result = CliRunner().invoke(main, ["trace", str(GOLDEN)])
    assert result.exit_code == 0, result.output
    header, first, *_ = result.stdout.splitlines()
    assert header.split() == ["SEGMENT", "SPOKEN", "(UTC)", "LOG", "TRANSCRIBE", "TRANSLATE", "SYNTHESIZE", "OUTCOME"]
    assert first.split()[0] == "0"
    assert first.endswith("  ok")
    result = CliRunner().invoke(main, ["trace", str(GOLDEN), "0"])
    steps = [line.split()[3] for line in result.stdout.splitlines()[1:]]
    assert {"spoken", "log", "transcribe", "translate", "synthesize", "call"} <= {*steps}
    unknown = CliRunner().invoke(main, ["trace", str(GOLDEN), "17"])
    assert (unknown.exit_code, "has no segment 17" in unknown.stderr) == (2, True)
