"""The languages of Transcribe streaming, as its documentation names them; not looked up anywhere."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from dragoman.runtime.errors import SettingsError
from schemas.languages import LanguageTagError, lookup, normalise

CODES: Final = (
    *("en-US", "es-US", "pt-BR", "fr-FR", "de-DE", "it-IT", "zh-CN", "ar-SA", "nl-NL", "sv-SE", "ja-JP", "ko-KR"),
    *("en-AU", "en-GB", "en-IN", "en-IE", "en-NZ", "en-AB", "en-ZA", "en-WL", "es-ES", "fr-CA", "de-CH", "pt-PT"),
    *("zh-HK", "zh-TW", "ar-AE", "af-ZA", "ca-ES", "cs-CZ", "da-DK", "el-GR", "eu-ES", "fa-IR", "fi-FI", "gl-ES"),
    *("he-IL", "hi-IN", "hr-HR", "id-ID", "lv-LV", "ms-MY", "no-NO", "pl-PL", "ro-RO", "ru-RU", "sk-SK", "so-SO"),
    *("sr-RS", "th-TH", "tl-PH", "uk-UA", "vi-VN", "zu-ZA"),
)
"""Amazon's own. The first one of a language serves wherever no region is said, or one that it does not know."""
_OTHER_TAGS: Final = {"nb": "no-NO", "yue": "zh-HK"}


@cache
def by_tag() -> Mapping[str, str]:
    """Amazon's code by BCP-47 tag: of each region, and of each language."""
    found: dict[str, str] = dict(_OTHER_TAGS)
    for code in CODES:
        tag = normalise(code)
        found[tag] = code
        found.setdefault(tag.split("-")[0], code)
        found.setdefault(code.split("-")[0], code)
    return MappingProxyType(found)


def code_of(language: str) -> str | None:
    """Amazon's code for a BCP-47 tag; None: it does not understand that."""
    try:
        tag = lookup(language, by_tag())
    except LanguageTagError:
        return None
    return by_tag()[tag] if tag else None


def tag_of(code: str) -> str:
    """BCP-47 tag of the language of one of Amazon's codes, without its region."""
    return normalise(code).split("-")[0]


def options_of(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Those among which a language is found out. Raises SettingsError: Amazon takes two or more, one of a language."""
    unknown = [code for code in codes if code not in CODES]
    if unknown:
        raise SettingsError(f"DRAGOMAN_AMAZON_LANGUAGES: {unknown[0]!r} is none of {', '.join(CODES)}")
    if len(codes) < 2 or len({tag_of(code) for code in codes}) < len(codes):
        raise SettingsError("DRAGOMAN_AMAZON_LANGUAGES must name two or more, and only one of each language")
    return codes


def named(setting: str, entries: tuple[str, ...]) -> dict[str, str]:
    """Names of the account's things by Amazon's code, of `en-US:medicine`. Raises SettingsError."""
    found = {}
    for entry in entries:
        code, _, name = entry.partition(":")
        if code not in CODES or not name:
            raise SettingsError(f"DRAGOMAN_{setting.upper()}: {entry!r} is not LANGUAGE:NAME, as en-US:medicine is")
        found[code] = name
    return found
