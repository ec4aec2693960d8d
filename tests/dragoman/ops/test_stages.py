"""Stages as a replay runs them."""

import pytest

from dragoman.ops.stages import open_stage, require_reach
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings


def test_a_language_out_of_reach_is_said_with_what_there_is():
    with pytest.raises(DragomanError, match=r"translate cannot reach de from en: it has ca es$"):
        require_reach(frozenset({"es", "ca"}), ["es", "de"], "en")


async def test_an_engine_of_every_language_reaches_all():
    async with open_stage("translate", read_settings(engines="scripted"), ["de"], "en") as stage:
        assert stage
