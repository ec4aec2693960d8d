"""Engines are made by name."""

import subprocess
import sys

import pytest

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings
from workers.translate.engines import NAMES, create


@pytest.mark.parametrize("name", NAMES)
def test_every_known_name_gives_the_engine_of_that_name(name: str) -> None:
    assert create(name, Settings()).name == name


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="'bablefish' is none of firefox, opus, apertium, amazon, scripted"):
        create("bablefish", Settings())


def test_an_engine_that_is_not_asked_for_is_not_imported() -> None:
    code = (
        "import sys; from dragoman.runtime.settings import Settings; from workers.translate.engines import create;"
        "create('scripted', Settings()); sys.exit('workers.translate.engines.apertium' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
