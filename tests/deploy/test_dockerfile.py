"""The image is what the manifests and the set-up expect."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
BASE = ROOT / "deploy/k8s/base"


def test_the_image_runs_as_the_user_of_the_manifests() -> None:
    (user,) = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    for file in ("gateway", "transcribe", "translate", "synthesize", "broadcast"):
        *_, deployment = yaml.safe_load_all((BASE / f"{file}.yaml").read_text())
        security = deployment["spec"]["template"]["spec"]["securityContext"]
        assert (str(security["runAsUser"]), str(security["runAsGroup"])) == user


def test_the_image_exposes_the_ports_of_the_manifests() -> None:
    settings = yaml.safe_load((BASE / "settings.yaml").read_text())["data"]
    assert f"EXPOSE {settings['DRAGOMAN_PORT']} {settings['DRAGOMAN_OPERATOR_PORT']}\n" in DOCKERFILE


def test_the_base_image_can_be_chosen() -> None:
    assert "ARG BASE=debian:12-slim\n" in DOCKERFILE
    stages = re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) - {*stages} == {"${BASE}"}


def test_the_image_has_the_models_that_make_run_fetches_and_its_processes_find_them() -> None:
    (folder,) = re.findall(r"^COPY --from=models /models (\S+)$", DOCKERFILE, re.MULTILINE)
    assert f"DRAGOMAN_MODELS={folder} " in DOCKERFILE
    assert "ARG MODELS=--default\n" in DOCKERFILE
    assert "wanted=(--default)\n" in (ROOT / "deploy/models.sh").read_text()
    assert "dragoman models fetch --models /models ${MODELS}" in DOCKERFILE


def test_the_image_has_the_system_packages_of_the_engines_and_no_servers() -> None:
    """The same language pairs that the set-up installs on a machine."""
    pairs = set(re.findall(r"\bapertium-[a-z]+-[a-z]+\b", (ROOT / "deploy/setup.sh").read_text()))
    assert len(pairs) == 10
    assert set(re.findall(r"\bapertium-[a-z]+-[a-z]+\b", DOCKERFILE)) == pairs
    for package in ("espeak-ng", "festival", "festvox-ca-ona-hts"):
        assert package in DOCKERFILE
        assert package in (ROOT / "deploy/setup.sh").read_text()
    assert not re.findall(r"redis-server|kafka_|jre|jdk", DOCKERFILE)


def test_everything_that_is_copied_is_let_through_and_exists() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    files = {name for line in copied for name in line.split()}
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert files == let_through
    assert all((ROOT / name).exists() for name in files)


def test_every_library_is_checked_against_the_lock() -> None:
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    assert DOCKERFILE.count("pip install") == DOCKERFILE.count("--no-index") - DOCKERFILE.count("pip wheel")


def test_every_file_beside_the_sources_is_installed() -> None:
    """A page or a script that no pattern matches is there in a checkout, and missing in the image."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    others = [
        path
        for folder in ("gateway", "workers", "schemas", "dragoman")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    ]
    assert len(others) > 5
    assert not [str(path) for path in others if not any(path.match(pattern) for pattern in patterns)]
