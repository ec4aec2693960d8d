"""`dragoman up` as a real program: it gets ready, mends itself, and leaves nothing behind however it ends."""

import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.certificate import write_certificate
from tests.processes import living, until
from tests.system.machine import ANY_PORTS, UP, Machine, machine, machine_in_terminal


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One that is ready, with two transcribe workers."""
    with machine(tmp_path_factory.mktemp("data"), "--engines", "scripted", "--workers", "transcribe=2") as up:
        up.read_until("ready")
        yield up


def refusal(data: Path, *options: str) -> str:
    """The one line with which `dragoman up` refuses to start."""
    ended = subprocess.run(
        [*UP, *ANY_PORTS, *options],
        env={**os.environ, "DRAGOMAN_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    return line


def test_it_says_ready_with_the_url_of_a_gateway_that_answers(running: Machine) -> None:
    assert running.lines[-1] == f"ready {running.run['url']}"
    with urllib.request.urlopen(running.run["url"], timeout=60) as page:
        assert page.status == 200


def test_run_json_tells_every_process_and_all_are_ready(running: Machine) -> None:
    run = running.run
    ours = ["gateway", "transcribe-0", "transcribe-1", "translate-0", "synthesize-0", "broadcast-0"]
    names = ["kafka", "redis", *ours, "ops"]
    assert list(run["processes"]) == names
    assert all(Path(f"/proc/{process['pid']}").exists() for process in run["processes"].values())
    assert all(running.readyz(name) == 200 for name in ours)
    logs = {path.stem for path in (running.data / "logs").iterdir()}
    assert logs | {"ops"} == set(names), "that one may not have said anything yet"


def test_with_a_certificate_its_link_and_its_demo_speak_tls(tmp_path: Path) -> None:
    files = write_certificate(tmp_path / "tls", name="talks.example")
    tls = ("--tls-cert", files.tls_cert, "--tls-key", files.tls_key)
    with machine(tmp_path / "data", "--engines", "scripted", "--demo", *tls) as up:
        up.read_until("ready https://127.0.0.1:")
        up.read_until("  in a terminal: ")
        up.read_until("Spanish")


def test_a_second_one_on_the_same_data_is_refused(running: Machine) -> None:
    assert f"(process {running.process.pid}) uses the folder {running.data}" in refusal(running.data)


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert f"port {port} is taken" in refusal(tmp_path / "data", "--port", str(port))
    assert not (tmp_path / "data" / "kafka").exists()


@pytest.mark.parametrize(("option", "address"), [("--kafka", "127.0.0.1:1"), ("--redis", "redis://127.0.0.1:1")])
def test_a_given_server_that_is_not_there_is_refused(tmp_path: Path, option: str, address: str) -> None:
    assert f"does not answer at {address}" in refusal(tmp_path, option, address)


async def test_a_worker_that_is_killed_comes_back_and_gets_ready(running: Machine) -> None:
    first = running.run["processes"]["transcribe-1"]["pid"]
    os.kill(first, signal.SIGKILL)

    def back() -> bool:
        try:
            return bool(running.run["processes"]["transcribe-1"]["pid"] != first and running.readyz("transcribe-1"))
        except OSError:
            return False

    await until(back, timeout_s=60)


def test_an_engine_that_there_is_none_of_is_refused_before_anything_starts(tmp_path: Path) -> None:
    line = refusal(tmp_path / "data", "--engines", "nonsense")
    assert "DRAGOMAN_ENGINES" in line
    assert "'nonsense' is none of whisper, amazon, scripted" in line
    assert not (tmp_path / "data").exists()


def test_topics_with_another_number_of_partitions_are_one_line(kafka: str, redis_url: str, tmp_path: Path) -> None:
    line = refusal(tmp_path, "--kafka", kafka, "--redis", redis_url, "--partitions", "5")
    assert "has 4 partitions, not 5: set DRAGOMAN_PARTITIONS=4" in line


async def test_ctrl_c_stops_everything_and_says_so(tmp_path: Path) -> None:
    with machine(tmp_path, "--engines", "scripted") as up:
        up.read_until("ready")
        up.process.send_signal(signal.SIGINT)
        up.read_until("everything is stopped")
        assert up.process.wait(30) == 0
        assert up.processes() == []
        assert not (tmp_path / "run.json").exists()


async def test_everything_stops_when_the_terminal_goes_away(tmp_path: Path) -> None:
    with machine_in_terminal(tmp_path, "--engines", "scripted") as (up, terminal):
        up.read_until("ready")
        assert len(up.processes()) >= 8
        os.close(terminal)
        await until(lambda: not up.processes())


async def test_nothing_is_left_when_it_is_killed(tmp_path: Path) -> None:
    """With the embedded engines at work: decoders and pipelines are not its children, but its children's."""
    with machine(tmp_path, "--demo") as up:
        up.read_until("ready")
        await until(lambda: "lt-proc" in up.descendants().values(), timeout_s=120)
        below = up.descendants()
        assert {"java", "redis-server", "apertium-transfer"} <= set(below.values())
        up.process.kill()
        await until(lambda: not living(below) and not up.processes())


async def test_nothing_is_left_when_it_is_killed_while_it_starts(tmp_path: Path) -> None:
    with machine(tmp_path, "--engines", "scripted") as up:
        up.read_until("starting Kafka")
        await until(lambda: any("redis-server" in line for line in up.processes()))
        up.process.kill()
        await until(lambda: not up.processes())
