"""What `kubectl kustomize` makes of our base and components, for machines without kubectl: only what these use."""

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

KNOWN = {"apiVersion", "kind", "namespace", "labels", "images", "resources"}
KNOWN_OF_A_COMPONENT = {"apiVersion", "kind", "resources", "patches"}
CLUSTER_WIDE = {"Namespace"}


def rendered(base: Path) -> list[dict[str, Any]]:
    """The documents with namespace, labels and images as the kustomization has them."""
    kustomization, documents = _read(base, KNOWN)
    for document in documents:
        if document["kind"] not in CLUSTER_WIDE:
            document["metadata"]["namespace"] = kustomization["namespace"]
        for label in kustomization["labels"]:
            _label(document, label)
        for container in _containers(document):
            _tag(container, kustomization["images"])
    return documents


def with_component(component: Path, base: list[dict[str, Any]], overlay: dict[str, Any]) -> list[dict[str, Any]]:
    """The documents of a base with those of the component, patched, as an overlay has them."""
    kustomization, added = _read(component, KNOWN_OF_A_COMPONENT)
    documents = [*deepcopy(base), *added]
    for patch in kustomization["patches"]:
        operations, target = yaml.safe_load((component / patch["path"]).read_text()), patch["target"]
        for document in documents:
            if document["kind"] == target["kind"] and re.fullmatch(target["name"], document["metadata"]["name"]):
                for operation in deepcopy(operations):
                    _add(document, **operation)
    for document in documents:
        if document["kind"] not in CLUSTER_WIDE:
            document["metadata"]["namespace"] = overlay["namespace"]
        for container in _containers(document):
            _tag(container, overlay["images"])
    return documents


def _read(folder: Path, known: set[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    kustomization: dict[str, Any] = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(kustomization) <= known, "render the new field here, too"
    return kustomization, [
        document for file in kustomization["resources"] for document in yaml.safe_load_all((folder / file).read_text())
    ]


def _add(document: Any, op: str, path: str, value: Any) -> None:
    """One step of RFC 6902."""
    assert op == "add", "render the new step here, too"
    *way, last = path.removeprefix("/").split("/")
    for step in way:
        document = document[int(step) if isinstance(document, list) else step]
    if last == "-":
        document.append(value)
    else:
        document[last] = value


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
