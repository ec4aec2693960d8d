import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from dragoman.cli import COMMANDS, main
from dragoman.runtime.errors import DragomanError

HEAVY = ("aiohttp", "aiokafka", "faust", "numpy", "pydantic", "redis")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_worth_reading(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert len(result.output.splitlines()) >= 8
    assert f"Usage: main {name}" in result.output


def test_help_shows_every_command_and_imports_none() -> None:
    source = f"""
import sys
from dragoman.cli import main
main(["--help"], standalone_mode=False)
print(*(name for name in {HEAVY} if name in sys.modules))
"""
    said = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout
    assert all(f"\n  {name} " in said for name in COMMANDS)
    assert said.splitlines()[-1] == ""


def test_an_unknown_command_is_said_and_no_import() -> None:
    result = CliRunner().invoke(main, ["options"])
    assert result.exit_code == 2
    assert "No such command 'options'" in result.output


def test_a_slip_of_the_pen_is_guessed() -> None:
    result = CliRunner().invoke(main, ["lisen"])
    assert result.exit_code == 2
    assert "No such command 'lisen'. Did you mean 'listen'?" in result.output


def test_what_a_person_can_mend_is_one_line_and_status_2(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def command() -> None:
        raise DragomanError("the flux is missing: apt-get install flux")

    monkeypatch.setattr("dragoman.cli.doctor.command", command)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 2
    assert result.stderr == "dragoman doctor: the flux is missing: apt-get install flux\n"
    assert result.stdout == ""


def test_a_bad_setting_is_one_line_that_names_its_variable() -> None:
    result = CliRunner().invoke(main, ["topics"], env={"DRAGOMAN_PARTITIONS": "many"})
    assert result.exit_code == 2
    assert result.stderr.startswith("dragoman topics: DRAGOMAN_PARTITIONS is ")
    assert len(result.stderr.splitlines()) == 1


def test_the_command_alone_says_what_to_do_first() -> None:
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 0
    assert [first in result.output for first in ("dragoman doctor", "dragoman up --demo", "--help")] == [True] * 3


def test_a_misspelt_option_names_the_nearest() -> None:
    result = CliRunner().invoke(main, ["speak", "a.wav", "--langauge", "en"])
    assert result.exit_code == 2
    assert "--language" in result.output


def test_a_misspelt_variable_is_named_once_with_what_may_be_meant_and_is_an_error_where_that_is_asked_for() -> None:
    slip = {"DRAGOMAN_KAKFA": "broker:9092", "DRAGOMAN_KAFKA": "", "DRAGOMAN_PARTITIONS": "many"}
    line = "DRAGOMAN_KAKFA is no setting: did you mean DRAGOMAN_KAFKA?"
    assert CliRunner().invoke(main, ["topics"], env=slip).stderr.splitlines()[0] == f"dragoman: {line}"
    for arguments, strict in ((["--strict", "topics"], {}), (["topics"], {"DRAGOMAN_STRICT": "1"})):
        refused = CliRunner().invoke(main, arguments, env=slip | strict)
        assert refused.exit_code == 2
        assert refused.stderr == f"dragoman topics: {line}\n"
