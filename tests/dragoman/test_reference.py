"""The generated files of the checkout are current."""

from pathlib import Path

import pytest

from dragoman import reference
from dragoman.runtime.settings import Settings

STALE = "run `python -m dragoman.reference`"


@pytest.mark.parametrize("path", reference.pages(reference.ROOT), ids=lambda path: path.name)
def test_every_generated_file_is_current(path: Path) -> None:
    assert path.read_text() == reference.pages(reference.ROOT)[path], STALE


def test_every_setting_has_a_row_with_its_sentence() -> None:
    table = reference.settings_table()
    for name, field in Settings.model_fields.items():
        assert field.description
        assert f"| `DRAGOMAN_{name.upper()}` | " in table
        assert f" | {field.description} |\n" in table


def test_every_metric_has_a_row_with_its_labels_and_sentence(tmp_path: Path) -> None:
    (tmp_path / "gateway").mkdir()
    source = (
        'SOCKETS = Gauge("dragoman_sockets", "Open sockets.", ["role"])\nDEAD = Counter("dragoman_dead", "Given up")\n'
        'CALLS = Counter("dragoman_calls", labelnames=("engine", "outcome"), documentation="Calls.")\n'
        'words = Counter()\nletters = Counter("of a text")\n'
    )
    (tmp_path / "gateway/metrics.py").write_text(source)
    assert reference.metrics_table(tmp_path).splitlines()[2:] == [
        "| `dragoman_sockets` | gauge | `role` | Open sockets. |",
        "| `dragoman_dead` | counter |  | Given up. |",
        "| `dragoman_calls` | counter | `engine`, `outcome` | Calls. |",
    ]


def test_the_document_speaks_of_the_settings_defaults() -> None:
    document = reference.asyncapi_document()
    assert (
        document["channels"]["audio"]["bindings"]["kafka"]["partitions"] == Settings.model_fields["partitions"].default
    )
