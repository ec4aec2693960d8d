"""Polly's voices, as Polly lists them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from schemas.languages import LanguageTagError, normalise
from workers.synthesize.engine import Voice, voice_for

_SEXES: Final[dict[str, Literal["female", "male"]]] = {"Female": "female", "Male": "male"}
_USUAL: Final = ("en-US", "es-ES", "pt-BR", "fr-FR", "de-DE", "zh-CN", "ar-AE", "nl-NL")
"""The region that speaks for a language, of those that have several."""
_TAGS: Final = {"cmn-CN": "zh-CN", "arb": "ar"}
"""Of codes that are not written as tags are elsewhere here."""
_CHILDREN: Final = ("Ivy", "Justin", "Kevin")
"""Nobody wants a talk from them."""


@dataclass(frozen=True)
class PollyVoice:
    """One voice for one language."""

    voice: Voice
    code: str
    """Polly's own, of the language."""


class Voices:
    """Those of a class of engines, by BCP-47 tag: of each region, and of each language."""

    def __init__(self, described: Iterable[Mapping[str, Any]], kind: str) -> None:
        """`described`: as DescribeVoices says; `kind`: the class."""
        found: dict[str, list[PollyVoice]] = {}
        for each in sorted(described, key=lambda each: (each["Id"] in _CHILDREN, each["Id"])):
            if kind in each.get("SupportedEngines", ()):
                voice = Voice(each["Id"], _SEXES.get(each.get("Gender", ""), ""))
                for code in (each["LanguageCode"], *each.get("AdditionalLanguageCodes", ())):
                    if tag := _tag(code):
                        found.setdefault(tag, []).append(PollyVoice(voice, code))
        for tag in sorted(found, key=lambda tag: (tag not in _USUAL, tag)):
            found.setdefault(tag.split("-")[0], found[tag])
        if "nb" in found:
            found.setdefault("no", found["nb"])
        self._by_tag = found

    @property
    def voices(self) -> dict[str, tuple[Voice, ...]]:
        """By tag, the one that is taken first."""
        return {tag: tuple(each.voice for each in those) for tag, those in self._by_tag.items()}

    def of(self, language: str, pitch_hz: float, pinned: str = "") -> PollyVoice | None:
        """The voice of a language that is pinned, or that suits a pitch; 0 Hz: not known. None: there is none."""
        those = self._by_tag.get(language, [])
        if not those:
            return None
        wanted = pinned or voice_for(tuple(each.voice for each in those), pitch_hz).name
        return next((each for each in those if each.voice.name == wanted), those[0])


def _tag(code: str) -> str:
    try:
        return normalise(_TAGS.get(code, code))
    except LanguageTagError:
        return ""
