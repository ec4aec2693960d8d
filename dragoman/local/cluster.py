"""What `dragoman doctor --cluster` looks at, by kubectl and its current context. Nothing is changed."""

import base64
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dragoman.local.checks import Finding
from dragoman.runtime.errors import DragomanError
from schemas.topics import STAGES, topics

OURS: Final = ("gateway", *STAGES, "ops")
LEAST_SECRET: Final = 16
_PATIENCE_S: Final = 30
_LAG: Final = re.compile(r"^dragoman_consumer_lag_seconds\{(.*)\} ", re.MULTILINE)
_READ: Final = {topic for read in STAGES.values() for topic in read}
"""Topics of which `ops` tells how many partitions they have."""


def check_cluster(namespace: str) -> Iterator[Finding]:
    """Every finding, as soon as it is known. Raises DragomanError when the cluster cannot be asked."""
    context = _kubectl("config", "current-context").strip()
    pods = _items("pods", namespace)
    yield Finding("ok", f"the cluster {context} answers; its namespace is {namespace}")
    deployments = {each["metadata"]["name"]: each for each in _items("deployments", namespace)}
    yield from check_deployments(deployments, pods)
    yield from check_versions(deployments)
    settings = _object("configmap", "dragoman", namespace)
    yield from check_settings(settings and settings.get("data", {}), _object("secret", "dragoman", namespace))
    yield from check_claims(_items("persistentvolumeclaims", namespace))
    proxy = f"/api/v1/namespaces/{namespace}/services/ops:8081/proxy"
    try:
        stages, metrics = json.loads(_kubectl("get", "--raw", f"{proxy}/stages")), ""
        metrics = _kubectl("get", "--raw", f"{proxy}/metrics")
    except (DragomanError, ValueError) as error:
        yield Finding("note", f"ops tells nothing of Kafka and Redis: {error}; a network policy may forbid to ask it")
        return
    yield from check_lag(stages)
    wanted = ((settings or {}).get("data") or {}).get("DRAGOMAN_PARTITIONS", "")
    yield from check_topics(metrics, wanted)


def check_deployments(deployments: Mapping[str, Any], pods: Sequence[Any]) -> Iterator[Finding]:
    """Whether each process has as many copies ready as it wants; else what its pods say."""
    for name in OURS:
        deployment = deployments.get(name)
        if deployment is None:
            yield Finding(
                "missing", f"there is no deployment {name}: kubectl apply -k an overlay of deploy/k8s/overlays"
            )
            continue
        wanted, ready = deployment["spec"].get("replicas", 1), deployment.get("status", {}).get("readyReplicas", 0)
        own = [pod for pod in pods if pod["metadata"].get("labels", {}).get("app.kubernetes.io/name") == name]
        troubles = sorted({trouble for pod in own for trouble in _troubles(pod)})
        said = f": {'; '.join(troubles)}" if troubles else ""
        if wanted == 0:
            yield Finding("missing", f"{name} is scaled to 0: nobody does its work")
        elif ready < wanted:
            yield Finding("missing", f"{name}: {ready} of {wanted} ready{said}")
        else:
            yield Finding("note" if troubles else "ok", f"{name}: {ready} of {wanted} ready{said}")


def _troubles(pod: Any) -> Iterator[str]:
    """Why a pod is not ready, and that it was killed for want of memory."""
    status = pod.get("status", {})
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield f"no node takes it ({condition.get('message', condition.get('reason', ''))})"
    for container in (*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])):
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            yield f"{container['name']} waits ({waiting['reason']})"
        ended = container.get("lastState", {}).get("terminated", {})
        if ended.get("reason") == "OOMKilled":
            yield f"{container['name']} was killed for want of memory"
        elif ended and not container.get("ready"):
            yield f"{container['name']} ended with status {ended.get('exitCode')}"


