"""How well the language of speech is told, and what that costs: `python -m tests.bench.languages es fr --clips FOLDER`.

Pico speaks the first sentences of tests/bench/sentences; of a folder of English clips each is heard, too. Told is it by
the first three seconds, as `auto` does it, and by the whole, as it is looked whether another language is spoken: only
what is probable enough counts there. CPU seconds of this process, one thread.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from dragoman.measure.clips import read_clips
from dragoman.models.folder import models_folder
from dragoman.runtime.settings import read_settings
from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from workers.synthesize.encoder import encode
from workers.synthesize.engines import create
from workers.transcribe.engines.whisper.hearing import PROBABLE
from workers.transcribe.engines.whisper.model import WhisperModel
from workers.transcribe.engines.whisper.reading import read

SENTENCES = Path(__file__).parent / "sentences"
THREE_S = 3 * SAMPLE_RATE * BYTES_PER_SAMPLE


@click.command(help=__doc__)
@click.argument("languages", nargs=-1)
@click.option("--sentences", default=8, show_default=True)
@click.option("--clips", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(languages: tuple[str, ...], sentences: int, clips: Path | None) -> None:
    """Prints a line for each language, and one for the clips."""
    model = WhisperModel(models_folder(read_settings().models) / "whisper-base", 1, "")
    for language in languages:
        texts = (SENTENCES / f"{language}.txt").read_text().splitlines()[:sentences]
        _tell(model, language, asyncio.run(_spoken(language, texts)), f"{language}, Pico")
    if clips:
        _tell(model, "en", [clip.pcm for clip in read_clips(clips)], "English clips")


async def _spoken(language: str, texts: Sequence[str]) -> list[bytes]:
    voice = create("pico", read_settings())
    await voice.start()
    try:
        return [encode(await voice.synthesize(text, language, 1.0), "pcm16").audio for text in texts]
    finally:
        await voice.close()


def _tell(model: WhisperModel, language: str, speech: Sequence[bytes], what: str) -> None:
    first: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    doubtful, looks_s, firsts_s = 0, [], []
    for pcm in speech:
        began = time.process_time()
        first[model.language(pcm[:THREE_S])] += 1
        firsts_s.append(time.process_time() - began)
        reading = read(model, pcm, language, 1)
        began = time.process_time()
        heard, probability = model.language_of(reading)
        looks_s.append(time.process_time() - began)
        doubtful += probability < PROBABLE
        whole[heard] += probability >= PROBABLE
    cost = f"{1000 * sorted(firsts_s)[len(firsts_s) // 2]:.0f} and {1000 * sorted(looks_s)[len(looks_s) // 2]:.0f} ms"
    click.echo(f"{what}: {len(speech)}; first 3 s {dict(first)}; whole {dict(+whole)}, {doubtful} doubtful; {cost}")


if __name__ == "__main__":
    main()
