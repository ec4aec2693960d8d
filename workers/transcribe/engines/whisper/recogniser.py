"""Whisper as the stage sees it."""

from pathlib import Path

from schemas.languages import AUTO
from workers.transcribe.engines.pool.recogniser import Kind
from workers.transcribe.engines.whisper.languages import LIGHT, understood, whispers

_MODULE = "workers.transcribe.engines.whisper.process"


def whisper(
    folder: Path, model: str, *, silence_ms: int, threads: int, device: str, compute: str, full_sessions: int
) -> Kind:
    """`folder` holds the models; of the sessions of a process so many get `model`, the next ones a smaller one."""
    known = understood(model)

    def understands(language: str) -> bool:
        return language in known if language == AUTO else bool(whispers(language, known))

    def light(language: str, others: int) -> bool:
        smaller = model in ("base", "small") and (folder / f"whisper-{LIGHT}").is_dir()
        return smaller and others >= full_sessions and whispers(language, known) == "en"

    return Kind(
        name="whisper",
        languages=known,
        program=(_MODULE, str(folder), model, str(silence_ms), str(threads), device, *([compute] if compute else [])),
        threads=threads,
        understands=understands,
        light=light,
    )
