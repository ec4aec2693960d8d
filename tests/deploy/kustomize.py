"""What `kubectl kustomize` makes of our manifests, for machines without kubectl: only what these use."""

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

KNOWN = {
    "Kustomization": {"namespace", "labels", "images", "replicas", "resources", "components", "patches"},
    "Component": {"resources", "patches", "configMapGenerator", "generatorOptions"},
}
CLUSTER_WIDE = {"Namespace"}
OF_PODS = {"Deployment", "StatefulSet", "Job"}


def rendered(folder: Path) -> list[Document]:
    """The documents of a folder with all that it is made of."""
    kustomization = _read(folder)
    documents = _resources(folder, kustomization)
    for component in kustomization.get("components", []):
        documents = _changed(folder / component, documents)
    return finished(_patched(folder, kustomization, documents), kustomization)


def with_component(component: Path, base: list[Document], overlay: Document) -> list[Document]:
    """The documents of a base with those of the component, patched, as an overlay has them."""
    return finished(_changed(component, deepcopy(base)), overlay)


def finished(documents: list[Document], kustomization: Document) -> list[Document]:
    """What a kustomization says of all documents."""
    for document in documents:
        if document["kind"] not in CLUSTER_WIDE and "namespace" in kustomization:
            document["metadata"]["namespace"] = kustomization["namespace"]
        for label in kustomization.get("labels", []):
            _label(document, label)
        for container in _containers(document):
            _tag(container, kustomization.get("images", []))
        for replicas in kustomization.get("replicas", []):
            if document["kind"] in OF_PODS and document["metadata"]["name"] == replicas["name"]:
                document["spec"]["replicas"] = replicas["count"]
    return documents


def _read(folder: Path) -> Document:
    kustomization: Document = yaml.safe_load((folder / "kustomization.yaml").read_text())
    known = KNOWN[kustomization["kind"]] | {"apiVersion", "kind"}
    assert set(kustomization) <= known, "render the new field here, too"
    return kustomization


def _resources(folder: Path, kustomization: Document) -> list[Document]:
    documents: list[Document] = []
    for name in kustomization.get("resources", []):
        path = folder / name
        documents += rendered(path) if path.is_dir() else yaml.safe_load_all(path.read_text())
    assert kustomization.get("generatorOptions", {}) in ({}, {"disableNameSuffixHash": True})
    for made in kustomization.get("configMapGenerator", []):
        metadata = {"name": made["name"]} | made.get("options", {})
        data = {file: (folder / file).read_text() for file in made["files"]}
        documents.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    return documents


def _changed(component: Path, documents: list[Document]) -> list[Document]:
    """The documents with those of a component, and its patches of all of them."""
    kustomization = _read(component)
    return _patched(component, kustomization, [*documents, *_resources(component, kustomization)])


def _patched(folder: Path, kustomization: Document, documents: list[Document]) -> list[Document]:
    for patch in kustomization.get("patches", []):
        operations = yaml.safe_load(patch.get("patch") or (folder / patch["path"]).read_text())
        target = patch["target"]
        for document in documents:
            if document["kind"] == target["kind"] and re.fullmatch(target["name"], document["metadata"]["name"]):
                for operation in deepcopy(operations):
                    _step(document, **operation)
    return documents


def _step(document: Any, op: str, path: str, value: Any = None) -> None:
    """One step of RFC 6902."""
    *way, last = (part.replace("~1", "/") for part in path.removeprefix("/").split("/"))
    for step in way:
        document = document[int(step) if isinstance(document, list) else step]
    match op:
        case "add" if last == "-":
            document.append(value)
        case "add":
            document[last] = value
        case "replace":
            assert last in document, f"nothing is replaced: {path}"
            document[last] = value
        case "remove":
            del document[last]
        case _:
            raise AssertionError("render the new step here, too")


def _label(document: Document, label: Document) -> None:
    assert (label["includeSelectors"], label["includeTemplates"]) == (False, True)
    spec = document["spec"] if document["kind"] in OF_PODS else {}
    for labelled in (document, *filter(None, [spec.get("template")]), *spec.get("volumeClaimTemplates", [])):
        labelled.setdefault("metadata", {}).setdefault("labels", {}).update(deepcopy(label["pairs"]))


def _containers(document: Document) -> Iterator[Document]:
    if document["kind"] in OF_PODS:
        pod = document["spec"]["template"]["spec"]
        for kind in ("initContainers", "containers"):
            yield from pod.get(kind, [])


def _tag(container: Document, images: list[dict[str, str]]) -> None:
    for image in images:
        name, _, _ = container["image"].partition(":")
        if name == image["name"]:
            container["image"] = f"{image.get('newName', name)}:{image['newTag']}"
