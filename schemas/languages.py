"""BCP-47 tags: how they are written, which of those at hand serves a wanted one, and who can do what."""

from collections.abc import Iterable

import langcodes
import msgspec
from langcodes import tag_parser

ANY = "*"
"""In a list of languages: every one."""
AUTO = "auto"
"""Instead of the language of the floor: to be found out by what is heard."""
UNKNOWN = "und"
"""BCP-47 for what is said while its language is not found out yet."""


_NONE = frozenset((UNKNOWN, "mis", "mul", "zxx"))
"""Codes of ISO 639 for what is no one language. `qaa` to `qtz` are for private use, as are scripts with Q; with Z begin
those that are none."""


class LanguageTagError(ValueError):
    """Not a BCP-47 tag."""


def normalise(tag: str) -> str:
    """The usual spelling of a tag: `ES-mx` is `es-MX`. Raises LanguageTagError."""
    if not tag or len(tag) > 35 or not tag.isascii():
        raise LanguageTagError(tag[:35])
    try:
        return langcodes.standardize_tag(tag)
    except tag_parser.LanguageTagError as error:
        raise LanguageTagError(tag) from error


def known(tag: str) -> str:
    """Language and script of a tag, `pl` of `pl-PL`; empty if ISO 639 has no such language.

    Raises LanguageTagError.
    """
    wanted = langcodes.Language.get(normalise(tag))
    language, script = wanted.language or UNKNOWN, wanted.script or ""
    if len(language) > 3 or language in _NONE or "qaa" <= language <= "qtz" or not _valid(language):
        return ""
    return f"{language}-{script}" if script and script[0] not in "QZ" and _valid(language, script) else language


def _valid(language: str, script: str | None = None) -> bool:
    return langcodes.Language.make(language=language, script=script).is_valid()


def lookup(wanted: str, available: Iterable[str]) -> str | None:
    """The available tag that serves `wanted` (RFC 4647 section 3.4): `es-MX` is served by `es`.

    Raises LanguageTagError.
    """
    tags = {tag.lower(): tag for tag in available}
    subtags = normalise(wanted).split("-")
    while subtags:
        match = tags.get("-".join(subtags).lower())
        if match:
            return match
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    return normalise(wanted) if ANY in tags else None


def abilities_key(stage: str) -> str:
    """Redis string: the Abilities (JSON) of a stage's workers, written by each when it is ready."""
    return f"dragoman:abilities:{stage}"


def floor_tag(source_language: str) -> str:
    """The tag of the floor's captions: of a language that is to be found out yet, what cannot be heard bears this."""
    return UNKNOWN if source_language == AUTO else source_language


class Voicing(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks a language that begins now, and why."""

    engine: str
    """Name of the engine."""
    voice: str = ""
    """The engine's own name of the voice that it takes first; empty: it has only one, without a name."""
    reason: str = ""
    """A word of workers/synthesize/choice.py."""
    because: str = ""
    """The same in words."""
    voices: list[str] = []
    """What a listener may choose among: empty, or `female` and `male`."""


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage's engines can do. Kept when the workers are gone: they will come back."""

    languages: dict[str, list[str]]
    """transcribe: floor language to nothing; translate: floor language (or `*`) to targets;
    synthesize: `*` to languages."""
    rough: dict[str, list[str]] = {}
    """translate: floor language to those of its targets whose translations are rough; synthesize: `*` to the languages
    that only a rough voice speaks."""
    engines: dict[str, dict[str, str]] = {}
    """Name of the engine that is asked first, by the language that it is for: transcribe and synthesize under `*`,
    translate under each floor language."""
    voices: dict[str, Voicing] = {}
    """synthesize: what speaks each language."""
    lacking: dict[str, dict[str, list[str]]] = {}
    """By the same languages, of those that cannot be had, or only roughly: names of the models that are not there and
    with which they could. `rough` says it of those, too."""
