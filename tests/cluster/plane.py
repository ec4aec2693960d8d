"""A real Kubernetes control plane on the loopback, as build.sh has built it. Nodes are played by kwok: pods become
ready, and no container runs. Admission, scheduling, controllers, budgets and autoscaling are the real ones.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from dragoman.local.ports import free_ports
from tests.deploy.custom_resources import definitions
from tests.secured.certificates import Authority, Pair
from tests.servers import running

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dragoman/cluster"
NODES = 3
VOLUMES = 4
"""For the claims of one overlay: nothing here makes volumes when they are claimed."""
LONGEST_S = 240


class Plane:
    """A kubectl that talks to it."""

    def __init__(self, programs: Path, folder: Path, server: str, authority: Authority) -> None:
        self.server, self.ca = server, authority.ca
        self.environment = {"PATH": str(programs), "KUBECONFIG": str(folder / "admin.yaml")}
        """With it a `kubectl` of anybody talks to it."""
        self._kubectl = [str(programs / "kubectl"), "--kubeconfig", str(folder / "admin.yaml")]

    def ask(self, *arguments: str | Path, given: str = "", fails: bool = False) -> str:
        """What kubectl says, with its warnings; with `fails` it must refuse."""
        argv = [*self._kubectl, *map(str, arguments)]
        done = subprocess.run(argv, input=given, capture_output=True, text=True, timeout=2 * LONGEST_S, check=False)
        told = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, told
        return told

    def get(self, *arguments: str) -> Any:
        """One object, or the items of a list."""
        found = json.loads(self.ask("get", *arguments, "-o", "json"))
        return found["items"] if found["kind"].endswith("List") else found

    def create(self, documents: list[dict[str, Any]]) -> None:
        """Applies documents."""
        self.ask("apply", "-f", "-", given=yaml.safe_dump_all(documents))

    def rolled_out(self, namespace: str) -> None:
        """Waits until everything is ready that has pods."""
        for kind in ("deployment", "statefulset"):
            for found in self.get("-n", namespace, kind):
                name = f"{kind}/{found['metadata']['name']}"
                self.ask("-n", namespace, "rollout", "status", name, f"--timeout={LONGEST_S}s")

    def answers(self) -> str:
        """What is missing, or nothing."""
        argv = [*self._kubectl, "get", "--raw", "/readyz"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        return "" if done.returncode == 0 else f"the API server is not ready: {done.stderr[-300:]}"


@contextmanager
def control_plane(folder: Path) -> Iterator[Plane]:
    """Runs it until the block ends."""
    (programs,) = sorted((Path(os.environ.get("DRAGOMAN_CLUSTER_CACHE") or CACHE)).glob("bin-*"))[-1:]
    authority = Authority(folder / "tls")
    etcd, peer, api, controllers, scheduler, kwok = free_ports(6)
    server = f"https://127.0.0.1:{api}"
    pairs = {
        "admin": authority.signed("admin", "system:masters"),
        "controllers": authority.signed("system:kube-controller-manager"),
        "scheduler": authority.signed("system:kube-scheduler"),
    }
    for name, pair in pairs.items():
        (folder / f"{name}.yaml").write_text(_kubeconfig(server, authority.ca, pair))
    plane = Plane(programs, folder, server, authority)
    accounts = authority.signed("service-accounts")
    of_server, of_proxy = authority.signed("kube-apiserver"), authority.signed("front-proxy")
    commands = {
        "etcd": [
            *("--data-dir", folder / "etcd", "--listen-client-urls", f"http://127.0.0.1:{etcd}"),
            *("--advertise-client-urls", f"http://127.0.0.1:{etcd}", "--listen-peer-urls", f"http://127.0.0.1:{peer}"),
            *("--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}"),
            *("--initial-cluster", f"default=http://127.0.0.1:{peer}", "--unsafe-no-fsync", "--log-level", "warn"),
        ],
        "kube-apiserver": [
            *("--etcd-servers", f"http://127.0.0.1:{etcd}", "--bind-address", "127.0.0.1", "--secure-port", api),
            *("--advertise-address", "127.0.0.1", "--endpoint-reconciler-type", "none"),
            *("--service-cluster-ip-range", "10.0.0.0/24", "--authorization-mode", "RBAC", "--allow-privileged"),
            *("--client-ca-file", authority.ca, "--tls-cert-file", of_server.cert),
            *("--tls-private-key-file", of_server.key, "--service-account-issuer", "https://kubernetes.default.svc"),
            *("--service-account-key-file", accounts.cert, "--service-account-signing-key-file", accounts.key),
            *("--requestheader-client-ca-file", authority.ca, "--requestheader-allowed-names", "front-proxy"),
            *("--requestheader-username-headers", "X-Remote-User", "--requestheader-group-headers", "X-Remote-Group"),
            *("--requestheader-extra-headers-prefix", "X-Remote-Extra-"),
            *("--proxy-client-cert-file", of_proxy.cert, "--proxy-client-key-file", of_proxy.key),
        ],
        "kube-controller-manager": [
            *("--kubeconfig", folder / "controllers.yaml", "--bind-address", "127.0.0.1"),
            *("--secure-port", controllers, "--leader-elect=false", "--use-service-account-credentials"),
            *("--service-account-private-key-file", accounts.key, "--root-ca-file", authority.ca),
            *("--horizontal-pod-autoscaler-sync-period", "2s"),
        ],
        "kube-scheduler": [
            *("--kubeconfig", folder / "scheduler.yaml", "--bind-address", "127.0.0.1"),
            *("--secure-port", scheduler, "--leader-elect=false"),
        ],
        "kwok": [
            *("--kubeconfig", folder / "admin.yaml", "--manage-all-nodes=true", "--node-ip", "127.0.0.1"),
            *("--cidr", "10.1.0.0/16", "--node-lease-duration-seconds", "40"),
            *("--server-address", f"127.0.0.1:{kwok}"),
        ],
    }

    async def started() -> str:
        return ""

    async def ready() -> str:
        return plane.answers()

    with ExitStack() as stack:
        for name, arguments in commands.items():
            argv = [str(programs / name), *map(str, arguments)]
            probe = ready if name == "kube-apiserver" else started
            stack.enter_context(running(argv, folder / f"{name}.log", probe))
        plane.create([*map(_node, range(NODES)), *definitions()])
        plane.ask("wait", "--for=condition=Ready", "node", "--all", f"--timeout={LONGEST_S}s")
        plane.ask("wait", "--for=condition=Established", "crd", "--all", f"--timeout={LONGEST_S}s")
        yield plane


def volume(number: int) -> dict[str, Any]:
    """One that a claim may have."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"volume-{number}"},
        "spec": {
            "capacity": {"storage": "500Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": f"/nowhere/{number}"},
        },
    }


def _node(number: int) -> dict[str, Any]:
    labels = {"kubernetes.io/os": "linux", "kubernetes.io/hostname": f"node-{number}"}
    room = {"cpu": "16", "memory": "64Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": f"node-{number}",
            "labels": labels | {"topology.kubernetes.io/zone": f"zone-{number}"},
        },
        "status": {"allocatable": room, "capacity": room},
    }


def _kubeconfig(server: str, ca: str, pair: Pair) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "it",
            "clusters": [{"name": "it", "cluster": {"server": server, "certificate-authority": ca}}],
            "users": [{"name": "it", "user": {"client-certificate": pair.cert, "client-key": pair.key}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        }
    )
