"""`dragoman report` when something fails in the middle."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dragoman.cli import report as cli
from dragoman.load.figures import LoadFigures
from dragoman.load.setup import LoadSetup
from dragoman.runtime.errors import DragomanError

METRICS = "http://127.0.0.1:9/metrics"


class Loads:
    """Each load by the plan of the test: what it comes to, or what it raises."""

    def __init__(self, *ends: LoadFigures | DragomanError) -> None:
        self._ends = list(ends)

    async def run(self, setup: LoadSetup) -> LoadFigures:
        end = self._ends.pop(0)
        if isinstance(end, DragomanError):
            raise end
        return end


@pytest.fixture
def arguments(setup: LoadSetup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(cli, "setup_of", lambda *_: setup)
    return ["--server", setup.url, "--quick", "--sessions", "1,10", "--json", str(tmp_path / "report.json")]


def test_a_load_that_fails_throws_none_away_that_was_finished(
    found: LoadFigures, arguments: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cli, "watched_load", Loads(found, DragomanError("the gateway is gone")).run)
    result = CliRunner().invoke(cli.command, arguments)
    assert isinstance(result.exception, DragomanError)
    assert "load 2 of 2 failed" in result.stderr
    assert len(json.loads(Path(arguments[-1]).read_text())["runs"]) == 1


def test_metrics_and_records_that_cannot_be_read_any_more_are_said_and_not_measured(
    found: LoadFigures, arguments: list[str], monkeypatch: pytest.MonkeyPatch
):
    looks = iter(["# before"])

    async def text(url: str) -> str:
        if before := next(looks, ""):
            return before
        raise DragomanError(f"--metrics {url} cannot be read")

    monkeypatch.setattr(cli, "_text", text)
    monkeypatch.setattr(cli, "watched_load", Loads(found).run)
    more = ["--sessions", "1", "--metrics", METRICS, "--kafka", "127.0.0.1:1"]
    result = CliRunner().invoke(cli.command, [*arguments, *more])
    assert result.exit_code == 0, result.output
    assert f"warning: --metrics {METRICS} cannot be read" in result.stderr
    assert "127.0.0.1:1" in result.stderr
    told = json.loads(Path(arguments[-1]).read_text())
    assert len(told["runs"]) == 1
    assert [aim["verdict"] for aim in told["targets"]].count("not measured") >= 2


@pytest.mark.parametrize(("server", "asked"), [(["--server", "ws://127.0.0.1:9"], False), ([], True)])
def test_the_records_of_a_data_folder_are_read_only_where_its_gateway_is_measured(
    server: list[str],
    asked: bool,
    found: LoadFigures,
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    for name in ("DRAGOMAN_URL", "DRAGOMAN_KAFKA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cli, "watched_load", Loads(found).run)
    (tmp_path / "run.json").write_text(json.dumps({"url": "ws://127.0.0.1:9", "kafka": "127.0.0.1:1"}))
    result = CliRunner().invoke(cli.command, [*server, *arguments[2:], "--sessions", "1", "--data", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert ("127.0.0.1:1" in result.stderr) == asked
