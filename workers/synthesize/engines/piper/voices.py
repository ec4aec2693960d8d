"""The voices of Piper that are in the models folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from schemas.languages import LanguageTagError, normalise

_WOMEN: Final = (
    "siwis",
    "paola",
    "upc_ona",
    "gosia",
    "amy",
    "lessac",
    "kathleen",
    "lada",
    "ramona",
    "eva_k",
    "kerstin",
)
_MEN: Final = ("joe", "davefx", "faber", "thorsten", "ryan", "cadu", "edresson", "gilles", "tom", "riccardo", "upc_pau")
"""Piper's files do not tell it."""


@dataclass(frozen=True)
class PiperVoice:
    """One voice."""

    name: str
    """Piper's own: `en_US-joe-medium`."""
    tag: str
    """BCP-47, with the region that it speaks like."""
    model: Path
    """Its configuration lies beside it, as `.json`."""
    sample_rate: int
    """Samples a second."""

    @property
    def sex(self) -> Literal["female", "male", ""]:
        """Empty: not known."""
        speaker = self.name.partition("-")[2].rpartition("-")[0]
        return "female" if speaker in _WOMEN else "male" if speaker in _MEN else ""


def voices_in(folder: Path) -> list[PiperVoice]:
    """By name. What cannot be read, or is in a language that has no tag, is passed over."""
    found = []
    for model in sorted(folder.glob("piper-*/*.onnx")):
        try:
            configuration: dict[str, Any] = json.loads(Path(f"{model}.json").read_text())
            tag = normalise(model.stem.split("-")[0].replace("_", "-"))
            found.append(PiperVoice(model.stem, tag, model, int(configuration["audio"]["sample_rate"])))
        except (OSError, ValueError, KeyError, TypeError, LanguageTagError):
            continue
    return found


def voices_by_language(voices: list[PiperVoice]) -> dict[str, tuple[PiperVoice, ...]]:
    """Those of each tag, and of each language whatever the region."""
    found: dict[str, tuple[PiperVoice, ...]] = {}
    for voice in voices:
        for tag in dict.fromkeys((voice.tag, voice.tag.split("-")[0])):
            found[tag] = (*found.get(tag, ()), voice)
    return found
