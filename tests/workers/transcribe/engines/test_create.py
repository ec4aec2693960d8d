"""The recognisers by name."""

import pytest

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import read_settings
from workers.transcribe.engines import NAMES, create


@pytest.mark.parametrize("name", NAMES)
async def test_an_engine_is_made_by_its_name(name: str) -> None:
    recogniser = create(name, read_settings())
    assert recogniser.name == name
    await recogniser.close()


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="'sphinx' is none of whisper, amazon, scripted"):
        create("sphinx", read_settings())
