"""What `dragoman doctor --cluster` says, by a kubectl that the test plays."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dragoman.cli import main
from dragoman.local.cluster import OURS, check_deployments, check_lag, check_topics, check_versions
from schemas.topics import STAGES

SECRET = {"data": {"DRAGOMAN_SECRET": base64.b64encode(b"x" * 32).decode()}}
SETTINGS = {"data": {"DRAGOMAN_KAFKA": "kafka:9092", "DRAGOMAN_REDIS": "redis://redis/0", "DRAGOMAN_PARTITIONS": "2"}}
TOLD = {"stages": {stage: {"seconds": 0.2, "messages": 1, "late": 0} for stage in STAGES}, "speaking": 3}
RAW = "/api/v1/namespaces/talks/services/ops:8081/proxy"


def deployment(name: str, wanted: int = 2, ready: int = 2, image: str = "dragoman:0.1.0") -> dict[str, Any]:
    template = {"spec": {"containers": [{"image": image}]}}
    return {
        "metadata": {"name": name},
        "spec": {"replicas": wanted, "template": template},
        "status": {"readyReplicas": ready},
    }


def pod(name: str, *, state: dict[str, Any], last: dict[str, Any], ready: bool = False) -> dict[str, Any]:
    status = {"name": name, "ready": ready, "state": state, "lastState": last}
    labels = {"app.kubernetes.io/name": name}
    return {"metadata": {"labels": labels}, "status": {"containerStatuses": [status]}}


def metrics(**partitions: int) -> str:
    return "".join(
        f'dragoman_consumer_lag_seconds{{consumergroup="{stage}",partition="{number}",topic="{topic}"}} 0.0\n'
        for stage, topics in STAGES.items()
        for topic in topics
        for number in range(partitions.get(topic, 2))
    )


def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Result:
    """The command, on a cluster that is well but for `changes`: None, and kubectl refuses to tell that."""
    answers: dict[str, Any] = {
        "config current-context": "of-the-test\n",
        "-n talks get pods -o json": {"items": []},
        "-n talks get deployments -o json": {"items": [deployment(name) for name in OURS]},
        "-n talks get configmap dragoman -o json": SETTINGS,
        "-n talks get secret dragoman -o json": SECRET,
        "-n talks get persistentvolumeclaims -o json": {"items": []},
        f"get --raw {RAW}/stages": TOLD,
        f"get --raw {RAW}/metrics": metrics(),
    }
    places = {name.split()[-3] if "json" in name else name.rpartition("/")[2]: name for name in answers}
    places["secret"] = "-n talks get secret dragoman -o json"
    places["settings"] = "-n talks get configmap dragoman -o json"
    places["context"] = "config current-context"
    answers |= {places[name]: answer for name, answer in changes.items()}
    (tmp_path / "answers.json").write_text(json.dumps(answers))
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(
        "#!/usr/bin/env python3\n"
        "import json, sys\n"
        f"told = json.load(open({str(tmp_path / 'answers.json')!r}))[' '.join(sys.argv[2:])]\n"
        "if told is None: sys.exit('Error from server (NotFound): there is\\n none')\n"
        "print(told if isinstance(told, str) else json.dumps(told))\n"
    )
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return CliRunner().invoke(main, ["doctor", "--cluster", "--namespace", "talks"])


def test_a_cluster_that_is_well_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = cluster(tmp_path, monkeypatch)
    assert result.exit_code == 0, result.output
    assert {line[:8].strip() for line in result.output.splitlines()} == {"ok"}
    for said in (
        "the cluster of-the-test answers; its namespace is talks",
        "transcribe: 2 of 2 ready",
        "all are of dragoman:0.1.0",
        "the Secret dragoman has DRAGOMAN_SECRET",
        "broadcast is 0.2 s behind, 1 records wait",
        "topics and their partitions: audio 2, speech 2, transcripts 2, translations 2",
        "sessions that have a speaker: 3",
    ):
        assert f"ok       {said}\n" in result.output


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"deployments": {"items": []}}, "missing  there is no deployment gateway: kubectl apply -k"),
        ({"secret": None}, "missing  there is no Secret dragoman"),
        ({"secret": {"data": {}}}, "missing  DRAGOMAN_SECRET of the Secret dragoman has not 16 characters"),
        ({"settings": None}, "missing  DRAGOMAN_KAFKA is not set"),
        (
            {"persistentvolumeclaims": {"items": [{"metadata": {"name": "redis"}, "status": {"phase": "Pending"}}]}},
            "missing  the volume redis is Pending: is there a storage class?",
        ),
        ({"metrics": metrics(speech=0)}, "missing  Kafka has no topic speech: `dragoman topics` makes it"),
    ],
)
def test_what_is_missing_is_named(
    changes: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = cluster(tmp_path, monkeypatch, **changes)
    assert result.exit_code == 1
    assert said in result.output


def test_a_cluster_that_cannot_be_asked_is_one_line_and_ops_that_cannot_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = cluster(tmp_path, monkeypatch, stages=None)
    assert result.exit_code == 0
    assert (
        "note     ops tells nothing of Kafka and Redis: Error from server (NotFound): there is none;" in result.output
    )
    result = cluster(tmp_path, monkeypatch, context=None)
    assert (result.exit_code, result.stderr) == (2, "dragoman doctor: Error from server (NotFound): there is none\n")
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    result = CliRunner().invoke(main, ["doctor", "--cluster"])
    assert (result.exit_code, result.stderr[:42]) == (2, "dragoman doctor: kubectl is not installed:")


def test_why_copies_are_not_ready_is_said_by_their_pods() -> None:
    deployments = {name: deployment(name) for name in OURS} | {
        "translate": deployment("translate", ready=1),
        "gateway": deployment("gateway", wanted=0, ready=0),
    }
    unplaced = {"type": "PodScheduled", "status": "False", "message": "Insufficient memory"}
    killed = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    pods = [
        pod("translate", state={"waiting": {"reason": "CrashLoopBackOff"}}, last={"terminated": {"exitCode": 2}}),
        pod("translate", state={"waiting": {"reason": "ContainerCreating"}}, last={}),
        {"metadata": {"labels": {"app.kubernetes.io/name": "translate"}}, "status": {"conditions": [unplaced]}},
        pod("synthesize", state={"running": {}}, last=killed, ready=True),
    ]
    found = {each.text.partition(":")[0].split()[0]: each for each in check_deployments(deployments, pods)}
    assert found["translate"].state == "missing"
    assert found["translate"].text == (
        "translate: 1 of 2 ready: no node takes it (Insufficient memory); translate ended with status 2;"
        " translate waits (CrashLoopBackOff)"
    )
    assert (found["synthesize"].state, found["gateway"].state, found["ops"].state) == ("note", "missing", "ok")
    assert found["synthesize"].text == "synthesize: 2 of 2 ready: synthesize was killed for want of memory"


def test_versions_lag_and_partitions_that_differ_are_told() -> None:
    two = {"gateway": deployment("gateway"), "ops": deployment("ops", image="dragoman:0.2.0")}
    (versions,) = check_versions(two)
    assert (versions.state, versions.text[:32]) == ("note", "2 versions run side by side, as ")
    stages = {"translate": {"seconds": 9.04, "messages": 3, "late": 2}}
    late, speaking = check_lag({"stages": stages, "speaking": 0})
    assert (late.state, late.text) == ("missing", "translate is 9.0 s behind, 3 records wait; 2 partitions are late")
    assert speaking.state == "ok"
    (differ,) = check_topics(metrics(audio=4), "2")
    assert (differ.state, differ.text[:50]) == ("missing", "topics differ in their partitions: audio 4, speech")
    (other,) = check_topics(metrics(), "64")
    assert (other.state, other.text[-32:]) == ("note", "partitions, DRAGOMAN_PARTITIONS says 64"[-32:])
