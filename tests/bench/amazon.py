"""What streams of Transcribe cost here: processor, the loop's lag, and the time from audio to event.

    python -m tests.bench.amazon [--streams 1,5,20] [--seconds 10]

The real client library and our engine, as fast as speech is spoken, against our peer in a process of its own: what
Amazon itself takes is not in it. Prints a line for each number of streams.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from tests.workers.amazon.peers import credentials
from tests.workers.amazon.signatures import REGION
from tests.workers.amazon.transcribe_peer import TranscribePeer
from workers.amazon.account import Account
from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines.amazon import AmazonRecogniser
from workers.transcribe.engines.amazon.recognition import AmazonRecognition

FRAME_S = 0.1
SAMPLES = 1_600


@click.command()
@click.option("--streams", default="1,5,20", show_default=True)
@click.option("--seconds", default=10.0, show_default=True, help="Of speech in each stream.")
@click.option("--peer", hidden=True, type=click.Path(path_type=Path))
def main(streams: str, seconds: float, peer: Path | None) -> None:
    """Measures."""
    if peer:
        asyncio.run(_serve(peer))
    else:
        with tempfile.TemporaryDirectory() as folder, credentials(Path(folder)):
            asyncio.run(_measure_all(Path(folder), [int(count) for count in streams.split(",")], seconds))


async def _serve(folder: Path) -> None:
    async with TranscribePeer(folder / "tls") as peer:
        sys.stdout.write(f"{peer.url}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _measure_all(folder: Path, counts: list[int], seconds: float) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.amazon", "--peer", str(folder)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin
    assert child.stdout
    url = (await child.stdout.readline()).decode().strip()
    recogniser = AmazonRecogniser(
        Account(REGION, {"transcribe": url}, str(folder / "tls/cert.pem")), streams=max(counts)
    )
    await recogniser.start()
    click.echo("streams  % of a core  % a stream  loop lag p50/p99 ms  audio to event p50/p95 ms")
    for count in counts:
        click.echo(await _measure(recogniser, count, seconds))
    await recogniser.close()
    child.stdin.close()
    await child.wait()


async def _measure(recogniser: AmazonRecogniser, count: int, seconds: float) -> str:
    recognitions = [await recogniser.open(f"bench-{number}", "en", ()) for number in range(count)]
    lags: list[float] = []
    waits: list[float] = []
    watching = asyncio.create_task(_watch(lags))
    began, used = time.monotonic(), _processor_s()
    await asyncio.gather(*(_speak(each, number / count, seconds, waits) for number, each in enumerate(recognitions)))
    share = 100 * (_processor_s() - used) / (time.monotonic() - began)
    watching.cancel()
    lag, wait = np.percentile(lags, (50, 99)), np.percentile(waits, (50, 95))
    lagged, waited = f"{lag[0]:8.1f} / {lag[1]:8.1f}", f"{wait[0]:11.1f} / {wait[1]:.1f}"
    return f"{count:7}  {share:11.1f}  {share / count:10.2f}  {lagged}  {waited}"


async def _speak(recognition: AmazonRecognition, offset: float, seconds: float, waits: list[float]) -> None:
    """A tone, which the peer takes for words; an event says with its end which frame it follows."""
    sent: dict[int, float] = {}

    async def hear() -> None:
        async for result in recognition.results():
            if isinstance(result, Hypothesis) and not result.final and result.until in sent:
                waits.append(1_000 * (time.monotonic() - sent[result.until]))

    hearing = asyncio.create_task(hear())
    frame = (np.sin(np.arange(SAMPLES) * 0.2) * 8_000).astype("<i2").tobytes()
    at = time.monotonic() + offset * FRAME_S
    for number in range(int(seconds / FRAME_S)):
        await asyncio.sleep(max(0.0, at + number * FRAME_S - time.monotonic()))
        sent[(number + 1) * SAMPLES] = time.monotonic()
        await recognition.feed(number * SAMPLES, frame)
    await asyncio.sleep(0.5)
    await recognition.close()
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)


async def _watch(lags: list[float]) -> None:
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.005)
        lags.append(1_000 * (time.monotonic() - began - 0.005))


def _processor_s() -> float:
    """Of this process, all threads."""
    times = os.times()
    return times.user + times.system


if __name__ == "__main__":
    main()
