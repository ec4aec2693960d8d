"""The translators, by name. An engine's library is imported only when the engine is asked for."""

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings
from workers.translate.engine import Translator

NAMES = ("embedded", "scripted")


def create(name: str, settings: Settings) -> Translator:
    """The translator called `name`, not yet started. Raises SettingsError for a name that is none."""
    if name == "embedded":
        from workers.translate.engines.embedded import EmbeddedTranslator

        return EmbeddedTranslator(
            timeout_s=settings.engine_timeout_s, reap_s=settings.reap_s, memory_mb=settings.engine_memory_mb
        )
    if name == "scripted":
        from workers.translate.engines.scripted import ScriptedTranslator

        return ScriptedTranslator(settings.scripted_latency_ms, settings.scripted_faults)
    raise SettingsError(f"DRAGOMAN_TRANSLATE_ENGINES: {name!r} is none of {', '.join(NAMES)}")
