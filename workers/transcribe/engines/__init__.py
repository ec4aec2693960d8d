"""The recognisers, by name. An engine's library is imported only when the engine is asked for."""

from typing import TYPE_CHECKING

from dragoman.runtime.errors import SettingsError
from workers.transcribe.engine import Recogniser

if TYPE_CHECKING:  # the recogniser processes import this package, but not the 20 MB behind the settings
    from dragoman.runtime.settings import Settings

NAMES = ("whisper", "amazon", "scripted")


def create(name: str, settings: "Settings") -> Recogniser:
    """The recogniser called `name`, not yet started. Raises SettingsError for a name that is none."""
    if name == "whisper":
        from dragoman.models.folder import models_folder
        from workers.transcribe.engines.pool.recogniser import PooledRecogniser
        from workers.transcribe.engines.whisper.recogniser import whisper

        return PooledRecogniser(
            whisper(
                models_folder(settings.models),
                settings.whisper_model,
                silence_ms=settings.endpoint_silence_ms,
                threads=settings.whisper_threads,
                device=settings.whisper_device,
                compute=settings.whisper_compute,
                full_sessions=(settings.sessions_per_recogniser + 1) // 2,
            ),
            processes=settings.recognisers,
            sessions_per_process=settings.sessions_per_recogniser,
            timeout_s=settings.engine_timeout_s,
            reap_s=settings.reap_s,
            memory_mb=settings.engine_memory_mb * settings.sessions_per_recogniser,
        )
    if name == "amazon":
        from workers.amazon.account import account_of
        from workers.transcribe.engines.amazon import AmazonRecogniser
        from workers.transcribe.engines.amazon.languages import named, options_of

        return AmazonRecogniser(
            account_of(settings),
            streams=settings.amazon_streams,
            stability=settings.amazon_stability,
            options=options_of(settings.listed("amazon_languages")),
            vocabularies=named("amazon_vocabularies", settings.listed("amazon_vocabularies")),
            filters=named("amazon_vocabulary_filters", settings.listed("amazon_vocabulary_filters")),
        )
    if name == "scripted":
        from workers.transcribe.engines.scripted import ScriptedRecogniser

        return ScriptedRecogniser(
            settings.scripted_latency_ms, settings.scripted_faults, clauses=settings.scripted_clauses
        )
    raise SettingsError(f"DRAGOMAN_TRANSCRIBE_ENGINES: {name!r} is none of {', '.join(NAMES)}")
