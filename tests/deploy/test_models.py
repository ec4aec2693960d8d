"""deploy/models.sh with a `dragoman` that answers as the test says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

DRAGOMAN = """#!/bin/sh
echo "$@" >>calls
[ "$2" = list ] && echo 'whisper-base  there  148' && exit 0
exit $(cat answer)
"""


class Project:
    """A checkout that is set up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("deploy/models.sh", "dragoman/models/manifest.json"):
            (folder / name).parent.mkdir(parents=True)
            shutil.copy(ROOT / name, folder / name)
        (folder / ".stamps").mkdir()
        program = folder / ".venv/bin/dragoman"
        program.parent.mkdir(parents=True)
        program.write_text(DRAGOMAN)
        program.chmod(0o755)

    def fetch(self, answer: int, *needed_for: str, languages: str = "") -> subprocess.CompletedProcess[str]:
        """Runs the script; `dragoman models fetch` ends with `answer`."""
        (self.folder / "answer").write_text(str(answer))
        (self.folder / "calls").write_text("")
        argv = ["bash", "deploy/models.sh", *needed_for]
        environment = {**os.environ, "LANGUAGES": languages}
        return subprocess.run(
            argv, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False, env=environment
        )

    @property
    def fetched(self) -> list[str]:
        """What was asked for."""
        lines = (self.folder / "calls").read_text().splitlines()
        return [line.removeprefix("models fetch ") for line in lines if "fetch" in line]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_the_default_set_is_fetched_once(project: Project) -> None:
    assert project.fetch(0).returncode == 0
    assert project.fetched == ["--default"]
    assert project.fetch(0).returncode == 0
    assert project.fetched == []


def test_the_tests_have_a_set_of_their_own(project: Project) -> None:
    project.fetch(0)
    project.fetch(0, "test")
    assert project.fetched == ["--default firefox-en-pt-tiny firefox-pt-en-tiny piper-en_US-joe-medium"]


def test_more_languages_come_with_their_voices(project: Project) -> None:
    project.fetch(0)
    project.fetch(0, languages="de,it")
    assert project.fetched == ["--default --languages de,it --voices"]
    project.fetch(0, languages="de,it")
    project.fetch(0)
    assert project.fetched == []
    project.fetch(1, languages="uk")
    project.fetch(0, languages="uk")
    assert project.fetched == ["--default --languages uk --voices"]


def test_what_is_missing_is_left_out_and_asked_for_the_next_time(project: Project) -> None:
    first = project.fetch(1)
    assert (first.returncode, "the next make tries again" in first.stdout) == (0, True)
    project.fetch(0)
    assert project.fetched == ["--default"]


@pytest.mark.parametrize("status", [2, 3])
def test_without_a_recogniser_and_after_any_other_error_make_stops(project: Project, status: int) -> None:
    assert project.fetch(status).returncode == status
