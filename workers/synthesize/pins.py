"""What an operator says about voices: `pt:kokoro:pf_dora,es:pico`."""

from collections.abc import Iterable
from dataclasses import dataclass

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings
from schemas.languages import LanguageTagError, normalise
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
            raise SettingsError(f"DRAGOMAN_VOICES: {entry!r}: the engine must be one of {', '.join(engines)}")
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
        if not engine.languages & {language, "*"}:
            known = " ".join(sorted(engine.languages))
            raise SettingsError(f"DRAGOMAN_VOICES: {pin.engine} does not speak {language}: it speaks {known}")
        names = [voice.name for voice in engine.voices.get(language, ())]
        if pin.voice and pin.voice not in names:
            known = ", ".join(names) or "no voice of a name"
            raise SettingsError(
                f"DRAGOMAN_VOICES: {pin.engine} has no voice {pin.voice} for {language}: it has {known}"
            )
    return {language: pin.engine for language, pin in pins.items()}
