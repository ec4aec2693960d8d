"""Writes what is generated into the pages: `python -m dragoman.reference`, after a change of a message or setting.

Tables between markers in `schemas/README.md` and `docs/operations.md`, and `schemas/asyncapi.json`. A test fails while
one of them is stale.
"""

import ast
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dragoman.runtime.settings import Settings
from schemas import asyncapi
from schemas.document import placed, table, tables

ROOT = Path(__file__).parent.parent


def pages(root: Path) -> dict[Path, str]:
    """What the generated files in a checkout have to be, by their path."""
    protocol = (root / "schemas/README.md").read_text()
    for name, written in tables().items():
        protocol = placed(protocol, name, written)
    operations = placed((root / "docs/operations.md").read_text(), "settings", settings_table())
    operations = placed(operations, "metrics", metrics_table(root))
    return {
        root / "schemas/README.md": protocol,
        root / "docs/operations.md": operations,
        root / "schemas/asyncapi.json": json.dumps(asyncapi_document(), indent=2) + "\n",
    }


def settings_table() -> str:
    """Every setting with its environment variable, default and sentence."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = f"`{field.default}`" if str(field.default) else "empty"
        rows.append(f"| `DRAGOMAN_{name.upper()}` | {default} | {field.description} |")
    return table(("setting", "default", "what it is"), rows)


def metrics_table(root: Path) -> str:
    """Every metric of the sources, by the text of its definition: nothing needs to be imported for it."""
    rows = [
        f"| `{name}` | {kind.lower()} | {', '.join(f'`{label}`' for label in labels)} | {sentence.rstrip('.')}. |"
        for folder in ("gateway", "workers", "dragoman")
        for source in sorted((root / folder).rglob("*.py"))
        for kind, name, sentence, labels in _metrics(ast.parse(source.read_text()))
    ]
    return table(("metric", "kind", "labels", "what it is"), rows)


_PARAMETERS = ("name", "documentation", "labelnames")
"""The first ones of all kinds, as prometheus_client calls them."""
_NONE = ast.Tuple(elts=[], ctx=ast.Load())


def _metrics(source: ast.Module) -> Iterator[tuple[str, str, str, Sequence[str]]]:
    for node in ast.walk(source):
        match node:
            case ast.Call(
                func=ast.Name(id="Counter" | "Gauge" | "Histogram" | "Summary" as kind),
                args=args,
                keywords=keywords,
            ):
                given = dict(zip(_PARAMETERS, args, strict=False)) | {each.arg: each.value for each in keywords}
                if "documentation" in given:  # a Counter of the standard library has none
                    name, sentence, labels = (ast.literal_eval(given.get(each, _NONE)) for each in _PARAMETERS)
                    yield kind, name, sentence, labels


def asyncapi_document() -> dict[str, Any]:
    """The AsyncAPI document with the defaults of the settings."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    sizes = {name: defaults[name] for name in ("partitions", "audio_retention_h", "text_retention_h")}
    return asyncapi.document("1", **sizes)


if __name__ == "__main__":
    for path, text in pages(ROOT).items():
        path.write_text(text)
