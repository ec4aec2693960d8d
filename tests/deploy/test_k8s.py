"""The manifests are valid, consistent with each other and with the program, and hardened."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from dragoman.cli import COMMANDS
from dragoman.runtime.settings import Settings, read_settings
from schemas.topics import STAGES
from tests.deploy.kustomize import rendered
from workers.synthesize.encoders import PROCESSES as ENCODERS
from workers.synthesize.engines.kokoro.room import processes
from workers.transcribe.engines.pool.trials import AT_ONCE

BASE = Path(__file__).parents[2] / "deploy/k8s/base"
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((BASE / "kustomization.yaml").read_text())
OLDEST = "1.30"
VERSIONS = [OLDEST, kubernetes_validate.latest_version()]
KUBECTL = (1, 27)
WORKER_MB = 200
"""A worker without its engines, with room to spare."""
KOKORO = 3
"""Times DRAGOMAN_ENGINE_MEMORY_MB that a process of it may take; what others may, each one process:"""
OTHERS = {"piper": 2, "festival": 2, "pico": 1, "espeak": 1}


def documents() -> Iterator[dict[str, Any]]:
    for file in KUSTOMIZATION["resources"]:
        yield from yaml.safe_load_all((BASE / file).read_text())


DOCUMENTS = list(documents())
DEPLOYMENTS = [document for document in DOCUMENTS if document["kind"] == "Deployment"]


def named(document: dict[str, Any]) -> str:
    return f"{document['kind']}-{document['metadata']['name']}"


def settings_of(container: dict[str, Any]) -> list[str]:
    return [variable["name"] for variable in container.get("env", [])]


def containers(deployment: dict[str, Any]) -> list[dict[str, Any]]:
    pod = deployment["spec"]["template"]["spec"]
    return [*pod.get("initContainers", []), *pod["containers"]]


def limit_mb(stage: str) -> int:
    """Mebibytes of a pod."""
    (deployment,) = [found for found in DEPLOYMENTS if found["metadata"]["name"] == stage]
    memory: str = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
    return int(memory[:-2]) * {"Mi": 1, "Gi": 1024}[memory[-2:]]


def settings_map() -> dict[str, str]:
    (found,) = [document for document in DOCUMENTS if document["kind"] == "ConfigMap"]
    return dict(found["data"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_document_is_valid_in_the_oldest_and_newest_kubernetes(document: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(document, version, strict=True)


def test_a_misspelt_key_would_be_found() -> None:
    wrong = json.loads(json.dumps(DEPLOYMENTS[0]))
    wrong["spec"]["template"]["spec"]["terminationGracePeriodSecond"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, OLDEST, strict=True)


def test_every_file_of_the_base_is_listed() -> None:
    files = {path.name for path in BASE.iterdir()} - {"kustomization.yaml"}
    assert files == set(KUSTOMIZATION["resources"])


def kubectl() -> str | None:
    """A kubectl that knows the fields of our kustomization; it is no package of Debian."""
    program = shutil.which("kubectl")
    if not program:
        return None
    told = subprocess.run([program, "version", "--client", "-o", "json"], capture_output=True, check=True, timeout=60)
    version = json.loads(told.stdout)["clientVersion"]
    return program if (int(version["major"]), int(version["minor"].rstrip("+"))) >= KUBECTL else None


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_rendered_is_valid_too(version: str) -> None:
    documents = rendered(BASE)
    assert [named(document) for document in documents] == [named(document) for document in DOCUMENTS]
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)
        if document["kind"] != "Namespace":
            assert document["metadata"]["namespace"] == "dragoman"
        for container in containers(document) if document["kind"] == "Deployment" else []:
            assert container["image"] == f"dragoman:{KUSTOMIZATION['images'][0]['newTag']}"


def test_it_is_rendered_as_kubectl_does_wherever_there_is_one() -> None:
    ours = {named(document): document for document in rendered(BASE)}
    assert all(document["metadata"]["labels"]["app.kubernetes.io/part-of"] for document in ours.values())
    if program := kubectl():
        told = subprocess.run([program, "kustomize", BASE], capture_output=True, check=True, timeout=60, text=True)
        assert told.stderr == ""
        assert {named(document): document for document in yaml.safe_load_all(told.stdout)} == ours


def test_there_is_a_deployment_for_the_gateway_each_stage_and_who_watches_them() -> None:
    assert {deployment["metadata"]["name"] for deployment in DEPLOYMENTS} == {"gateway", "ops", *STAGES}


def test_every_variable_is_a_setting() -> None:
    variables = {f"DRAGOMAN_{name.upper()}" for name in Settings.model_fields}
    assert set(settings_map()) <= variables
    for deployment in DEPLOYMENTS:
        for container in containers(deployment):
            assert set(settings_of(container)) <= variables


def test_the_settings_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in settings_map().items():
        monkeypatch.setenv(name, text)
    settings = read_settings()
    assert (settings.partitions, settings.replication) == (64, 3)
    assert not settings.on_loopback
    assert settings.auth, "off loopback it must be said who may speak"


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_every_container_runs_a_command_that_exists(deployment: dict[str, Any]) -> None:
    name = deployment["metadata"]["name"]
    own = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    assert own == (["worker", name] if name in STAGES else [name])
    for container in containers(deployment):
        assert container["args"][0] in COMMANDS
        assert container["image"] == KUSTOMIZATION["images"][0]["name"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_ports_and_probes_are_those_of_the_settings(deployment: dict[str, Any]) -> None:
    settings = settings_map()
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    ports = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    assert ports.pop("operator") == settings["DRAGOMAN_OPERATOR_PORT"]
    assert ports == ({"http": settings["DRAGOMAN_PORT"]} if deployment["metadata"]["name"] == "gateway" else {})
    probes = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {probe["port"] for probe in probes.values()} == {"operator"}
    assert [probe["path"] for probe in probes.values()] == ["/healthz", "/healthz", "/readyz"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_pods_are_restricted(deployment: dict[str, Any]) -> None:
    pod = deployment["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(deployment):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_memory_is_limited_and_the_processor_is_not(deployment: dict[str, Any]) -> None:
    for container in containers(deployment):
        assert set(container["resources"]["limits"]) == {"memory"}
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}


@pytest.mark.parametrize(("stage", "at_their_bound"), [("transcribe", 24), ("translate", 2)])
def test_engines_end_at_their_own_bound_before_the_kernel_ends_the_pod(
    stage: str, at_their_bound: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`at_their_bound`: of transcribe, sessions of all processes and of those for suspects; else processes, of which
    one text drives one so far."""
    for name, text in settings_map().items():
        monkeypatch.setenv(name, text)
    settings = read_settings()
    if stage == "transcribe":
        assert at_their_bound == (settings.recognisers + AT_ONCE) * settings.sessions_per_recogniser
    assert at_their_bound * settings.engine_memory_mb + WORKER_MB <= limit_mb(stage)


