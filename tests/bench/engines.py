"""How long translating, speaking and encoding take on this machine: `python tests/bench/engines.py [--calls N]`.

Prints the median and the 95th percentile in ms, for apertium as long-lived pipelines beside `apertium` run once for
each sentence, for espeak-ng by language, and for the formats. The first call, which starts the pipeline, stands apart.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import click
import numpy as np
import structlog

from dragoman.runtime.settings import read_settings
from workers.errors import EngineUnavailable
from workers.synthesize.encoder import encode
from workers.synthesize.encoders import Encoders
from workers.synthesize.engine import Sound
from workers.synthesize.engines import create as create_synthesizer
from workers.translate.engines import create as create_translator
from workers.translate.routes import APERTIUM

SENTENCES = [
    "Our first speaker today will talk about renewable energy.",
    "Please hold your questions until the end of the presentation.",
    "Sunday is the best part of the week.",
    "We have never seen so many people in this room.",
    "The next train to London leaves at half past nine.",
]
SPOKEN = "Nuestro primer invitado hoy hablará sobre energía renovable."


@click.command()
@click.option("--calls", default=40, show_default=True, help="Calls for each figure.")
@click.option("--one-shot-calls", default=10, show_default=True, help="Calls of `apertium` for each language.")
def main(calls: int, one_shot_calls: int) -> None:
    """Prints the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(_bench(calls, one_shot_calls))


async def _bench(calls: int, one_shot_calls: int) -> None:
    for bench in (_translators(calls, one_shot_calls), _synthesizers(calls)):
        try:
            await bench
        except EngineUnavailable as missing:
            click.echo(f"left out: {missing}")


async def _translators(calls: int, one_shot_calls: int) -> None:
    translator = create_translator("apertium", read_settings())
    try:
        await translator.start()
        click.echo("translate, ms        first      pipeline p50/p95      one-shot p50/p95")
        for target in sorted(translator.targets("en")):

            async def persistent(text: str, target: str = target) -> None:
                await translator.translate(text, "en", target)

            async def one_shot(text: str, target: str = target) -> None:
                await _one_shot(text, APERTIUM["en", target])

            first = await _times(persistent, 1)
            kept, fresh = await _times(persistent, calls), await _times(one_shot, one_shot_calls)
            click.echo(f"  {target:12} {first[0]:12.1f} {_figures(kept):>21} {_figures(fresh):>21}")
    finally:
        await translator.close()


async def _synthesizers(calls: int) -> None:
    synthesizer, encoders = create_synthesizer("espeak", read_settings()), Encoders()
    try:
        await synthesizer.start()
        await encoders.start()
        click.echo(
            "synthesize and encode, ms    speech     speak p50/p95       opus here opus in process           pcm16"
        )
        for language in sorted({*(target for _, target in APERTIUM), "oc", "ast"} & synthesizer.languages):
            sound = await synthesizer.synthesize(SPOKEN, language, 1.0)

            async def speak(_: str, language: str = language) -> None:
                await synthesizer.synthesize(SPOKEN, language, 1.0)

            async def here(_: str, sound: Sound = sound) -> None:
                encode(sound, "ogg-opus")

            async def opus(_: str, sound: Sound = sound) -> None:
                await encoders.encode(sound, "ogg-opus")

            async def pcm16(_: str, sound: Sound = sound) -> None:
                await encoders.encode(sound, "pcm16")

            figures = [_figures(await _times(work, calls)) for work in (speak, here, opus, pcm16)]
            columns = "".join(f"{figure:>16}" for figure in figures)
            click.echo(f"  {language:12} {sound.duration_ms:20} {columns}")
    finally:
        await synthesizer.close()
        await encoders.close()


async def _one_shot(text: str, modes: tuple[str, ...]) -> None:
    output = text.encode()
    for mode in modes:
        process = await asyncio.create_subprocess_exec(
            "apertium", "-u", mode, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate(output)


async def _times(work: Callable[[str], Awaitable[None]], calls: int) -> list[float]:
    """Milliseconds of each call."""
    times = []
    for call in range(calls):
        began = time.perf_counter()
        await work(SENTENCES[call % len(SENTENCES)])
        times.append((time.perf_counter() - began) * 1000)
    return times


def _figures(times: list[float]) -> str:
    median, high = np.percentile(times, [50, 95])
    return f"{median:.1f} / {high:.1f}"


if __name__ == "__main__":
    main()
