"""`dragoman load` on a real gateway, Kafka and Redis, with workers that have scripted engines."""

import asyncio
import csv
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis

from schemas.languages import abilities_key
from schemas.topics import STAGES
from tests.gateway.client import StartGateway
from tests.gateway.conftest import redis, start_gateway
from tests.workers.driving import until_true
from tests.workers.worker_process import WorkerProcess, worker

__all__ = ["redis", "start_gateway"]
pytestmark = pytest.mark.system

OPTIONS = (
    *("--concurrency", "2", "--listeners", "6", "--languages", "es,ca", "--restless", "1"),
    *("--duration", "10", "--ramp", "1", "--warm-up", "2", "--profile", "meeting", "--seed", "67"),
    *("--simple", "2", "--interruptions", "1", "--false-alarms", "1"),
    *("--timeout", "simple=120", "--timeout", "interruptions=120", "--timeout", "false-alarms=120"),
)
"""With this seed there is one of each scenario at least, and of each kind of listener. The limits are those of a busy
machine: nothing is asserted about speed."""


@pytest.fixture
def workers(kafka: str, redis_url: str, tmp_path: Path) -> Iterator[list[WorkerProcess]]:
    """One of each stage."""
    settings = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": redis_url, "DRAGOMAN_ENGINES": "scripted"}
    settings["DRAGOMAN_SPEECH_DEADLINE_S"] = "300"
    with ExitStack() as stack:
        yield [
            stack.enter_context(worker(["-m", f"workers.{stage}"], tmp_path / f"{stage}.log", **settings))
            for stage in STAGES
        ]


async def test_a_load_is_measured_told_in_every_form_and_judged(
    start_gateway: StartGateway, redis: Redis, workers: list[WorkerProcess], tmp_path: Path
):
    for stage in ("transcribe", "translate", "synthesize"):  # what the fixture says stands there until workers do
        await redis.delete(abilities_key(stage))
    for each in workers:
        await each.started()
    for stage in ("transcribe", "translate", "synthesize"):
        await until_true(lambda stage=stage: redis.exists(abilities_key(stage)))
    gateway = await start_gateway()
    files = {kind: tmp_path / f"load.{kind}" for kind in ("json", "csv", "prometheus", "html")}
    told = [argument for kind, path in files.items() for argument in (f"--{kind}", str(path))]
    judged = ("--fail-if", "failures>0", "--fail-if", "ttft_min>500s")
    status, out, err = await command("load", "--server", gateway.url, *OPTIONS, *told, *judged)
    assert status == 1, err
    assert err.startswith("failed: failures>0: it is ")
    assert "ttft_min" not in err
    assert " whole and in time" in out

    found = json.loads(files["json"].read_text())
    outcomes = found["scenarios"]
    assert set(outcomes) == {"simple", "interruptions", "false-alarms"}
    assert outcomes["simple"]["failed"] == outcomes["interruptions"]["failed"] == {}
    # A scripted recogniser takes everything for speech, noise as well: each of these is heard, and said.
    assert outcomes["false-alarms"]["failed"] == {"false alarm": outcomes["false-alarms"]["requests"]}
    figures = found["figures"]
    for name in ("connection", "ttft", "first_audio", "total", "recovery", "speech"):
        assert figures[name]["count"] > 0, name
    assert found["requests"] == figures["ttft"]["independent"] == 5
    assert figures["ttft"]["count"] == 2 * 5, "two stay in each session"
    assert 0 <= figures["total"]["min"] <= figures["total"]["mean"]
    assert not {"ttft", "first_audio", "total"} & set(found["unanswered"])
    assert found["left_out"] == 1
    listeners = found["listeners"]
    assert listeners["joined"] + listeners["joined late"] == 12
    assert {"left", "lost the network"} <= set(listeners)
    assert found["bytes_sent"] > 2 * 10 * 32_000, "two microphones that never pause"
    assert found["bytes_received"] > 0

    rows = list(csv.DictReader(files["csv"].read_text().split("\n\n")[0].splitlines()))
    assert {row["figure"]: int(row["samples"]) for row in rows} == {
        name: each["count"] for name, each in figures.items()
    }
    assert f'scenario="simple",outcome="ok"}} {outcomes["simple"]["succeeded"]}' in files["prometheus"].read_text()
    assert files["html"].read_text().count("<svg") >= 5


async def command(*arguments: str) -> tuple[int | None, str, str]:
    """Exit status, standard output and standard error of `dragoman …`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dragoman.cli",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, out.decode(), err.decode()
