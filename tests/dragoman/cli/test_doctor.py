import asyncio
import errno
import os
import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from dragoman.cli import main
from dragoman.local.checks import check_disk, check_models
from dragoman.models.folder import Note
from dragoman.runtime.settings import read_settings
from tests.workers.amazon.peers import AmazonPeers
from tests.workers.amazon.signatures import REGION


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *arguments])


def test_a_machine_that_has_all_is_healthy(kafka: str, redis_url: str, tmp_path: Path) -> None:
    options = ("--kafka", kafka, "--redis", redis_url, "--data", str(tmp_path))
    result = doctor(*options)
    assert result.exit_code == 0, result.output
    assert "missing" not in result.output
    assert f"ok       Kafka answers at {kafka}\n" in result.output
    assert "ok       the language that is spoken can be found out, by whisper\n" in result.output
    (english,) = [line for line in result.output.splitlines() if line.startswith("ok       from en (whisper): ")]
    assert " ca (firefox+apertium, rough; voice " in english
    assert " pt (firefox; voice " in english
    assert "ok       from zh (whisper): en (opus; voice " in result.output
    assert "ok       translate with opus: en" in result.output
    assert "ok       transcribe with whisper: 100 languages" in result.output
    assert "ok       translate with firefox: pt" in result.output
    assert "ok       translate with apertium: ca" in result.output


def test_servers_that_are_away_make_it_sick(tmp_path: Path) -> None:
    arguments = ("--engines", "scripted", "--kafka", "127.0.0.1:1", "--redis", "redis://127.0.0.1:1")
    result = doctor(*arguments, "--data", str(tmp_path))
    assert result.exit_code == 1
    assert "missing  Kafka does not answer at 127.0.0.1:1\n" in result.output
    assert "missing  Redis does not answer" in result.output
    assert "ok       translate with scripted: every language" in result.output


def test_an_engine_that_there_is_none_of_makes_it_sick(tmp_path: Path) -> None:
    arguments = ["doctor", "--engines", "nonsense", "--data", str(tmp_path)]
    result = CliRunner().invoke(main, arguments, env={"DRAGOMAN_ENGINE": "scripted"})
    assert result.exit_code == 1
    assert "note     DRAGOMAN_ENGINE is no setting: did you mean DRAGOMAN_ENGINES?\n" in result.output
    assert "missing  transcribe: --engines (DRAGOMAN_ENGINES): 'nonsense' is none of" in result.output


def test_missing_programs_come_with_the_command_that_installs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = doctor("--engines", "scripted", "--data", str(tmp_path))
    assert result.exit_code == 1
    for program, package in [
        ("setpriv", "util-linux"),
        ("java", "default-jre-headless"),
        ("mvn", "maven"),
        ("redis-server", "redis-server"),
    ]:
        assert f"missing  {program}: sudo apt-get install -y {package}\n" in result.output


@pytest.mark.parametrize(
    ("free", "state", "words"),
    [
        (5_000_000_000, "ok", "5 GB free"),
        (1_900_000_000, "note", "only 1.9 GB are free"),
        (299_000_000, "missing", "299 MB are free .* 300 MB are needed to start: free some"),
    ],
)
def test_a_disk_that_fills_up_is_noted_and_a_full_one_is_an_error(
    free: int, state: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("dragoman.local.checks.free_bytes", lambda _: free)
    finding = check_disk(tmp_path)
    assert finding.state == state
    assert re.search(words, finding.text)


@pytest.mark.parametrize("error", [errno.EIO, errno.EACCES])
def test_a_disk_of_which_nobody_can_tell_what_is_free_is_one_line(
    error: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(_: Path) -> int:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr("dragoman.local.checks.free_bytes", broken)
    result = doctor("--engines", "scripted", "--data", str(tmp_path))
    assert result.exit_code == 1
    assert f"missing  the disk of {tmp_path} cannot be used: {os.strerror(error)}\n" in result.output
    assert "ok       translate with scripted: every language\n" in result.output  # the rest was looked at, too


async def test_amazons_services_are_each_called_once_and_what_is_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("--engines", "amazon", "--kafka", "127.0.0.1:1", "--redis", "redis://127.0.0.1:1")

    async def told() -> str:
        result = await asyncio.to_thread(doctor, *arguments, "--data", str(tmp_path))
        assert result.exit_code == 1, "Kafka is away"
        return result.output

    async with AmazonPeers(tmp_path) as peers:
        for name, setting in peers.settings.items():
            monkeypatch.setenv(f"DRAGOMAN_{name.upper()}", setting)
        output = await told()
        assert re.search(r"ok       transcribe with amazon: \d+ languages\n", output)
        assert "ok       translate with amazon: ca de es es-MX fr no pt pt-PT zh zh-TW\n" in output
        assert "ok       synthesize with amazon: en en-GB en-IN en-US es" in output
        assert [len(peers.transcribe.streams), len(peers.rest.calls)] == [1, 4]
        peers.transcribe.faults.refuse = (403, "AccessDeniedException")
        peers.rest.faults.error = "ThrottlingException"
        output = await told()
        assert "missing  transcribe with amazon: Amazon Transcribe: permission: the credentials do not allow" in output
        assert "missing  translate with amazon: Amazon Translate: quota: translate:ListLanguages" in output
        assert "missing  synthesize with amazon: Amazon Polly: quota: polly:DescribeVoices" in output
        monkeypatch.delenv("DRAGOMAN_AMAZON_REGION")
        assert "missing  translate with amazon: Amazon Translate: region: none is named" in await told()
        monkeypatch.setenv("DRAGOMAN_AMAZON_REGION", REGION)
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        assert "missing  transcribe with amazon: Amazon Transcribe: credentials: none are found" in await told()


def test_better_models_that_could_be_had_come_with_the_command(tmp_path: Path) -> None:
    findings = list(check_models(read_settings(models=str(tmp_path))))
    assert [(each.state, each.text.split(",")[0]) for each in findings] == [("note", "better models could be had")]
    assert "models fetch whisper-base " in findings[0].text
    assert " firefox-en-es " in findings[0].text
    assert "tiny " not in findings[0].text  # stands in for a better one
    (tmp_path / "firefox-en-es").mkdir()
    note = Note(name="firefox-en-es", fetched_at="", places=(), files=())
    (tmp_path / "firefox-en-es" / "model.json").write_bytes(msgspec.json.encode(note))
    assert " firefox-en-es " not in next(check_models(read_settings(models=str(tmp_path)))).text
    assert not list(check_models(read_settings(models=str(tmp_path), engines="scripted")))
