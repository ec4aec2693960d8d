"""How well voices are understood: `python -m tests.bench.voices es en`.

Each engine speaks the first sentences of tests/bench/sentences, Whisper's `base` (five beams) hears them: the share of
words that it mishears. It is the recogniser's opinion, also of numbers, which it writes as digits.
"""

import asyncio
from pathlib import Path

import click

from dragoman.models.folder import models_folder
from dragoman.ops.scoring import errors, words
from dragoman.runtime.settings import read_settings
from workers.synthesize.encoder import encode
from workers.synthesize.engine import Synthesizer
from workers.synthesize.engines import create
from workers.transcribe.engines.whisper.model import WhisperModel
from workers.transcribe.engines.whisper.reading import read

SENTENCES = Path(__file__).parent / "sentences"
BEAMS = 5


@click.command(help=__doc__)
@click.argument("languages", nargs=-1, required=True)
@click.option("--engines", default="pico,espeak", show_default=True)
@click.option("--sentences", default=6, show_default=True)
def main(languages: tuple[str, ...], engines: str, sentences: int) -> None:
    """Prints a line for each language and engine."""
    model = WhisperModel(models_folder(read_settings().models) / "whisper-base", 1, "")
    asyncio.run(_all(model, languages, engines.split(","), sentences))


async def _all(model: WhisperModel, languages: tuple[str, ...], engines: list[str], sentences: int) -> None:
    for name in engines:
        synthesizer = create(name, read_settings())
        try:
            await synthesizer.start()
            for language in languages:
                if language in synthesizer.languages:
                    texts = (SENTENCES / f"{language}.txt").read_text().splitlines()[:sentences]
                    await _one(model, synthesizer, language, texts)
        finally:
            await synthesizer.close()


async def _one(model: WhisperModel, synthesizer: Synthesizer, language: str, texts: list[str]) -> None:
    wrong = said = 0
    for text in texts:
        sound = encode(await synthesizer.synthesize(text, language, 1.0), "pcm16")
        heard = read(model, sound.audio, language, BEAMS).text
        said += len(words(text))
        wrong += (missed := errors(words(text), words(heard)))
        if missed:
            click.echo(f"  {text}\n  {heard}")
    click.echo(f"{language} {synthesizer.name}: {wrong} of {said} words misheard, {100 * wrong / said:.0f} %")


if __name__ == "__main__":
    main()
