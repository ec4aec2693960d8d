"""Plays KEDA: makes the HorizontalPodAutoscaler that it makes of a ScaledObject, and answers its questions."""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import reduce
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.cluster.plane import Plane
from tests.secured.certificates import Pair

GROUP = "external.metrics.k8s.io"


def autoscaler(scaled: dict[str, Any], calm_s: int) -> dict[str, Any]:
    """Of a ScaledObject, without what asks for processors; it scales down when it has been calm for `calm_s`."""
    spec, name = scaled["spec"], scaled["metadata"]["name"]
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    calm = behavior["scaleDown"] | {"stabilizationWindowSeconds": calm_s}
    calm |= {"policies": [policy | {"periodSeconds": 2} for policy in calm["policies"]]}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": f"keda-hpa-{name}", "namespace": scaled["metadata"]["namespace"]},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": spec["minReplicaCount"],
            "maxReplicas": spec["maxReplicaCount"],
            "behavior": behavior | {"scaleDown": calm},
            "metrics": [_metric(trigger) for trigger in spec["triggers"] if trigger["type"] == "metrics-api"],
        },
    }


def _metric(trigger: dict[str, Any]) -> dict[str, Any]:
    kind = trigger["metricType"]
    target = {"type": kind, kind[0].lower() + kind[1:]: trigger["metadata"]["targetValue"]}
    return {
        "type": "External",
        "external": {"metric": {"name": trigger["metadata"]["valueLocation"]}, "target": target},
    }


@contextmanager
def answering(plane: Plane, pair: Pair, stages: dict[str, Any]) -> Iterator[None]:
    """The API of external metrics: the name of one is its place in `stages`, which is what `dragoman ops` tells."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Says nothing."""

        def do_GET(self) -> None:
            found = re.fullmatch(rf"/apis/{re.escape(GROUP)}/v1beta1/namespaces/[^/]+/([^/]+)", self.path.split("?")[0])
            body = _answer(found[1], stages) if found else _resources()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        _announce(plane, server.server_address[1])
        yield
    finally:
        plane.ask("delete", "apiservice", f"v1beta1.{GROUP}")
        server.shutdown()
        server.server_close()


def _announce(plane: Plane, port: int) -> None:
    service = {"name": "metrics", "namespace": "kube-system"}
    spec = {"group": GROUP, "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100}
    spec |= {"insecureSkipTLSVerify": True, "service": service | {"port": port}}
    plane.create(
        [
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": service,
                "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]},
            },
            {
                "apiVersion": "apiregistration.k8s.io/v1",
                "kind": "APIService",
                "metadata": {"name": f"v1beta1.{GROUP}"},
                "spec": spec,
            },
        ]
    )
    plane.ask("wait", "--for=condition=Available", "apiservice", f"v1beta1.{GROUP}", "--timeout=120s")


def _answer(place: str, stages: dict[str, Any]) -> dict[str, Any]:
    value = reduce(lambda found, name: found[name], place.split("."), stages)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    item = {"metricName": place, "metricLabels": {}, "timestamp": now, "value": str(value)}
    return {"kind": "ExternalMetricValueList", "apiVersion": f"{GROUP}/v1beta1", "metadata": {}, "items": [item]}


def _resources() -> dict[str, Any]:
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{GROUP}/v1beta1", "resources": []}
