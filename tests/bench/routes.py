"""Prints 40 sentences by each way that leads from a language to another, side by side: `python -m tests.bench.routes`.

What was read to decide the table in workers/translate/routes.py; docs/engines.md shows a part of it. Needs the default
models (DRAGOMAN_MODELS) and apertium's packages. Also says what a sentence costs each process.
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import click
import psutil
import structlog

from dragoman.runtime.settings import read_settings
from workers.starting import start_all
from workers.translate.careful import carefully
from workers.translate.engine import Translator
from workers.translate.engines import create_all
from workers.translate.glossary import Glossary

SENTENCES = Path(__file__).parent / "sentences"
NO_TERMS = Glossary({}, "en")


@click.command()
@click.argument("pairs", nargs=-1, metavar="SOURCE-TARGET...")
def main(pairs: Sequence[str]) -> None:
    """All pairs of the languages that have sentences, if none is named."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    known = ["en-pt", "en-es", "en-gl", "en-ca", "pt-en", "es-en", "gl-en", "ca-en", "zh-en", "zh-pt", "zh-es"]
    asyncio.run(_bench([tuple(pair.split("-", 1)) for pair in pairs or known]))


async def _bench(pairs: Sequence[tuple[str, ...]]) -> None:
    made = create_all(read_settings(engines="local"))
    try:
        translators = await start_all(made)
        for source, target in pairs:
            await _pair(translators, source, target)
    finally:
        for translator in made:
            await translator.close()


async def _pair(translators: Sequence[Translator], source: str, target: str) -> None:
    able = [each for each in translators if target in each.targets(source)]
    sentences = (SENTENCES / f"{source}.txt").read_text().splitlines()
    click.echo(f"\n## {source} to {target}\n")
    answers = {}
    for each in able:
        await each.translate(sentences[0], source, target)  # its processes load
        before = _cpu_s()
        answers[each.name] = [await _one(each, text, source, target) for text in sentences]
        click.echo(f"{each.name}: {(_cpu_s() - before) / len(sentences) * 1000:.0f} ms of processor a sentence")
    for number, text in enumerate(sentences):
        click.echo(f"\n{number + 1}. {text}")
        for name, translations in answers.items():
            click.echo(f"   {name}: {translations[number]}")


async def _one(translator: Translator, text: str, source: str, target: str) -> str:
    return await carefully(text, NO_TERMS, lambda each: translator.translate(each, source, target))


def _cpu_s() -> float:
    """Of the children that run now."""
    children = psutil.Process(os.getpid()).children(recursive=True)
    return sum(sum(child.cpu_times()[:2]) for child in children)


if __name__ == "__main__":
    main()
