"""A session that was recorded once: today's stages make of it what was made then, and its path can be told.

`golden.dragoman` was written by `dragoman record` on a `dragoman up --engines scripted`, into which the sample
`goforward.wav` was spoken while somebody listened in Spanish. Where what stages make is changed on purpose, record it
anew.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from dragoman.cli import main
from dragoman.ops.recorded import keep
from tests.dragoman.ops.test_live import SESSION
from tests.dragoman.ops.test_trace import CALL
from workers.stage import Record

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


def test_a_segment_of_which_only_calls_are_left_is_told_from_the_first_one_on(tmp_path: Path) -> None:
    async def calls() -> AsyncIterator[Record]:
        for offset, at in enumerate((CALL.at, CALL.at + 250)):
            call = msgspec.structs.replace(CALL, at=at)
            yield Record("usage", SESSION.partition, offset, SESSION.session_id, call, at)

    file = tmp_path / "calls.dragoman"
    asyncio.run(keep(file, SESSION, "0.1.0", calls()))
    result = CliRunner().invoke(main, ["trace", str(file), str(CALL.segment)])
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == ["+0.000", "+0.250"]
    assert "when it was spoken is not known" in result.stderr
