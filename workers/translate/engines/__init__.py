"""The translators, by name. An engine's library is imported only when the engine is asked for."""

from collections.abc import Sequence

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings
from workers.translate.engine import Translator

NAMES = ("firefox", "apertium", "scripted")


def create(name: str, settings: Settings) -> Translator:
    """The translator called `name`, not yet started. Raises SettingsError for a name that is none."""
    timeout_s, reap_s, memory_mb = settings.engine_timeout_s, settings.reap_s, settings.engine_memory_mb
    if name == "firefox":
        from dragoman.models.folder import ModelsFolder, models_folder
        from workers.translate.engines.firefox import FirefoxTranslator

        return FirefoxTranslator(ModelsFolder(models_folder(settings.models)), timeout_s, reap_s, memory_mb)
    if name == "apertium":
        from workers.translate.engines.apertium import ApertiumTranslator

        return ApertiumTranslator(timeout_s, reap_s, memory_mb=memory_mb)
    if name == "scripted":
        from workers.translate.engines.scripted import ScriptedTranslator

        return ScriptedTranslator(settings.scripted_latency_ms, settings.scripted_faults)
    raise SettingsError(f"DRAGOMAN_TRANSLATE_ENGINES: {name!r} is none of {', '.join(NAMES)}")


def create_all(settings: Settings) -> list[Translator]:
    """Those of the settings in order of preference, and what two of them can do together before the later one."""
    return joined([create(name, settings) for name in dict.fromkeys(settings.engines_of("translate"))])


def joined(translators: Sequence[Translator]) -> list[Translator]:
    """The same with what two of them can do together, before the later one."""
    by_name = {translator.name: translator for translator in translators}
    if not {"firefox", "apertium"} <= by_name.keys():
        return list(translators)
    from workers.translate.engines.relatives import RelativesTranslator

    both = RelativesTranslator(by_name["firefox"], by_name["apertium"])
    last = max(list(by_name).index(name) for name in ("firefox", "apertium"))
    return [*translators[:last], both, *translators[last:]]