def test_all_voices_and_encoders_at_their_bounds_are_no_more_than_the_pod_on_a_node_of_any_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in settings_map().items():
        monkeypatch.setenv(name, text)
    of_one = read_settings().engine_memory_mb
    count, each_mb = processes(64, limit_mb("synthesize"), KOKORO * of_one)
    assert count > 1
    others = sum(OTHERS.values()) * of_one
    assert count * each_mb + others + ENCODERS * of_one + WORKER_MB <= limit_mb("synthesize")


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_every_process_has_its_pods_name_as_its_instance(deployment: dict[str, Any]) -> None:
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "DRAGOMAN_INSTANCE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}} in container["env"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_selectors_lead_to_the_pods(deployment: dict[str, Any]) -> None:
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    name = deployment["metadata"]["name"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels == {"app.kubernetes.io/name": name}
    for constraint in deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]:
        assert constraint["labelSelector"]["matchLabels"] == labels
    (budget,) = [found for found in DOCUMENTS if named(found) == f"PodDisruptionBudget-{name}"]
    assert budget["spec"]["selector"]["matchLabels"] == labels
    for service in [found for found in DOCUMENTS if named(found) == f"Service-{name}"]:
        assert service["spec"]["selector"] == labels


def test_the_grace_period_leaves_time_after_the_pre_stop_pause() -> None:
    (gateway,) = [found for found in DEPLOYMENTS if found["metadata"]["name"] == "gateway"]
    pod = gateway["spec"]["template"]["spec"]
    pause_s = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] >= pause_s + 40


def test_no_secret_is_committed() -> None:
    assert not [document for document in DOCUMENTS if document["kind"] == "Secret"]
    assert "DRAGOMAN_SECRET" not in settings_map()
    for deployment in DEPLOYMENTS:
        for container in containers(deployment):
            assert {"secretRef": {"name": "dragoman"}} in container["envFrom"]
