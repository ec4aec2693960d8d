import sys
from pathlib import Path

import pytest

from dragoman.runtime.called import called


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `dragoman` in a folder that PATH does not have, and that this process was called by."""
    path = tmp_path / "bin" / "dragoman"
    path.parent.mkdir()
    path.write_text("")
    path.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(path)])
    monkeypatch.setenv("PATH", str(tmp_path))
    return path


def test_a_program_below_the_folder_is_named_from_there(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(program.parent.parent)
    assert called() == "bin/dragoman"


def test_a_program_elsewhere_is_named_in_full(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program.parent / "empty").mkdir()
    monkeypatch.chdir(program.parent / "empty")
    assert called() == str(program)


def test_a_program_that_the_path_has_goes_by_its_name(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(program.parent))
    assert called() == "dragoman"


def test_a_module_is_named_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/dragoman/cli/__main__.py"])
    assert called() == "python -m dragoman.cli"


def test_another_program_does_not_name_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/pytest"])
    assert called() == "dragoman"
