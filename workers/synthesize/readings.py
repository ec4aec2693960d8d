"""In which voices a text is spoken: once in each, however many renditions ask for it. No I/O."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from schemas.channels import ChosenVoice
from workers.synthesize.engine import HIGH_HZ, Tone, Voice, voice_for
from workers.synthesize.speech import Rendition

_USUAL_HZ: Final = {"female": 210.0, "male": 120.0}
"""Where the speaker's pitch is not known."""


@dataclass
class VoicedText:
    """A text in one voice."""

    tone: Tone
    left: set[Rendition]
    """Those that it still serves."""


def readings(
    asked: Iterable[Rendition],
    voices: tuple[Voice, ...],
    tone: Tone,
    together: Callable[[Sequence[ChosenVoice]], Sequence[ChosenVoice]],
) -> list[VoicedText]:
    """One for each voice that is spoken, that of the speaker's kind first if it is asked for.

    `voices`: those that the engine has; `tone`: of the speaker; `together`: which of several voices are spoken, at
    least the first. What is chosen and is not spoken is served by the first.
    """
    own = sex_of(voices, tone)
    there = {voice.sex for voice in voices}
    wanted: dict[ChosenVoice, set[Rendition]] = {}
    for each in sorted(asked):
        wanted.setdefault(each.voice if each.voice in there else own, set()).add(each)
    order = sorted(wanted, key=lambda sex: (sex != own, sex))
    spoken = together(order)
    found = {sex: VoicedText(tone if sex == own else _like(sex, tone), set()) for sex in spoken}
    for sex, those in wanted.items():
        found.get(sex, found[spoken[0]]).left.update(those)
    return list(found.values())


def sex_of(voices: tuple[Voice, ...], tone: Tone) -> ChosenVoice:
    """Of the voice that speaks with this tone; empty: not known."""
    return voice_for(voices, tone.pitch_hz).sex if voices else ""


def _like(sex: ChosenVoice, tone: Tone) -> Tone:
    """The tone of a speaker of this sex."""
    pitch_hz = tone.pitch_hz or _USUAL_HZ[sex]
    return replace(tone, pitch_hz=max(pitch_hz, HIGH_HZ) if sex == "female" else min(pitch_hz, HIGH_HZ - 1))
