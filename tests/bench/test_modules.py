"""Measurements are not part of the tests; that they can still begin is."""

import importlib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODULES = sorted(path for path in HERE.rglob("*.py") if not path.name.startswith("test_"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HERE)))
def test_every_measurement_finds_what_it_measures(path: Path) -> None:
    importlib.import_module(".".join(path.relative_to(HERE.parent.parent).with_suffix("").parts))
