"""The overlays that a person applies: rendered as kubectl does, valid, hardened, and true to the program."""

import subprocess
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from dragoman.runtime.settings import Settings, read_settings
from schemas.topics import STAGES, topics
from tests.deploy.custom_resources import DEFINED, complaints
from tests.deploy.kustomize import OF_PODS, rendered, with_component
from tests.deploy.test_k8s import BASE, VERSIONS, containers, kubectl, named

K8S = BASE.parent
OVERLAYS = ("demo", "demo-strimzi", "production")
PARTS = sorted(path.name for path in (K8S / "components").iterdir())
OURS = ("gateway", *STAGES, "ops")
PLAIN: dict[str, Any] = {"namespace": "dragoman", "images": [{"name": "dragoman", "newTag": "1"}]}

Document = dict[str, Any]


@cache
def overlay(name: str) -> dict[str, Document]:
    return {named(document): document for document in rendered(K8S / "overlays" / name)}


def with_part(name: str) -> list[Document]:
    return with_component(K8S / "components" / name, rendered(BASE), PLAIN)


def pods(documents: list[Document]) -> list[tuple[str, Document]]:
    found = [document for document in documents if document["kind"] in OF_PODS]
    return [(named(document), document["spec"]["template"]["spec"]) for document in found]


def variables(document: Document) -> dict[str, Any]:
    env = document["spec"]["template"]["spec"]["containers"][0].get("env", [])
    return {variable["name"]: variable.get("value") or variable["valueFrom"] for variable in env}


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_is_rendered_as_kubectl_does_wherever_there_is_one(name: str) -> None:
    assert overlay(name)
    if program := kubectl():
        argv = [program, "kustomize", K8S / "overlays" / name]
        told = subprocess.run(argv, capture_output=True, check=True, timeout=60, text=True)
        assert told.stderr == ""
        assert {named(document): document for document in yaml.safe_load_all(told.stdout)} == overlay(name)


@pytest.mark.parametrize("name", [*OVERLAYS, *PARTS])
def test_everything_is_valid_and_no_secret_is_committed(name: str) -> None:
    documents = [*overlay(name).values()] if name in OVERLAYS else with_part(name)
    for document in documents:
        assert document["kind"] != "Secret"
        if document["kind"] in DEFINED:
            assert complaints(document) == [], named(document)
        else:
            for version in VERSIONS:
                kubernetes_validate.validate(document, version, strict=True)


def test_a_wrong_custom_resource_would_be_found() -> None:
    topic = deepcopy(overlay("demo-strimzi")["KafkaTopic-audio"])
    topic["spec"] |= {"partition": 3, "partitions": 0}
    assert len(complaints(topic)) == 2


@pytest.mark.parametrize("name", PARTS)
def test_every_file_of_a_component_is_used(name: str) -> None:
    folder = K8S / "components" / name
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    used = {*kustomization.get("resources", []), *(each.get("path") for each in kustomization.get("patches", []))}
    used |= {file for made in kustomization.get("configMapGenerator", []) for file in made["files"]}
    assert {path.name for path in folder.iterdir()} == (used - {None}) | {"kustomization.yaml"}


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_pod_is_as_the_namespace_demands_and_gets_no_variables_of_services(name: str) -> None:
    """`restricted`, and `enableServiceLinks`: a Service `dragoman-kafka` would set DRAGOMAN_KAFKA_PORT."""
    (namespace,) = [document for document in overlay(name).values() if document["kind"] == "Namespace"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for pod_name, pod in pods([*overlay(name).values()]):
        assert pod["enableServiceLinks"] is False, pod_name
        assert pod["automountServiceAccountToken"] is (pod_name == "Job-own-secret")
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert set(container["resources"]["limits"]) <= {"memory", "nvidia.com/gpu"}
            assert set(container["resources"]["requests"]) == {"cpu", "memory"}


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_settings_are_accepted_and_every_variable_is_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = dict(overlay(name)["ConfigMap-dragoman"]["data"])
    known = {f"DRAGOMAN_{setting.upper()}" for setting in Settings.model_fields}
    assert set(said) <= known
    assert not {"DRAGOMAN_SECRET", "DRAGOMAN_KAFKA_PASSWORD", "DRAGOMAN_REDIS_PASSWORD"} & set(said)
    for process in OURS:
        assert set(variables(overlay(name)[f"Deployment-{process}"])) <= known
    said.pop("DRAGOMAN_KAFKA_CA", None)  # a file of the pod
    of_the_secret = {"DRAGOMAN_KAFKA_PASSWORD": "p", "DRAGOMAN_REDIS_PASSWORD": "p"}
    for variable, text in ({"DRAGOMAN_KAFKA_USER": "u"} | said | of_the_secret).items():
        monkeypatch.setenv(variable, text)
    settings = read_settings()
    assert settings.replication == (3 if name == "production" else settings.replication)


@pytest.mark.parametrize("name", ["demo", "demo-strimzi"])
def test_a_demo_makes_its_own_secret_and_fits_a_small_cluster(name: str) -> None:
    assert "Job-own-secret" in overlay(name)
    role, binding = overlay(name)["Role-own-secret"], overlay(name)["RoleBinding-own-secret"]
    assert role["rules"] == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}]
    assert binding["subjects"][0]["namespace"] == overlay(name)["Job-own-secret"]["metadata"]["namespace"]
    deployments = [document for document in overlay(name).values() if document["kind"] == "Deployment"]
    assert {document["spec"]["replicas"] for document in deployments} == {1}


