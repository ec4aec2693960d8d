"""What an operator says about voices: `pt:kokoro:pf_dora,es:pico`."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings
from schemas.languages import ANY, LanguageTagError, normalise
from workers.synthesize.engine import Synthesizer


@dataclass(frozen=True)
class Pin:
    """What speaks a language."""

    engine: str
    voice: str
    """Empty: the engine's own choice."""


def read_pins(settings: Settings) -> dict[str, Pin]:
    """By language. Raises SettingsError for what is no language, and for an engine that is not among the settings'."""
    engines = settings.engines_of("synthesize")
    pins: dict[str, Pin] = {}
    for entry in settings.listed("voices"):
        language, engine, voice = (*entry.split(":", 2), "", "")[:3]
        try:
            tag = normalise(language)
        except LanguageTagError:
            raise SettingsError(
                f"DRAGOMAN_VOICES: {entry!r} begins with no language: write pt:kokoro or pt:kokoro:pf_dora"
            ) from None
        if engine not in engines:
            raise SettingsError(f"DRAGOMAN_VOICES: {entry!r}: the engine must be {_one_of(engine, engines)}")
        if tag in pins:
            raise SettingsError(f"DRAGOMAN_VOICES: {tag} is there twice")
        pins[tag] = Pin(engine, voice)
    return pins


def voices_of(engine: str, settings: Settings) -> dict[str, str]:
    """The voices that an engine is told, by language. Raises SettingsError."""
    return {tag: pin.voice for tag, pin in read_pins(settings).items() if pin.engine == engine and pin.voice}


def check_pins(settings: Settings, working: Iterable[Synthesizer]) -> dict[str, str]:
    """The engine of each language that one is said for. Raises SettingsError for an engine that does not work, and for
    what one cannot do."""
    by_name = {engine.name: engine for engine in working}
    pins = read_pins(settings)
    for language, pin in pins.items():
        engine = by_name.get(pin.engine)
        if engine is None:
            raise SettingsError(f"DRAGOMAN_VOICES: {pin.engine}, which is to speak {language}, does not work here")
        if not engine.voices and ANY not in engine.languages:
            raise SettingsError(
                f"DRAGOMAN_VOICES: {pin.engine}, which is to speak {language}, has no voices here: "
                "dragoman models list names them"
            )
        if not engine.languages & {language, ANY}:
            others = [other.name for other in by_name.values() if other.languages & {language, ANY}]
            told = f"; {language} is spoken by {' and '.join(others)}" if others else ""
            known = " ".join(sorted(engine.languages))
            raise SettingsError(f"DRAGOMAN_VOICES: {pin.engine} does not speak {language}: it speaks {known}{told}")
        names = [voice.name for voice in engine.voices.get(language, ())]
        if pin.voice and pin.voice not in names:
            known = _one_of(pin.voice, names) if names else "no voice of a name"
            raise SettingsError(
                f"DRAGOMAN_VOICES: {pin.engine} has no voice {pin.voice} for {language}: it has {known}"
            )
    return {language: pin.engine for language, pin in pins.items()}


def _one_of(wrong: str, names: Iterable[str]) -> str:
    """All that there are, after the one that may have been meant."""
    known = list(names)
    meant = get_close_matches(wrong, known, 1)
    listed = ", ".join(known)
    return f"{meant[0]}, perhaps, of {listed}" if meant else f"one of {listed}"
