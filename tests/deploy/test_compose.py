"""compose.yaml: the same processes and servers as the manifests, for one machine."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dragoman.cli import COMMANDS
from dragoman.reference import ROOT
from dragoman.runtime.settings import Settings
from schemas.topics import STAGES
from tests.deploy.test_overlays import overlay

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


def test_every_process_runs_with_commands_and_settings_that_exist() -> None:
    ours = {name: service for name, service in SERVICES.items() if service["image"] == "dragoman"}
    assert set(ours) == {"topics", "gateway", *STAGES, "ops"}
    known = {f"DRAGOMAN_{name.upper()}" for name in Settings.model_fields}
    for name, service in ours.items():
        assert service["command"] == (["worker", name] if name in STAGES else [name])
        assert service["command"][0] in COMMANDS
        assert set(service["environment"]) <= known
        assert set(service["depends_on"]) <= set(SERVICES)


@pytest.mark.parametrize("given", ["", "sixteen characters"])
def test_the_gateway_makes_a_secret_where_none_is_given(given: str, tmp_path: Path) -> None:
    program = tmp_path / "dragoman"
    program.write_text('#!/bin/sh\necho "$DRAGOMAN_SECRET"; echo "$@"\n')
    program.chmod(0o755)
    gateway = SERVICES["gateway"]
    argv = [word.replace("$$", "$") for word in (*gateway["entrypoint"], *gateway["command"])]
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DRAGOMAN_SECRET": given}
    told = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout
    secret, arguments = told.splitlines()
    assert arguments == "gateway"
    assert secret == given if given else len(secret) == 64


def test_only_this_machine_reaches_it() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_servers_are_those_of_the_demo() -> None:
    for name in ("kafka", "redis"):
        (container,) = overlay("demo")[f"StatefulSet-{name}"]["spec"]["template"]["spec"]["containers"]
        assert SERVICES[name]["image"] == container["image"]
    kafka = {each["name"]: each["value"] for each in container_of("kafka")["env"]}
    other = {"KAFKA_ADVERTISED_LISTENERS", "KAFKA_LOG_DIRS", "KAFKA_HEAP_OPTS"}
    assert {k: v for k, v in kafka.items() if k not in other} == {
        k: v for k, v in SERVICES["kafka"]["environment"].items() if k not in other
    }
    assert set(container_of("redis")["args"]) >= set(SERVICES["redis"]["command"])


def container_of(name: str) -> dict[str, Any]:
    container: dict[str, Any] = overlay("demo")[f"StatefulSet-{name}"]["spec"]["template"]["spec"]["containers"][0]
    return container
