"""What anybody may know of this service: what it is made of, by whom, and what it keeps for how long."""

from collections.abc import Iterable
from functools import cache
from typing import Final

import msgspec

from dragoman.models.manifest import read_manifest
from dragoman.runtime.settings import Settings
from dragoman.runtime.version import version
from gateway.channels.offers import Offers

MADE_BY: Final = {
    "whisper": ("Whisper", "OpenAI"),
    "firefox": ("Firefox Translations", "Mozilla"),
    "opus": ("OPUS-MT", "Helsinki-NLP"),
    "apertium": ("Apertium", "Apertium"),
    "kokoro": ("Kokoro", "hexgrad"),
    "piper": ("Piper", "Rhasspy"),
    "pico": ("SVOX Pico", "SVOX"),
    "festival": ("Festival", "CSTR Edinburgh, UPC"),
    "espeak": ("eSpeak NG", "eSpeak NG"),
    "amazon": ("Amazon Transcribe, Translate, Polly", "Amazon Web Services"),
}
"""By engine what it is called, and who made it. Of any other one its own name is shown."""
LICENCES: Final = {"CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/"}
ELSEWHERE: Final = {"amazon"}
"""Engines that are not on the servers of whoever runs this: what is said is sent there."""


class ModelCredit(msgspec.Struct, frozen=True, rename="camel"):
    """Models of one maker under one licence."""

    name: str
    """What they are called."""
    by: str
    """Who made them."""
    licence: str
    """Of the weights."""
    attribution: str
    """Who has to be named, in full; empty: nobody else."""
    models: list[str]
    """Their names in the manifest."""
    licence_url: str
    """Where a licence that wants it to be named can be read; else empty."""


class EngineInUse(msgspec.Struct, frozen=True, rename="camel"):
    """What is in use now."""

    name: str
    """What it is called."""
    elsewhere: bool
    """It is a service of others."""


class KeptFor(msgspec.Struct, frozen=True, rename="camel"):
    """What is stored, and for how long at most; sooner where its disk is full."""

    sound_s: float
    """What was spoken, and the speech that was made of it."""
    text_s: float
    """What was recognised and translated."""
    captions_s: float
    """Captions for those who come later, after the end of a session."""
    transcripts: bool
    """Whoever may listen may take the text along."""


class About(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of `GET /api/about`."""

    version: str
    """Of Dragoman."""
    engines: dict[str, list[EngineInUse]]
    """By stage those in use now, as its workers said."""
    works: list[ModelCredit]
    """What can be installed with it, from the manifest of its models."""
    kept: KeptFor
    """By the settings of whoever runs it."""


def about(settings: Settings, offers: Offers) -> About:
    """All of it."""
    return About(
        version=version(),
        engines={stage: _engines(names) for stage, names in _in_use(offers).items()},
        works=works(),
        kept=KeptFor(
            sound_s=settings.audio_retention_h * 3600,
            text_s=settings.text_retention_h * 3600,
            captions_s=settings.history_s,
            transcripts=settings.transcripts,
        ),
    )


@cache
def works() -> list[ModelCredit]:
    """The models of the manifest: what one maker gives under one licence together, in its order."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for model in read_manifest().models:
        found.setdefault((model.engine, model.licence, model.attribution), []).append(model.name)
    return [
        ModelCredit(*MADE_BY.get(engine, (engine, "")), licence, attribution, names, LICENCES.get(licence, ""))
        for (engine, licence, attribution), names in found.items()
    ]


def _in_use(offers: Offers) -> dict[str, set[str]]:
    return {
        stage: {name for of_source in by_source.values() for name in of_source.values()}
        for stage, by_source in offers.engines.items()
        if by_source
    }


def _engines(names: Iterable[str]) -> list[EngineInUse]:
    return [EngineInUse(MADE_BY.get(name, (name, ""))[0], name in ELSEWHERE) for name in sorted(names)]
