"""deploy/setup.sh on a machine that its programs describe: each test puts fakes of them first, or alone, in PATH."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TOOLS = (
    "basename",
    "bash",
    "cat",
    "cp",
    "cut",
    "dirname",
    "flock",
    "grep",
    "id",
    "mkdir",
    "readlink",
    "sed",
    "sha256sum",
    "tail",
)

PYTHON = """#!/bin/bash
[ "$1" = -VV ] && echo "Python {version} (fake)" && exit
[ "$1" = -V ] && echo "Python {version}" && exit
[ "$1" = -m ] && echo "python $*" >> "$CALLS" && mkdir -p .venv/bin && cp "$0" .venv/bin/python && exit
case $2 in
*ensurepip*) exit {ensurepip} ;;
*sys.exit*) exit {fits} ;;
*version_info*) echo "{version}" ;;
esac
"""
CALLED = '#!/bin/bash\necho "${0##*/} $*" >> "$CALLS"\n'


class Computer:
    """A copy of the project's set-up and the programs of one computer."""

    def __init__(self, folder: Path) -> None:
        self.project, self.programs, self.calls = folder / "project", folder / "programs", folder / "calls"
        (self.project / "deploy").mkdir(parents=True)
        self.programs.mkdir()
        shutil.copy(ROOT / "deploy" / "setup.sh", self.project / "deploy")
        for name in ("requirements.lock", "pyproject.toml"):
            (self.project / name).write_text(name)
        for name in TOOLS:
            (self.programs / name).symlink_to(shutil.which(name) or f"/usr/bin/{name}")
        for name in ("java", "mvn", "redis-server", "espeak-ng", "setpriv", "nginx", "node", "promtool"):
            self.put(name, CALLED)
        self.python()
        self.put("dpkg-query", "#!/bin/bash\necho installed\n")
        self.put("apt-get", CALLED)
        self.put("apt-cache", "#!/bin/bash\necho '  Candidate: 1.0'\n")
        self.put("id", "#!/bin/bash\necho 0\n")
        self.put("env", '#!/bin/bash\nwhile [[ $1 == *=* ]]; do shift; done\nexec "$@"\n')

    def put(self, name: str, source: str) -> None:
        (self.programs / name).unlink(missing_ok=True)
        (self.programs / name).write_text(source)
        (self.programs / name).chmod(0o755)

    def python(self, version: str = "3.11.2", ensurepip: int = 0, fits: int = 0) -> None:
        self.put("python3", PYTHON.format(version=version, ensurepip=ensurepip, fits=fits))

    def remove(self, *names: str) -> None:
        for name in names:
            (self.programs / name).unlink()

    def set_up(self, *needed_for: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [shutil.which("bash") or "bash", "deploy/setup.sh", *needed_for],
            cwd=self.project,
            env={"PATH": str(self.programs), "CALLS": str(self.calls)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def called(self) -> list[str]:
        """Command lines of the fakes that tell, in order; those since the last question."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return lines


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def test_the_second_time_nothing_is_done(computer: Computer) -> None:
    first = computer.set_up()
    assert first.returncode == 0, first.stderr
    assert [line.split()[1:3] for line in computer.called()] == [["-m", "venv"], ["-m", "pip"], ["-m", "pip"]]
    (computer.project / ".venv" / "bin" / "dragoman").touch(mode=0o755)
    second = computer.set_up()
    assert (second.returncode, second.stdout, computer.called()) == (0, "", [])


def test_a_changed_lock_is_installed(computer: Computer) -> None:
    computer.set_up()
    (computer.project / ".venv" / "bin" / "dragoman").touch(mode=0o755)
    computer.called()
    (computer.project / "requirements.lock").write_text("changed")
    assert computer.set_up().returncode == 0
    assert any("--require-hashes" in line for line in computer.called())


def test_what_is_missing_is_installed_by_root_and_what_there_is_none_of_is_left_out(computer: Computer) -> None:
    computer.remove("java", "redis-server")
    computer.put("dpkg-query", "#!/bin/bash\n[[ $4 == *spa-ita ]] || echo installed\n")
    computer.put("apt-cache", "#!/bin/bash\n[[ $2 == *spa-ita ]] || echo '  Candidate: 1.0'\n")
    result = computer.set_up()
    assert result.returncode == 0, result.stderr
    assert "left out, because this release does not package it: apertium-spa-ita\n" in result.stdout
    assert computer.called()[:2] == [
        "apt-get update",
        "apt-get install -y --no-install-recommends default-jre-headless redis-server",
    ]


def test_only_tests_need_a_browser(computer: Computer) -> None:
    assert computer.set_up().returncode == 0
    assert not any("chromium" in line for line in computer.called())
    (computer.project / ".venv" / "bin" / "dragoman").touch(mode=0o755)
    assert computer.set_up("test").returncode == 0
    assert computer.called()[1] == "apt-get install -y --no-install-recommends chromium"
    computer.put("chromium", CALLED)
    for needed_for in ("test", "run"):
        assert (computer.set_up(needed_for).stdout, computer.called()) == ("", [])


@pytest.mark.parametrize(("program", "package"), [("nginx", "nginx"), ("node", "nodejs"), ("promtool", "prometheus")])
def test_only_tests_need_a_proxy_node_and_promtool(computer: Computer, program: str, package: str) -> None:
    computer.remove(program)
    computer.put("chromium", CALLED)
    computer.put("dpkg-query", "#!/bin/bash\n[[ $4 == nginx* ]] || echo installed\n")
    assert computer.set_up().returncode == 0
    assert not any(package in line for line in computer.called())
    (computer.project / ".venv" / "bin" / "dragoman").touch(mode=0o755)
    assert computer.set_up("test").returncode == 0
    assert computer.called()[1] == f"apt-get install -y --no-install-recommends {package}"


def test_without_root_the_exact_command_is_printed(computer: Computer) -> None:
    computer.put("id", "#!/bin/bash\necho 1000\n")
    computer.remove("mvn")
    result = computer.set_up()
    assert result.returncode == 1
    assert "  sudo apt-get update && sudo apt-get install -y --no-install-recommends maven\n" in result.stderr
    assert computer.called() == []


def test_a_user_with_sudo_installs(computer: Computer) -> None:
    computer.put("id", "#!/bin/bash\necho 1000\n")
    computer.put("sudo", '#!/bin/bash\n[ "$2" = true ] && exit\nshift\nexec "$@"\n')
    computer.remove("mvn")
    assert computer.set_up().returncode == 0
    assert computer.called()[1] == "apt-get install -y --no-install-recommends maven"


def test_a_python_without_ensurepip_needs_its_venv_package(computer: Computer) -> None:
    computer.python(ensurepip=1)
    computer.put("id", "#!/bin/bash\necho 1000\n")
    assert "python3-venv\n" in computer.set_up().stderr


def test_a_python_that_does_not_fit_is_said(computer: Computer) -> None:
    computer.python(version="3.14.0", fits=1)
    result = computer.set_up()
    assert result.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is needed and here is Python 3.14.0" in result.stderr


def test_what_fails_shows_its_last_lines_and_its_log(computer: Computer) -> None:
    computer.remove("mvn")
    computer.put("apt-get", "#!/bin/bash\necho E: the mirror is away\nexit 100\n")
    result = computer.set_up()
    assert result.returncode == 1
    assert "  E: the mirror is away\n" in result.stderr
    assert ".stamps/setup.log" in result.stderr


def test_the_lock_has_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pins = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert all("==" in line and line.endswith("\\") for line in pins)
