"""The translators, by name. An engine's library is imported only when the engine is asked for."""

from collections.abc import Sequence
from pathlib import Path

from dragoman.models.folder import ModelsFolder, models_folder
from dragoman.models.manifest import SHIPPED
from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings
from workers.translate.engine import Translator

NAMES = ("firefox", "opus", "apertium", "amazon", "scripted")


def create(name: str, settings: Settings) -> Translator:
    """The translator called `name`, not yet started. Raises SettingsError for a name that is none."""
    timeout_s, reap_s, memory_mb = settings.engine_timeout_s, settings.reap_s, settings.engine_memory_mb
    folder, manifest = ModelsFolder(models_folder(settings.models)), Path(settings.models_manifest or SHIPPED)
    if name == "firefox":
        from workers.translate.engines.firefox import FirefoxTranslator

        return FirefoxTranslator(folder, timeout_s, reap_s, memory_mb, manifest)
    if name == "opus":
        from workers.translate.engines.opus import OpusTranslator

        return OpusTranslator(folder, timeout_s, reap_s, memory_mb, manifest)
    if name == "apertium":
        from workers.translate.engines.apertium import ApertiumTranslator

        return ApertiumTranslator(timeout_s, reap_s, memory_mb=memory_mb)
    if name == "amazon":
        from workers.amazon.account import account_of
        from workers.translate.engines.amazon import AmazonTranslator
        from workers.translate.engines.amazon.translator import Style

        return AmazonTranslator(
            account_of(settings),
            calls=settings.amazon_calls,
            timeout_s=timeout_s,
            style=Style(settings.amazon_formality, settings.amazon_brevity, settings.amazon_profanity),
            terminology=settings.amazon_terminology,
        )
    if name == "scripted":
        from workers.translate.engines.scripted import ScriptedTranslator

        return ScriptedTranslator(settings.scripted_latency_ms, settings.scripted_faults)
    raise SettingsError(f"DRAGOMAN_TRANSLATE_ENGINES: {name!r} is none of {', '.join(NAMES)}")


def create_all(settings: Settings) -> list[Translator]:
    """Those of the settings in order of preference, and what two of them can do together before the later one."""
    return joined([create(name, settings) for name in dict.fromkeys(settings.engines_of("translate"))])


def joined(translators: Sequence[Translator]) -> list[Translator]:
    """The same with what two of them can do together: relatives before the later one, through English at the end."""
    found = list(translators)
    by_name = {translator.name: translator for translator in translators}
    if {"firefox", "apertium"} <= by_name.keys():
        from workers.translate.engines.relatives import RelativesTranslator

        both = RelativesTranslator(by_name["firefox"], by_name["apertium"])
        found.insert(max(list(by_name).index(name) for name in ("firefox", "apertium")), both)
    if (opus := by_name.get("opus")) and opus.sources:  # else each route would be said to be missing
        from workers.translate.engines.through import ThroughEnglish

        found += [ThroughEnglish(opus, other) for other in found if other.name not in ("opus", "amazon", "scripted")]
    return found