def check_versions(deployments: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether all processes are of one image."""
    images: dict[str, list[str]] = {}
    for name in OURS:
        if name in deployments:
            container = deployments[name]["spec"]["template"]["spec"]["containers"][0]
            images.setdefault(container["image"], []).append(name)
    if len(images) > 1:
        named = "; ".join(f"{image}: {', '.join(names)}" for image, names in images.items())
        yield Finding("note", f"{len(images)} versions run side by side, as while an update is under way: {named}")
    elif images:
        yield Finding("ok", f"all are of {next(iter(images))}")


def check_settings(settings: Mapping[str, str] | None, secret: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Whether the settings and the secret are there, and what has to be in them."""
    for name in ("DRAGOMAN_KAFKA", "DRAGOMAN_REDIS"):
        if not (settings or {}).get(name):
            yield Finding("missing", f"{name} is not set in the ConfigMap dragoman")
    if secret is None:
        yield Finding(
            "missing", "there is no Secret dragoman, or it may not be read: docs/operations.md says how it is made"
        )
        return
    kept = base64.b64decode(secret.get("data", {}).get("DRAGOMAN_SECRET", ""))
    if len(kept) < LEAST_SECRET:
        yield Finding("missing", f"DRAGOMAN_SECRET of the Secret dragoman has not {LEAST_SECRET} characters")
    else:
        yield Finding("ok", f"the Secret dragoman has {', '.join(sorted(secret['data']))}")


def check_claims(claims: Sequence[Any]) -> Iterator[Finding]:
    """Volumes that nobody gave."""
    for claim in claims:
        phase = claim.get("status", {}).get("phase")
        if phase != "Bound":
            yield Finding("missing", f"the volume {claim['metadata']['name']} is {phase}: is there a storage class?")


def check_lag(told: Mapping[str, Any]) -> Iterator[Finding]:
    """How far each stage is behind, and how many speak."""
    for stage, lag in told["stages"].items():
        text = f"{stage} is {lag['seconds']:.1f} s behind, {lag['messages']} records wait"
        late = lag.get("late", 0)
        yield Finding("missing" if late else "ok", f"{text}; {late} partitions are late" if late else text)
    yield Finding("ok", f"sessions that have a speaker: {told['speaking']}")


def check_topics(metrics: str, wanted: str) -> Iterator[Finding]:
    """Whether the topics that stages read have the partitions that they should have."""
    labels = [dict(re.findall(r'(\w+)="([^"]*)"', each)) for each in _LAG.findall(metrics)]
    places = {(each["topic"], each["partition"]) for each in labels}
    counts = Counter(topic for topic, _ in places)
    known = [topic.name for topic in topics(1, 1) if topic.name in _READ]
    for topic in known:
        if topic not in counts:
            yield Finding("missing", f"Kafka has no topic {topic}: `dragoman topics` makes it")
    if len(set(counts.values())) > 1:
        yield Finding(
            "missing", f"topics differ in their partitions: {_named(counts)}; a session has one number in all"
        )
    elif counts and wanted and str(next(iter(counts.values()))) != wanted:
        yield Finding("note", f"topics have {_named(counts)} partitions, DRAGOMAN_PARTITIONS says {wanted}")
    elif counts:
        yield Finding("ok", f"topics and their partitions: {_named(counts)}")


def _named(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{topic} {count}" for topic, count in sorted(counts.items()))


def _items(kind: str, namespace: str) -> list[Any]:
    found: list[Any] = json.loads(_kubectl("-n", namespace, "get", kind, "-o", "json"))["items"]
    return found


def _object(kind: str, name: str, namespace: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(_kubectl("-n", namespace, "get", kind, name, "-o", "json"))
    except DragomanError:
        return None
    return found


def _kubectl(*arguments: str) -> str:
    """What it says. Raises DragomanError."""
    argv = ("kubectl", f"--request-timeout={_PATIENCE_S}s", *arguments)
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=2 * _PATIENCE_S, check=False)
    except FileNotFoundError as error:
        raise DragomanError("kubectl is not installed: --cluster asks the cluster with it") from error
    except subprocess.TimeoutExpired as error:
        raise DragomanError("kubectl does not answer") from error
    if done.returncode:
        raise DragomanError(" ".join(done.stderr.split()) or f"kubectl ended with status {done.returncode}")
    return done.stdout
