"""The component with which the workers of a cluster share a volume of models."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from dragoman.cli import COMMANDS
from dragoman.cli.models import command as models
from tests.deploy.kustomize import rendered, with_component
from tests.deploy.test_k8s import BASE, VERSIONS, kubectl, named

COMPONENT = BASE.parent / "components/models-volume"
OVERLAY: dict[str, Any] = {
    "apiVersion": "kustomize.config.k8s.io/v1beta1",
    "kind": "Kustomization",
    "namespace": "dragoman",
    "images": [{"name": "dragoman", "newTag": "1.2.3"}],
}
DOCUMENTS = {named(document): document for document in with_component(COMPONENT, rendered(BASE), OVERLAY)}
JOB = DOCUMENTS["Job-models"]["spec"]["template"]["spec"]
USERS = ("transcribe", "translate", "synthesize")


def pod_of(name: str) -> dict[str, Any]:
    pod: dict[str, Any] = DOCUMENTS[f"Deployment-{name}"]["spec"]["template"]["spec"]
    return pod


def mounts(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [mount for mount in pod["containers"][0].get("volumeMounts", []) if mount["name"] == "models"]


def volumes(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [volume for volume in pod.get("volumes", []) if volume["name"] == "models"]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_rendered_is_valid(version: str) -> None:
    for document in DOCUMENTS.values():
        kubernetes_validate.validate(document, version, strict=True)


def test_every_file_of_the_component_is_used() -> None:
    kustomization = yaml.safe_load((COMPONENT / "kustomization.yaml").read_text())
    used = {*kustomization["resources"], *(patch["path"] for patch in kustomization["patches"])}
    assert {path.name for path in COMPONENT.iterdir()} == used | {"kustomization.yaml"}


def test_it_is_rendered_as_kubectl_does_wherever_there_is_one(tmp_path: Path) -> None:
    assert len(DOCUMENTS) == len(rendered(BASE)) + 2
    if program := kubectl():
        shutil.copytree(BASE.parent, tmp_path / "k8s")
        overlay = tmp_path / "k8s/overlays/own"
        overlay.mkdir(parents=True)
        both = {"resources": ["../../base"], "components": ["../../components/models-volume"]}
        (overlay / "kustomization.yaml").write_text(yaml.safe_dump(OVERLAY | both))
        argv = [program, "kustomize", overlay]
        told = subprocess.run(argv, capture_output=True, check=True, timeout=60, text=True)
        assert {named(document): document for document in yaml.safe_load_all(told.stdout)} == DOCUMENTS


@pytest.mark.parametrize("name", USERS)
def test_whoever_has_models_reads_them_where_the_settings_say_and_cannot_write(name: str) -> None:
    pod = pod_of(name)
    folder = DOCUMENTS["ConfigMap-dragoman"]["data"]["DRAGOMAN_MODELS"]
    assert mounts(pod) == [{"name": "models", "mountPath": folder, "readOnly": True}]
    assert volumes(pod) == [{"name": "models", "persistentVolumeClaim": {"claimName": "models", "readOnly": True}}]


def test_nobody_else_has_them() -> None:
    for name in {"gateway", "broadcast"}:
        assert mounts(pod_of(name)) == volumes(pod_of(name)) == []


def test_the_job_fetches_them_to_the_same_place_of_the_same_volume() -> None:
    container = JOB["containers"][0]
    assert container["args"][0] in COMMANDS
    assert container["args"][1] in models.commands
    assert container["image"] == "dragoman:1.2.3"
    assert [mount["mountPath"] for mount in mounts(JOB)] == [
        mount["mountPath"] for mount in mounts(pod_of("translate"))
    ]
    assert not mounts(JOB)[0].get("readOnly")
    (volume,) = volumes(JOB)
    assert volume["persistentVolumeClaim"] == {
        "claimName": DOCUMENTS["PersistentVolumeClaim-models"]["metadata"]["name"]
    }
    assert DOCUMENTS["PersistentVolumeClaim-models"]["spec"]["accessModes"] == ["ReadWriteMany"]


def test_the_job_is_as_restricted_as_the_workers() -> None:
    worker = pod_of("translate")
    for member in ("automountServiceAccountToken", "enableServiceLinks"):
        assert JOB[member] is worker[member] is False
    assert JOB["securityContext"].items() >= worker["securityContext"].items()
    assert JOB["containers"][0]["securityContext"] == worker["containers"][0]["securityContext"]
