"""The records of the stage: a part of speech, and what was used for it. No I/O."""

from collections.abc import Iterable
from itertools import product, starmap
from typing import Final, Literal, NamedTuple

import numpy as np
from msgspec import structs

from schemas.channels import CHOSEN_VOICES, ChosenVoice, rendition
from schemas.envelope import envelope, to_text
from schemas.messages import Outcome, Reason, Speech, Translation, Usage
from schemas.socket import FORMATS
from schemas.topics import SPEECH, USAGE
from workers.calls import Attempt
from workers.errors import EngineGarbled
from workers.stage import Emit
from workers.synthesize.engine import Encoded, Sound

LONGEST_MS = 24_000
"""No speech of one segment is longer, in whatever language: as `pcm16` it must fit into a socket's message."""
RATES = range(4_000, 96_001)
"""Samples a second that can be encoded."""

Format = Literal["ogg-opus", "pcm16", ""]


class Rendition(NamedTuple):
    """In which form speech is asked for."""

    format: Format
    """Empty: in every format."""
    voice: ChosenVoice = ""


_NAMED: Final = {
    rendition(each.format, each.voice): each for each in starmap(Rendition, product(FORMATS, CHOSEN_VOICES))
}


def renditions(asked: Iterable[str]) -> frozenset[Rendition]:
    """Those that are asked for, by name, without any that are not known here."""
    return frozenset(_NAMED[name] for name in asked if name in _NAMED)


def voices(those: Iterable[Rendition]) -> list[Rendition]:
    """Their voices, each once, in every format."""
    return sorted({each._replace(format="") for each in those})


def hole(translation: Translation, at: int, where: Rendition, outcome: Outcome, reason: Reason, part: int = 0) -> Emit:
    """Stands for this part and all that would follow it."""
    empty = _silent(translation, at, part, last=True)
    lacks = structs.replace(empty, format=where.format, chosen_voice=where.voice, outcome=outcome, reason=reason)
    return Emit(SPEECH, lacks)


def behind_all(emit: Emit, parts: int) -> Emit:
    """A hole where another worker may have spoken some of so many parts: it stands for the rest, as the last one."""
    message = emit.message
    if not isinstance(message, Speech) or message.outcome == "ok":
        return emit
    return Emit(emit.topic, structs.replace(message, part=max(message.part, parts - 1)))


def spoken(
    translation: Translation,
    at: int,
    place: tuple[int, bool],
    by: tuple[str, ChosenVoice],
    where: Rendition,
    encoded: Encoded,
    sound: Sound,
) -> Emit:
    """One part in one rendition. `place`: its number, and whether it is the last; `by`: engine and voice."""
    speech = structs.replace(
        _silent(translation, at, *place),
        engine=by[0],
        format=where.format,
        chosen_voice=where.voice,
        voice=by[1],
        sample_rate=encoded.sample_rate,
        duration_ms=encoded.duration_ms,
        audio=encoded.audio,
        envelope=envelope_of(sound),
    )
    return Emit(SPEECH, speech)


def usage(
    translation: Translation,
    at: int,
    attempt: Attempt | None,
    sound: Sound | None,
    text: str,
    outcome: Outcome = "ok",
    reason: Reason = "",
    lingering: bool = False,
) -> Emit:
    """Of one call with `text`, or of none that was made."""
    failed = attempt is not None and attempt.failed
    used = Usage(
        stage="synthesize",
        engine=attempt.engine if attempt else "",
        language=translation.language,
        target_language=translation.language,
        segment=translation.segment,
        final=True,
        seconds=sound.duration_ms / 1000 if sound and not failed else 0.0,
        characters=len(text) if attempt else 0,
        took_ms=attempt.took_ms if attempt else 0,
        outcome="failed" if failed else outcome,
        reason="engine" if failed else reason,
        at=at,
        lingering=attempt is not None and lingering,
    )
    return Emit(USAGE, used, awaited=False)


def envelope_of(sound: Sound) -> str:
    """By what the speaker's gateway knows the sound again when the microphone hears it."""
    samples = np.frombuffer(sound.pcm[: len(sound.pcm) // 2 * 2], "<i2")
    return to_text(envelope(samples, sound.sample_rate))


def sensible(text: str, answer: object) -> Sound:
    """`answer` if it can be `text` spoken. Raises EngineGarbled."""
    if not isinstance(answer, Sound) or not isinstance(answer.pcm, bytes) or answer.sample_rate not in RATES:
        raise EngineGarbled
    if answer.duration_ms > LONGEST_MS or (not answer.pcm and any(map(str.isalnum, text))):
        raise EngineGarbled
    return answer


def _silent(translation: Translation, at: int, part: int, last: bool) -> Speech:
    """A part without audio."""
    return Speech(
        segment=translation.segment,
        until=translation.until,
        start=translation.start,
        end=translation.end,
        spoken_at=translation.spoken_at,
        final=True,
        revision=translation.revision,
        language=translation.language,
        engine="",
        ingested_at=translation.ingested_at,
        transcribed_at=translation.transcribed_at,
        part=part,
        last=last,
        format="",
        sample_rate=0,
        duration_ms=0,
        source_language=translation.source_language,
        translated_at=translation.translated_at,
        synthesized_at=at,
        audio=b"",
    )
