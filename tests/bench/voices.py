"""How well voices are understood, and what they cost: `python -m tests.bench.voices pt es --all`.

Each engine speaks the first sentences of tests/bench/sentences, Whisper's `base` (five beams) hears them: the share of
words that it mishears, and how many more it spells in another way: `à` as `a`, `Wi-Fi` as `wifi`. All accents count as
spelling, also those that are heard (`avô`, `avó`). It is the recogniser's opinion, also of numbers, which it writes as
digits.
"""

import asyncio
import math
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click
import numpy as np
import psutil

from dragoman.measure.scoring import errors, words
from dragoman.models.folder import models_folder
from dragoman.runtime.settings import read_settings
from workers.errors import EngineUnavailable
from workers.synthesize.clauses import clauses
from workers.synthesize.encoder import encode
from workers.synthesize.engine import Sound, Synthesizer
from workers.synthesize.engines import NAMES, create
from workers.transcribe.engines.whisper.model import WhisperModel
from workers.transcribe.engines.whisper.reading import read

SENTENCES = Path(__file__).parent / "sentences"
BEAMS = 5
HEAD = (
    f"{'':4}{'engine':9}{'voice':20}{'misheard':>14}{'spelt':>8}{'cpu/s':>7}{'first':>8}{'cpu':>8}{'MB':>6}{'dBFS':>7}"
)


@dataclass
class Row:
    """Of one voice."""

    said: int = 0
    misheard: int = 0
    """Words."""
    spelt: int = 0
    """Other words that are only spelt in another way."""
    seconds: float = 0.0
    """Of speech."""
    firsts_s: list[float] | None = None
    """From a text to the first sound, of which the first clause is enough where clauses are heard one by one."""
    firsts_cpu_s: list[float] | None = None
    """The same in seconds of the processor: what it would be on a machine with nothing else to do."""
    levels_db: list[float] | None = None
    """Where it speaks."""


@click.command(help=__doc__)
@click.argument("languages", nargs=-1, required=True)
@click.option("--engines", default=",".join(NAMES[:-2]), show_default=True)
@click.option("--sentences", default=6, show_default=True)
@click.option("--all", "every", is_flag=True, help="Every voice of an engine, not only the one that it takes first.")
@click.option("--verbose", is_flag=True, help="Print what was misheard.")
def main(languages: tuple[str, ...], engines: str, sentences: int, every: bool, verbose: bool) -> None:
    """Prints a line for each language, engine and voice: misheard words, others that are only spelt in another way,
    seconds of the processor for one of speech, median time to the first sound, the same in seconds of the processor,
    megabytes (PSS) of its processes, loudness."""
    model = WhisperModel(models_folder(read_settings().models) / "whisper-base", 1, "")
    asyncio.run(_all(model, languages, engines.split(","), sentences, every, verbose))


async def _all(
    model: WhisperModel, languages: tuple[str, ...], engines: list[str], sentences: int, every: bool, verbose: bool
) -> None:
    click.echo(HEAD)
    for language in languages:
        texts = (SENTENCES / f"{language}.txt").read_text().splitlines()[:sentences]
        for name in engines:
            first = create(name, read_settings())
            voices = [voice.name for voice in first.voices.get(language, ())][: None if every else 1]
            for voice in voices or [""]:
                await _one(model, language, name, voice, texts, verbose)


async def _one(model: WhisperModel, language: str, name: str, voice: str, texts: list[str], verbose: bool) -> None:
    pin = {"synthesize_engines": name, "voices": f"{language}:{name}:{voice}" if voice else ""}
    synthesizer = create(name, read_settings().model_copy(update=pin))
    try:
        await synthesizer.start()
        if language not in synthesizer.languages:
            return
        row, before_s = Row(firsts_s=[], firsts_cpu_s=[], levels_db=[]), _worked_s()
        for text in texts:
            await _sentence(model, synthesizer, language, text, row, verbose)
        _show(language, name, voice, row, (_worked_s() - before_s) / row.seconds)
    except EngineUnavailable as missing:
        click.echo(f"{language:4}{name}: {missing}")
    finally:
        await synthesizer.close()


async def _sentence(
    model: WhisperModel, synthesizer: Synthesizer, language: str, text: str, row: Row, verbose: bool
) -> None:
    sounds, began, before_s = [], time.monotonic(), _worked_s()
    assert row.firsts_s is not None
    assert row.firsts_cpu_s is not None
    assert row.levels_db is not None
    for part, clause in enumerate(clauses(text) if synthesizer.by_clause else [text]):
        sounds.append(await synthesizer.synthesize(clause, language, 1.0))
        if part == 0:
            row.firsts_s.append(time.monotonic() - began)
            row.firsts_cpu_s.append(_worked_s() - before_s)
    sound = Sound(b"".join(each.pcm for each in sounds), sounds[0].sample_rate)
    row.seconds += sound.seconds
    row.levels_db.append(_level_db(sound))
    heard = read(model, encode(sound, "pcm16").audio, language, BEAMS).text
    misheard = errors(_sounds(text), _sounds(heard))
    row.said += len(_sounds(text))
    row.misheard += misheard
    row.spelt += max(0, errors(words(text), words(heard)) - misheard)
    if misheard and verbose:
        click.echo(f"    {text}\n    {heard}")


def _show(language: str, name: str, voice: str, row: Row, cost: float) -> None:
    assert row.firsts_s
    assert row.firsts_cpu_s
    assert row.levels_db
    misheard = f"{row.misheard} of {row.said} {100 * row.misheard / row.said:3.0f} %"
    megabytes = sum(child.memory_full_info().pss for child in _children()) / 1e6
    first, first_cpu, level = median(row.firsts_s), median(row.firsts_cpu_s), median(row.levels_db)
    click.echo(
        f"{language:4}{name:9}{voice:20}{misheard:>14}{row.spelt:8}"
        f"{cost:7.2f}{first:6.2f} s{first_cpu:6.2f} s{megabytes:6.0f}{level:7.1f}"
    )


def _sounds(text: str) -> list[str]:
    """The words without what is spelling, not sound."""
    plain = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return words(plain.lower().replace("wi-fi", "wifi"))


def _level_db(sound: Sound) -> float:
    """RMS of what is louder than a twentieth of the loudest 10 ms."""
    samples = np.frombuffer(sound.pcm, "<i2").astype(float) / 32_768
    length = sound.sample_rate // 100
    levels = np.sqrt(np.square(samples[: len(samples) // length * length].reshape(-1, length)).mean(axis=1))
    return 10 * math.log10(float(np.square(levels[levels > levels.max() / 20]).mean()))


def _worked_s() -> float:
    """Of the processes that speak, those that have ended included."""
    mine = psutil.Process().cpu_times()
    times = [mine.children_user + mine.children_system]
    for child in _children():
        of = child.cpu_times()
        times.append(of.user + of.system + of.children_user + of.children_system)
    return sum(times)


def _children() -> Iterator[psutil.Process]:
    yield from psutil.Process().children(recursive=True)


if __name__ == "__main__":
    main()
