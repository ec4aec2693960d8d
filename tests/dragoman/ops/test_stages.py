"""Stages as a replay runs them."""

from collections.abc import AsyncGenerator

import pytest

from dragoman.ops.replay import replay
from dragoman.ops.stages import open_stage, require_reach
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings
from schemas.messages import Speech
from tests.workers.driving import record
from tests.workers.texts import translation
from workers.stage import Record


def test_a_language_out_of_reach_is_said_with_what_there_is():
    with pytest.raises(DragomanError, match=r"translate cannot reach de from en: it has ca es$"):
        require_reach(frozenset({"es", "ca"}), ["es", "de"], "en")


async def test_speech_is_replayed_by_the_voices_that_the_settings_name():
    settings = read_settings(synthesize_engines="scripted,espeak", voices="es:espeak")
    said = [record("translations", 1, translation(0)), record("translations", 2, translation(16_000, language="pt"))]
    async with open_stage("synthesize", settings, ["es", "pt"]) as stage:
        spoken = [emit.message for each in said async for emit in replay(_only(each), stage)]
    assert [(each.language, each.engine) for each in spoken if isinstance(each, Speech)] == [
        ("es", "espeak"),
        ("pt", "scripted"),
    ]
    with pytest.raises(DragomanError, match="DRAGOMAN_VOICES: espeak does not speak tlh"):
        async with open_stage("synthesize", settings.model_copy(update={"voices": "tlh:espeak"}), ["es"]):
            pass


async def _only(record: Record) -> AsyncGenerator[Record]:
    yield record


async def test_an_engine_of_every_language_reaches_all():
    async with open_stage("translate", read_settings(engines="scripted"), ["de"], "en") as stage:
        assert stage
