"""Real speech for the recognisers, from Debian's package pocketsphinx-testdata; and what is heard of it."""

import asyncio
import wave
from pathlib import Path

import pytest

from schemas.audio import samples
from workers.transcribe.engine import Hypothesis, Quiet, Recognition

FOLDER = Path("/usr/share/pocketsphinx/test/data")
SECOND = bytes(2 * 16_000)
"""Of silence."""


def recorded(name: str) -> bytes:
    """PCM of a recording, with a second of silence after it. Skips the test where the package is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip("no recorded speech: apt-get install pocketsphinx-testdata")
    if path.suffix == ".raw":
        return path.read_bytes() + SECOND
    with wave.open(str(path)) as recording:
        pcm: bytes = recording.readframes(recording.getnframes())
    return pcm + SECOND


async def feed(recognition: Recognition, pcm: bytes, position: int = 0, step: int = 1_600) -> int:
    """Feeds PCM in steps of so many samples; returns the position after it."""
    for begin in range(0, samples(pcm), step):
        await recognition.feed(position + begin, pcm[2 * begin : 2 * (begin + step)])
    return position + samples(pcm)


async def heard(recognition: Recognition, until: int) -> list[Hypothesis | Quiet]:
    """All results up to the Quiet that reaches `until`."""
    results = []
    async with asyncio.timeout(120):
        async for result in recognition.results():
            results.append(result)
            if isinstance(result, Quiet) and result.until >= until:
                break
    return results


def finals(results: list[Hypothesis | Quiet]) -> list[Hypothesis]:
    """The finals among results."""
    return [result for result in results if isinstance(result, Hypothesis) and result.final]


async def finals_of(recognition: Recognition, pcm: bytes, position: int = 0, step: int = 1_600) -> list[Hypothesis]:
    """What is heard of PCM, finished after it."""
    listening = asyncio.create_task(heard(recognition, position + samples(pcm)))
    await feed(recognition, pcm, position, step)
    await recognition.finish()
    return finals(await listening)
