"""What `kubectl kustomize` makes of our base, for machines without kubectl: only what our kustomization uses."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

KNOWN = {"apiVersion", "kind", "namespace", "labels", "images", "resources"}
CLUSTER_WIDE = {"Namespace"}


def rendered(base: Path) -> list[dict[str, Any]]:
    """The documents with namespace, labels and images as the kustomization has them."""
    kustomization: dict[str, Any] = yaml.safe_load((base / "kustomization.yaml").read_text())
    assert set(kustomization) <= KNOWN, "render the new field here, too"
    documents = [
        document for file in kustomization["resources"] for document in yaml.safe_load_all((base / file).read_text())
    ]
    for document in documents:
        if document["kind"] not in CLUSTER_WIDE:
            document["metadata"]["namespace"] = kustomization["namespace"]
        for label in kustomization["labels"]:
            _label(document, label)
        for container in _containers(document):
            _tag(container, kustomization["images"])
    return documents


def _label(document: dict[str, Any], label: dict[str, Any]) -> None:
    assert (label["includeSelectors"], label["includeTemplates"]) == (False, True)
    template = document.get("spec", {}).get("template")
    for labelled in (document, template) if template else (document,):
        labelled.setdefault("metadata", {}).setdefault("labels", {}).update(deepcopy(label["pairs"]))


def _containers(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pod = document.get("spec", {}).get("template", {}).get("spec", {})
    for kind in ("initContainers", "containers"):
        yield from pod.get(kind, [])


def _tag(container: dict[str, Any], images: list[dict[str, str]]) -> None:
    for image in images:
        assert set(image) == {"name", "newTag"}
        if container["image"].partition(":")[0] == image["name"]:
            container["image"] = f"{image['name']}:{image['newTag']}"
