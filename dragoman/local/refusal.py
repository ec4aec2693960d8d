"""What no process would accept, found before any of them is started."""

import asyncio
from collections.abc import Mapping
from importlib import import_module

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings

STAGES_WITH_ENGINES = ("transcribe", "translate", "synthesize")

_MADE_LATER = {"kafka": "127.0.0.1:9092", "redis": "redis://127.0.0.1:6379/0", "secret": "0123456789abcdef"}
"""Stands for what `dragoman up` makes itself when it is not given."""


def refuse_early(settings: Settings, counts: Mapping[str, int]) -> None:
    """Raises DragomanError for settings with which the gateway or a worker would end at once.

    `counts` is how many workers of each stage are to run.
    """
    from gateway.gateway import check
    from gateway.tls import tls_context

    for stage in STAGES_WITH_ENGINES:
        if counts[stage]:
            require_engines(stage, settings)
    if counts["synthesize"]:
        asyncio.run(require_voices(settings))
    check(settings.model_copy(update={name: getattr(settings, name) or made for name, made in _MADE_LATER.items()}))
    tls_context(settings)


def require_engines(stage: str, settings: Settings) -> None:
    """Raises SettingsError for an engine that there is none of; no engine's library is imported."""
    names = import_module(f"workers.{stage}.engines").NAMES
    own = getattr(settings, f"{stage}_engines")
    said = f"DRAGOMAN_{stage.upper()}_ENGINES" if own else "--engines (DRAGOMAN_ENGINES)"
    for name in settings.engines_of(stage):
        if name not in names:
            raise SettingsError(f"{said}: {name!r} is none of {', '.join(names)}")
    if stage == "synthesize":
        from workers.synthesize.pins import read_pins

        read_pins(settings)


async def require_voices(settings: Settings) -> None:
    """Raises SettingsError for a voice that the settings name and that there is not; no model is loaded."""
    from workers.errors import EngineUnavailable
    from workers.synthesize.engines import create
    from workers.synthesize.pins import check_pins, read_pins

    named = {pin.engine for pin in read_pins(settings).values()}
    engines = [create(name, settings) for name in settings.engines_of("synthesize") if named]
    try:
        for engine in engines:
            if engine.name in named and not engine.languages:  # only its program knows what it speaks
                await engine.start()
        check_pins(settings, engines)
    except EngineUnavailable as error:
        raise SettingsError(f"DRAGOMAN_VOICES: {error}") from error
    finally:
        for engine in engines:
            await engine.close()
