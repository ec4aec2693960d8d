"""The synthesizers, by name. An engine's library is imported only when the engine is asked for."""

from pathlib import Path

from dragoman.models.folder import models_folder
from dragoman.models.manifest import SHIPPED
from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings
from workers.synthesize.engine import Synthesizer
from workers.synthesize.pins import voices_of

NAMES = ("kokoro", "piper", "pico", "festival", "espeak", "amazon", "scripted")


def create(name: str, settings: Settings) -> Synthesizer:
    """The synthesizer called `name`, not yet started. Raises SettingsError for a name that is none."""
    timeout_s, memory_mb, models = settings.engine_timeout_s, settings.engine_memory_mb, models_folder(settings.models)
    if name == "kokoro":
        from workers.synthesize.engines.kokoro import KokoroSynthesizer

        return KokoroSynthesizer(models / "kokoro", timeout_s, 3 * memory_mb, pinned=voices_of(name, settings))
    if name == "piper":
        from workers.synthesize.engines.piper import PiperSynthesizer

        return PiperSynthesizer(
            models,
            timeout_s,
            2 * memory_mb,
            voices_of(name, settings),
            manifest=Path(settings.models_manifest or SHIPPED),
        )
    if name == "pico":
        from workers.synthesize.engines.pico import PicoSynthesizer

        return PicoSynthesizer(timeout_s, memory_mb)
    if name == "festival":
        from workers.synthesize.engines.festival import FestivalSynthesizer

        return FestivalSynthesizer(timeout_s, 2 * memory_mb)
    if name == "espeak":
        from workers.synthesize.engines.espeak import EspeakSynthesizer

        return EspeakSynthesizer(timeout_s, memory_mb=memory_mb)
    if name == "amazon":
        from workers.amazon.account import account_of
        from workers.amazon.shared_rate import SharedRate
        from workers.synthesize.engines.amazon import AmazonSynthesizer

        return AmazonSynthesizer(
            account_of(settings),
            settings.amazon_voices,
            calls=settings.amazon_calls,
            timeout_s=timeout_s,
            pinned=voices_of(name, settings),
            rate=SharedRate(settings.redis, "polly", settings.amazon_speech_rate),
        )
    if name == "scripted":
        from workers.synthesize.engines.scripted import ScriptedSynthesizer

        return ScriptedSynthesizer(
            settings.scripted_latency_ms, settings.scripted_faults, timeout_s, by_clause=settings.scripted_clauses
        )
    raise SettingsError(f"DRAGOMAN_SYNTHESIZE_ENGINES: {name!r} is none of {', '.join(NAMES)}")