def test_an_autoscaler_owns_the_replicas_of_whoever_it_scales() -> None:
    scaled = {d["metadata"]["name"]: d["spec"] for d in overlay("production").values() if d["kind"] == "ScaledObject"}
    assert set(scaled) == {"gateway", *STAGES}
    for name, spec in scaled.items():
        assert spec["scaleTargetRef"]["name"] == name
        assert "replicas" not in overlay("production")[f"Deployment-{name}"]["spec"]
        assert 2 <= spec["minReplicaCount"] <= spec["fallback"]["replicas"] <= spec["maxReplicaCount"]
        if name != "gateway":
            partitions = int(overlay("production")["ConfigMap-dragoman"]["data"]["DRAGOMAN_PARTITIONS"])
            assert spec["maxReplicaCount"] <= partitions
    assert "replicas" in overlay("production")["Deployment-ops"]["spec"]


def test_autoscalers_ask_for_what_the_ops_process_tells() -> None:
    asked = [
        (document["metadata"]["name"], trigger["metadata"]["valueLocation"], trigger["metadata"]["url"])
        for document in overlay("production").values()
        if document["kind"] == "ScaledObject"
        for trigger in document["spec"]["triggers"]
        if trigger["type"] == "metrics-api"
    ]
    service = overlay("production")["Service-ops"]
    for name, place, url in asked:
        assert place in ("speaking", f"stages.{name}.late")
        assert url == f"http://ops.dragoman.svc:{service['spec']['ports'][0]['port']}/stages"
    assert {name for name, place, _ in asked if place != "speaking"} == set(STAGES)


def test_strimzi_makes_the_topics_that_the_program_would() -> None:
    documents = {named(document): document for document in with_part("strimzi")}
    settings = documents["ConfigMap-dragoman"]["data"]
    made = {d["metadata"]["name"]: d["spec"] for d in documents.values() if d["kind"] == "KafkaTopic"}
    defaults = {name: Settings.model_fields[name].default for name in ("audio_retention_h", "text_retention_h")}
    assert made == {
        topic.name: {
            "partitions": int(settings["DRAGOMAN_PARTITIONS"]),
            "replicas": int(settings["DRAGOMAN_REPLICATION"]),
            "config": {
                "cleanup.policy": "compact" if topic.compacted else "delete",
                "retention.ms": topic.retention_ms,
            },
        }
        for topic in topics(**defaults)
    }
    assert "initContainers" not in documents["Deployment-gateway"]["spec"]["template"]["spec"]


def test_every_process_is_a_user_of_its_own_and_believes_strimzis_authority() -> None:
    documents = {named(document): document for document in with_part("strimzi")}
    assert {d["metadata"]["name"] for d in documents.values() if d["kind"] == "KafkaUser"} == set(OURS)
    file = Path(documents["ConfigMap-dragoman"]["data"]["DRAGOMAN_KAFKA_CA"])
    for name in OURS:
        said = variables(documents[f"Deployment-{name}"])
        assert said["DRAGOMAN_KAFKA_USER"] == name
        assert said["DRAGOMAN_KAFKA_PASSWORD"] == {"secretKeyRef": {"name": name, "key": "password"}}
        pod = documents[f"Deployment-{name}"]["spec"]["template"]["spec"]
        assert {"name": "kafka", "mountPath": str(file.parent), "readOnly": True} in pod["containers"][0][
            "volumeMounts"
        ]
        (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "kafka"]
        assert volume["secret"]["secretName"] == "dragoman-cluster-ca-cert"


def test_the_table_of_rights_is_that_of_the_manifests() -> None:
    page = (K8S.parents[1] / "docs/operations.md").read_text()
    for user in yaml.safe_load_all((K8S / "components/strimzi/users.yaml").read_text()):
        name = user["metadata"]["name"]
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {name} | `") and ": Describe" in line]
        for acl in user["spec"]["authorization"]["acls"]:
            kind, name = acl["resource"]["type"], acl["resource"]["name"]
            cell = row.split("|")[2 if kind == "topic" else 3]
            (group,) = [part for part in cell.split(";") if f"`{name}`" in part]
            assert group.split(": ")[1].strip() == ", ".join(acl["operations"])


def test_policies_let_through_what_the_processes_need_and_name_ports_that_exist() -> None:
    policies = {d["metadata"]["name"]: d["spec"] for d in with_part("networkpolicies") if d["kind"] == "NetworkPolicy"}
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ports = {
        port["name"]
        for _, pod in pods([*overlay("demo").values()])
        for container in pod["containers"]
        for port in container.get("ports", [])
    }
    selected: set[str] = set()
    for spec in policies.values():
        for rule in spec.get("ingress", []):
            assert {port["port"] for port in rule["ports"]} <= ports
        for expression in spec["podSelector"].get("matchExpressions", []):
            selected |= set(expression["values"])
    assert selected == {*OURS, "kafka", "redis", "models"}


def test_a_gpu_is_asked_for_by_whoever_recognises_speech_alone() -> None:
    for document in with_part("gpu"):
        if document["kind"] == "Deployment":
            wanted = [container["resources"]["limits"].get("nvidia.com/gpu") for container in containers(document)]
            assert (wanted == ["1"]) is (document["metadata"]["name"] == "transcribe")
