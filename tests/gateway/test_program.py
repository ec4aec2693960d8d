"""`python -m gateway` as a program: what it says when it cannot start, and how it ends."""

import json
import signal
import socket
import subprocess
import sys
from typing import Any

import pytest

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings
from gateway.address import public_url
from gateway.gateway import check, connect_redis
from tests.gateway.program import environment

COMPLETE = {"kafka": "127.0.0.1:1", "redis": "redis://127.0.0.1:1/0", "secret": "s" * 32, "port": 0, "operator_port": 0}


def run(**settings: Any) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gateway"],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kafka": ""}, "DRAGOMAN_KAFKA"),
        ({"redis": ""}, "DRAGOMAN_REDIS"),
        ({"secret": ""}, "DRAGOMAN_SECRET"),
        ({"host": "0.0.0.0"}, "DRAGOMAN_AUTH=open"),
    ],
)
def test_what_is_missing_is_said(changes: dict[str, str], says: str) -> None:
    with pytest.raises(DragomanError, match=says):
        check(Settings(**(COMPLETE | changes)))


def test_an_open_gateway_on_a_network_must_be_asked_for() -> None:
    check(Settings(**(COMPLETE | {"host": "0.0.0.0", "auth": "open"})))


def test_an_address_that_is_no_redis_is_said() -> None:
    with pytest.raises(DragomanError, match="DRAGOMAN_REDIS"):
        connect_redis("http://nowhere")


def test_links_begin_with_an_address_that_others_can_open() -> None:
    settings = Settings(**(COMPLETE | {"host": "0.0.0.0"}))
    assert "0.0.0.0" not in public_url(settings, 8080)
    assert public_url(Settings(**(COMPLETE | {"public_url": "https://talks.example/"})), 1) == "https://talks.example"
    assert public_url(Settings(**COMPLETE), 8080) == "http://127.0.0.1:8080"


def test_a_program_that_cannot_start_ends_with_one_line() -> None:
    ended = run(**(COMPLETE | {"kafka": ""}))
    assert ended.returncode == 2
    assert ended.stderr.startswith("dragoman gateway: ")
    assert ended.stderr.count("\n") == 1
    assert "s" * 32 not in ended.stderr


@pytest.mark.parametrize("name", ["port", "operator_port"])
def test_a_port_that_is_taken_is_one_line(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run(**(COMPLETE | {name: taken.getsockname()[1], "log_level": "error"}))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"DRAGOMAN_{name.upper()}" in ended.stderr


@pytest.mark.parametrize(("loop", "number"), [("uvloop", signal.SIGTERM), ("asyncio", signal.SIGINT)])
def test_it_serves_without_kafka_and_redis_and_ends_when_told(loop: str, number: signal.Signals) -> None:
    argv = [sys.executable, "-m", "gateway"]
    settings = COMPLETE | {"loop": loop, "kakfa": "broker:9092"}
    with subprocess.Popen(argv, env=environment(**settings), stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr
        try:
            first = program.stderr.readline()
            assert {"settings.unknown", "DRAGOMAN_KAKFA", "DRAGOMAN_KAFKA"} < set(json.loads(first).values())
            for line in program.stderr:
                if "gateway.listening" in line:
                    break
            program.send_signal(number)
            rest = program.stderr.read()
            assert program.wait(20) == 0
            assert "Traceback" not in rest
        finally:
            program.kill()
