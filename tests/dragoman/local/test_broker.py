import os
from pathlib import Path

import pytest

from dragoman.local.broker import VERSION, fetch_jars, jars_folder, prepare_broker
from dragoman.runtime.errors import DragomanError

FAKE_MVN = """#!/bin/sh
for argument; do
  case $argument in -DoutputDirectory=*) folder=${argument#*=} ;; esac
done
mkdir -p "$folder"
touch "$folder/kafka.jar"
echo fetched >> "$MVN_CALLS"
"""
BROKEN_MVN = """#!/bin/sh
echo "[INFO] Scanning for projects..."
echo "[ERROR] Failed to read artifact descriptor: Unknown host"
echo "[ERROR] Re-run Maven using the -X switch"
exit 1
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs besides those of the system that shell scripts need; java is there."""
    folder = tmp_path / "programs"
    folder.mkdir()
    put(folder, "java", "#!/bin/sh\n")
    for name in ("sh", "mkdir", "touch", "setpriv"):
        folder.joinpath(name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MVN_CALLS", str(tmp_path / "calls"))
    return folder


def put(folder: Path, name: str, source: str) -> None:
    folder.joinpath(name).write_text(source)
    folder.joinpath(name).chmod(0o755)


def test_jars_are_fetched_once_and_it_is_said(programs: Path, tmp_path: Path) -> None:
    put(programs, "mvn", FAKE_MVN)
    said: list[str] = []
    folder = fetch_jars(said.append)
    assert folder == jars_folder() == tmp_path / "cache" / "dragoman" / f"kafka-{VERSION}"
    assert os.listdir(folder) == ["kafka.jar"]
    assert fetch_jars(said.append) == folder
    assert len(said) == 1
    assert (tmp_path / "calls").read_text() == "fetched\n"


def test_a_failed_fetch_says_why_and_leaves_nothing_half_done(programs: Path) -> None:
    put(programs, "mvn", BROKEN_MVN)
    with pytest.raises(DragomanError, match=r"mvn: \[ERROR\] Failed to read .* Unknown host \(all of it: .*mvn\.log"):
        fetch_jars(lambda line: None)
    assert sorted(os.listdir(jars_folder().parent)) == ["fetching.lock", "mvn.log"]


@pytest.mark.parametrize(("program", "package"), [("java", "default-jre-headless"), ("mvn", "maven")])
def test_a_missing_program_is_named_with_its_package(programs: Path, program: str, package: str) -> None:
    put(programs, "mvn", FAKE_MVN)
    programs.joinpath(program).unlink()
    with pytest.raises(DragomanError, match=f"^{program} is missing: sudo apt-get install -y {package}$"):
        fetch_jars(lambda line: None)


def test_storage_is_formatted_once(programs: Path, tmp_path: Path) -> None:
    formatted = tmp_path / "kafka" / "log" / "meta.properties"
    put(programs, "java", f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\nmkdir -p {formatted.parent}\ntouch {formatted}\n')
    first = prepare_broker(tmp_path / "kafka", tmp_path / "jars", 20001, 20002)
    second = prepare_broker(tmp_path / "kafka", tmp_path / "jars", 20003, 20004)
    assert first == second
    assert first[-2:] == ["kafka.Kafka", str(tmp_path / "kafka" / "server.properties")]
    assert (tmp_path / "calls").read_text().count("StorageTool format") == 1
    properties = (tmp_path / "kafka" / "server.properties").read_text()
    assert "listeners=PLAINTEXT://127.0.0.1:20003,CONTROLLER://127.0.0.1:20004\n" in properties
    assert "auto.create.topics.enable=false\n" in properties


def test_storage_that_cannot_be_formatted_is_one_line(programs: Path, tmp_path: Path) -> None:
    put(programs, "java", "#!/bin/sh\necho no space left on device\nexit 1\n")
    with pytest.raises(
        DragomanError, match=r"could not be formatted: no space left on device \(all of it: .*format\.log"
    ):
        prepare_broker(tmp_path / "kafka", tmp_path / "jars", 20001, 20002)
