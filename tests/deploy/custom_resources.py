"""Definitions of the custom resources that our manifests use: to check them, and to give to an API server."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import yaml

DEFINED: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "crds.yaml").read_text())


def complaints(document: dict[str, Any]) -> list[str]:
    """All that is wrong with a custom resource; unknown fields are."""
    definition = DEFINED[document["kind"]]
    assert document["apiVersion"] == f"{definition['group']}/{definition['version']}"
    found = jsonschema.Draft202012Validator(_strict(definition["spec"])).iter_errors(document["spec"])
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in found]


def definitions() -> list[dict[str, Any]]:
    """CustomResourceDefinitions."""
    return [
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": f"{definition['plural']}.{definition['group']}",
                # The API server asks it of whoever defines something in a group of the Kubernetes project.
                "annotations": {"api-approved.kubernetes.io": "unapproved, for tests only"},
            },
            "spec": {
                "group": definition["group"],
                "scope": "Namespaced",
                "names": {"kind": kind, "plural": definition["plural"]},
                "versions": [
                    {
                        "name": definition["version"],
                        "served": True,
                        "storage": True,
                        "schema": {
                            "openAPIV3Schema": {"type": "object", "properties": {"spec": deepcopy(definition["spec"])}}
                        },
                    }
                ],
            },
        }
        for kind, definition in DEFINED.items()
    ]


def _strict(schema: Any) -> Any:
    """Refuses fields that are not named; what may be a number or a text may be anything."""
    if not isinstance(schema, dict):
        return schema
    schema = {name: _strict(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and "x-kubernetes-preserve-unknown-fields" not in schema:
        schema.setdefault("additionalProperties", False)
    return schema
