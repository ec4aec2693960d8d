"""Every overlay on a real API server: applied, rolled out, drained, scaled, updated, rolled back, deleted."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from dragoman.cli import main
from schemas.topics import STAGES
from tests.cluster.plane import LONGEST_S, VOLUMES, Plane, volume
from tests.cluster.scaler import answering, autoscaler
from tests.deploy.test_overlays import K8S, OVERLAYS, overlay
from tests.secured.certificates import Authority

IN = ("-n", "dragoman")
REFUSED: dict[str, Callable[[dict[str, Any]], object]] = {
    "hostNetwork": lambda pod: pod.update(hostNetwork=True),
    "runAsNonRoot": lambda pod: pod["securityContext"].update(runAsUser=0, runAsNonRoot=False),
    "seccompProfile": lambda pod: pod["securityContext"].pop("seccompProfile"),
    "allowPrivilegeEscalation": lambda pod: pod["containers"][0]["securityContext"].pop("allowPrivilegeEscalation"),
    "unrestricted capabilities": lambda pod: pod["containers"][0]["securityContext"].pop("capabilities"),
    "hostPath": lambda pod: pod["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
}


@pytest.fixture(scope="module", params=OVERLAYS)
def applied(request: pytest.FixtureRequest, plane: Plane) -> Iterator[str]:
    """An overlay that is rolled out; its tests come in this order, the last one deletes it."""
    plane.create([volume(number) for number in range(VOLUMES)])
    told = plane.ask("apply", "-k", K8S / "overlays" / request.param)
    assert "warning" not in told.lower()
    plane.rolled_out("dragoman")
    yield request.param
    plane.ask("delete", "--ignore-not-found", "namespace", "dragoman")
    plane.ask("delete", "pv", "--all")


def deployments(plane: Plane) -> dict[str, dict[str, Any]]:
    return {found["metadata"]["name"]: found for found in plane.get(*IN, "deployment")}


def generations(plane: Plane) -> dict[str, int]:
    """How often what is wanted of an object has changed."""
    kinds = "deployment,statefulset,service,configmap,poddisruptionbudget,ingress,networkpolicy,scaledobject,kafka"
    found = plane.get(*IN, kinds)
    return {f"{each['kind']}/{each['metadata']['name']}": each["metadata"].get("generation", 0) for each in found}


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.2)


def test_everything_is_there_and_applying_again_changes_nothing(applied: str, plane: Plane) -> None:
    assert set(deployments(plane)) == {"gateway", *STAGES, "ops"}
    for name, found in deployments(plane).items():
        assert found["status"]["readyReplicas"] == found["spec"]["replicas"], name
    before = generations(plane)
    plane.ask("apply", "-k", K8S / "overlays" / applied)
    assert generations(plane) == before


def test_copies_are_on_different_nodes(applied: str, plane: Plane) -> None:
    if applied == "production":
        plane.ask(*IN, "scale", "deployment/gateway", "--replicas=3")
        plane.rolled_out("dragoman")
        pods = plane.get(*IN, "pod", "-l", "app.kubernetes.io/name=gateway")
        assert len({pod["spec"]["nodeName"] for pod in pods}) == 3
        plane.ask("apply", "-k", K8S / "overlays" / applied)
        assert deployments(plane)["gateway"]["spec"]["replicas"] == 3, "an apply leaves to the autoscaler what it chose"


def test_pods_that_could_do_harm_are_refused(applied: str, plane: Plane) -> None:
    template = overlay(applied)["Deployment-translate"]["spec"]["template"]["spec"]
    for name, change in REFUSED.items():
        pod = json.loads(json.dumps(template))
        change(pod)
        document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "harm"}, "spec": pod}
        told = plane.ask(*IN, "create", "--dry-run=server", "-f", "-", given=json.dumps(document), fails=True)
        assert "violates PodSecurity" in told, name
    document["spec"] = template
    plane.ask(*IN, "create", "--dry-run=server", "-f", "-", given=json.dumps(document))


def test_a_demo_makes_its_secret_with_no_other_right(applied: str, plane: Plane, tmp_path: Path) -> None:
    """The very script of the Job, with the token that the Job gets."""
    if applied == "production":
        assert "own-secret" not in plane.ask(*IN, "get", "job,serviceaccount,role")
        return
    token = plane.ask(*IN, "create", "token", "own-secret").strip()
    (tmp_path / "token").write_text(token)
    (tmp_path / "namespace").write_text("dragoman")
    shutil.copy(plane.ca, tmp_path / "ca.crt")
    script = plane.get(*IN, "configmap", "own-secret")["data"]["make_secret.py"]

    def run() -> str:
        argv = [sys.executable, "-c", script, str(tmp_path), plane.server]
        return subprocess.run(argv, capture_output=True, check=True, text=True, timeout=60).stdout

    assert run() == "the Secret is made\n"
    made = plane.get(*IN, "secret", "dragoman")["data"]
    assert run() == "there is a Secret\n"
    assert plane.get(*IN, "secret", "dragoman")["data"] == made
    as_it = ("--as", "system:serviceaccount:dragoman:own-secret")
    assert plane.ask(*IN, "auth", "can-i", "get", "secrets", *as_it, fails=True).strip() == "no"


def test_the_doctor_knows_what_is_there(applied: str, plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """No container runs here: `ops` cannot be asked for the rest."""
    for name, said in plane.environment.items():
        monkeypatch.setenv(name, said)
    told = CliRunner().invoke(main, ["doctor", "--cluster"]).output
    for name, found in deployments(plane).items():
        copies = found["spec"]["replicas"]
        assert f"ok       {name}: {copies} of {copies} ready\n" in told
    assert "ok       all are of " in told
    assert "note     ops tells nothing of Kafka and Redis: " in told
    secret = "missing  there is no Secret dragoman" if applied == "production" else "ok       the Secret dragoman has "
    assert secret in told


def test_a_node_is_drained_and_no_more_than_one_copy_is_away(applied: str, plane: Plane) -> None:
    pods = plane.get(*IN, "pod", "-l", "app.kubernetes.io/name=gateway")
    if len(pods) > 1:
        nodes = [node["metadata"]["name"] for node in plane.get("node")]
        plane.ask("cordon", *nodes)  # nobody comes in place of the first that goes
        first, second = (pod["metadata"]["name"] for pod in pods[:2])
        plane.ask("create", "--raw", *eviction(first))
        told = plane.ask("create", "--raw", *eviction(second), fails=True)
        assert "disruption budget" in told
        plane.ask("uncordon", *nodes)
        plane.rolled_out("dragoman")
    node = plane.get(*IN, "pod", "-l", "app.kubernetes.io/name=translate")[0]["spec"]["nodeName"]
    plane.ask("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", f"--timeout={LONGEST_S}s")
    plane.rolled_out("dragoman")
    running = [pod for pod in plane.get(*IN, "pod") if pod["status"]["phase"] == "Running"]
    assert not [pod for pod in running if pod["spec"]["nodeName"] == node]
    plane.ask("uncordon", node)


def eviction(pod: str) -> tuple[str, ...]:
    file = Path(os.environ.get("TMPDIR", "/tmp")) / f"dragoman-eviction-{os.getpid()}-{pod}.json"
    asked = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": "dragoman"}}
    file.write_text(json.dumps(asked))
    return f"/api/v1/namespaces/dragoman/pods/{pod}/eviction", "-f", str(file)


def test_seconds_of_speech_scale_the_stages_up_and_down(applied: str, plane: Plane, tmp_path: Path) -> None:
    if applied != "production":
        assert "scaledobject" not in plane.ask(*IN, "get", "scaledobject")
        return
    pair = Authority(tmp_path / "tls").signed("localhost")
    quiet = {name: {"seconds": 0, "messages": 0, "late": 0} for name in STAGES}
    told: dict[str, Any] = {"speaking": 0, "stages": quiet}
    scaled = [document for document in overlay(applied).values() if document["kind"] == "ScaledObject"]

    def replicas() -> dict[str, int]:
        return {name: found["spec"]["replicas"] for name, found in deployments(plane).items()}

    with answering(plane, pair, told):
        plane.create([autoscaler(document, calm_s=2) for document in scaled])
        until(lambda: set(replicas().values()) == {2, 1})  # `ops` has one
        told["speaking"] = 40
        until(lambda: [replicas()[name] for name in ("transcribe", "synthesize", "translate")] == [5, 2, 2])
        told["stages"] = quiet | {
            "translate": {"seconds": 4, "messages": 9, "late": 9},
            "broadcast": {"seconds": 900, "messages": 4000, "late": 1},  # it is stuck: more workers do not help
        }
        until(lambda: replicas()["translate"] == 9)
        assert replicas()["broadcast"] == 2
        told["stages"] = quiet
        told["speaking"] = 0
        until(lambda: set(replicas().values()) == {2, 1})
    plane.ask(*IN, "delete", "hpa", "--all")


def test_a_new_version_comes_without_a_gap_and_can_be_taken_back(applied: str, plane: Plane, tmp_path: Path) -> None:
    until(lambda: not plane.get(*IN, "job"))  # one that is done cannot be changed, and goes
    plane.rolled_out("dragoman")
    before = images(plane)
    shutil.copytree(K8S, tmp_path / "k8s")
    file = tmp_path / "k8s/overlays" / applied / "kustomization.yaml"
    kustomization = yaml.safe_load(file.read_text())
    kustomization["images"][0]["newTag"] = "0.2.0"
    file.write_text(yaml.safe_dump(kustomization))
    copies = {name: found["spec"]["replicas"] for name, found in deployments(plane).items()}
    plane.ask("apply", "-k", file.parent)
    least = copies.copy()

    def updated() -> bool:
        done = True
        for name, found in deployments(plane).items():
            status = found["status"]
            least[name] = min(least[name], status.get("availableReplicas", 0))
            seen = status["observedGeneration"] == found["metadata"]["generation"]
            done &= seen and status.get("updatedReplicas") == status["replicas"] == copies[name]
        return done

    until(updated)
    assert least == copies, "never fewer than there are to be"
    assert {image.rpartition(":")[2] for image in images(plane).values()} == {"0.2.0"}
    for name in copies:
        plane.ask(*IN, "rollout", "undo", f"deployment/{name}")
    plane.rolled_out("dragoman")
    assert images(plane) == before


def images(plane: Plane) -> dict[str, str]:
    return {n: found["spec"]["template"]["spec"]["containers"][0]["image"] for n, found in deployments(plane).items()}


def test_nothing_is_left_when_it_is_deleted(applied: str, plane: Plane) -> None:
    plane.ask("delete", "-k", K8S / "overlays" / applied, f"--timeout={LONGEST_S}s")
    plane.ask("get", "namespace", "dragoman", fails=True)
    left = plane.ask("get", "clusterrole,clusterrolebinding,pv,crd", "-l", "app.kubernetes.io/part-of=dragoman")
    assert "No resources found" in left
