"""Whether a voice keeps up with a long talk beside recognition: `python -m tests.bench.talk [--minutes 10]`.

Starts a `dragoman up` with the local engines, speaks the samples over and over into one session, in real time, and
listens to one language as a player does. Printed for every two minutes, so that what grows is seen:

sound   from a final caption to the first sound of its speech, at the listener, p50 and p95
heard   from the end of a spoken word to its translation in the speech, p50: the lag of who listens
lost    sentences whose speech was skipped or failed, with the reason
voice   the engines that spoke
MB      of all processes together (PSS)

It has fallen behind if `heard` grows from line to line, or if sentences are lost. `taskset -c 0,1` before it makes a
machine one of two cores.
"""

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import psutil

from dragoman.measure.clips import Clip, read_clips, read_samples
from dragoman.measure.ear_voice import heard_after
from dragoman.measure.hearing import ListenerNotes
from dragoman.measure.measure import SILENCE_S, RunFigures, measure
from dragoman.measure.scoring import percentile
from dragoman.ops.records import find_session, records
from schemas.audio import SAMPLE_RATE, samples
from schemas.messages import Speech, Transcript
from schemas.topics import SPEECH, TRANSCRIPTS
from tests.system.machine import Machine, machine

EVERY_S = 120
MEMORY_EVERY_S = 10
HEAD = f"{'MINUTE':>6} {'SENTENCES':>9} {'SOUND p50':>10} {'p95':>7} {'HEARD p50':>10} {'MB':>6}  LOST, VOICE"


@dataclass
class Row:
    """Two minutes."""

    sounds_s: list[float]
    heard_s: list[float]
    lost: Counter[str]
    sentences: int = 0


@click.command(help=__doc__)
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--floor", default="en", show_default=True)
@click.option("--language", default="pt", show_default=True)
@click.option("--clips", type=click.Path(path_type=Path), help="Folder as of `dragoman measure`; else the samples.")
@click.option("--dense", is_flag=True, help="Without the second of silence behind each clip.")
def main(minutes: float, floor: str, language: str, clips: Path | None, dense: bool) -> None:
    """Prints the table."""
    spoken = _long_enough(read_clips(clips) if clips else read_samples(), minutes * 60, 0.0 if dense else SILENCE_S)
    with tempfile.TemporaryDirectory() as data, machine(Path(data), "--engines", "local") as up:
        up.read_until("ready")
        asyncio.run(_talk(up, up.run["url"], spoken, floor, language, 0.0 if dense else SILENCE_S))


def _long_enough(clips: Sequence[Clip], seconds: float, silence_s: float) -> list[Clip]:
    spoken: list[Clip] = []
    length_s = 0.0
    while length_s < seconds:
        spoken.append(clips[len(spoken) % len(clips)])
        length_s += samples(spoken[-1].pcm) / SAMPLE_RATE + silence_s
    return spoken


async def _talk(up: Machine, url: str, clips: list[Clip], floor: str, language: str, silence_s: float) -> None:
    memory: list[float] = []
    watching = asyncio.create_task(_watch(up, memory))
    try:
        measured = await measure(url, clips, floor=floor, languages=[language], paced=True, silence_s=silence_s)
    finally:
        watching.cancel()
    kafka = up.run["kafka"]
    session = await find_session(kafka, measured.code)
    transcripts = {
        each.message.segment: each.message
        async for each in records(kafka, session, TRANSCRIPTS)
        if isinstance(each.message, Transcript) and each.message.final
    }
    engines = Counter(
        [
            each.message.engine
            async for each in records(kafka, session, SPEECH)
            if isinstance(each.message, Speech) and each.message.engine
        ]
    )
    rows = _rows(measured, language, transcripts)
    click.echo(f"{len(clips)} clips, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end\n{HEAD}")
    for number, row in sorted(rows.items()):
        start = number * EVERY_S // MEMORY_EVERY_S
        most_mb = max(memory[start : start + EVERY_S // MEMORY_EVERY_S], default=0.0)
        lost = ", ".join(f"{count} {why}" for why, count in row.lost.items()) or "none"
        click.echo(
            f"{number * EVERY_S // 60:>6} {row.sentences:>9} {_s(row.sounds_s, 0.5):>10} {_s(row.sounds_s, 0.95):>7}"
            f" {_s(row.heard_s, 0.5):>10} {most_mb:>6.0f}  {lost}"
        )
    click.echo("parts of speech by " + ", ".join(f"{name} {count}" for name, count in engines.items()))


def _rows(measured: RunFigures, language: str, transcripts: dict[int, Transcript]) -> dict[int, Row]:
    hearing = measured.hearings[language]
    rows: dict[int, Row] = {}

    def row(seconds: float) -> Row:
        return rows.setdefault(int(seconds // EVERY_S), Row([], [], Counter()))

    for final in hearing.finals:
        if final.text:
            now = row(final.end_ms / 1000)
            now.sentences += 1
            _note(now, hearing, final.segment)
    began = measured.sent.at(0)
    for spoken, delay in heard_after(hearing.speech, transcripts, measured.sent.at):
        row(spoken - began).heard_s.append(delay)
    return rows


def _note(row: Row, hearing: ListenerNotes, segment: int) -> None:
    """How soon a sentence sounded, or why it did not."""
    sounded, captioned = hearing.speech_at(segment), hearing.final_at(segment)
    if sounded is not None and captioned is not None:
        row.sounds_s.append(sounded - captioned)
    holes = [part.header for _, part in hearing.speech if part.header.segment == segment and not part.audio]
    if holes or sounded is None:
        row.lost[holes[0].reason or holes[0].outcome if holes else "no speech came"] += 1


async def _watch(up: Machine, memory: list[float]) -> None:
    """Notes the memory of all processes now and then."""
    while True:
        total = 0.0
        for pid in [up.process.pid, *up.descendants()]:
            try:
                total += psutil.Process(pid).memory_full_info().pss / 1e6
            except psutil.Error:
                continue
        memory.append(total)
        await asyncio.sleep(MEMORY_EVERY_S)


def _s(seconds: list[float], share: float) -> str:
    found = percentile(seconds, share)
    return "-" if found is None else f"{found:.2f} s"


if __name__ == "__main__":
    main()
