"""Measures the engine `whisper`: `python tests/bench/recogniser.py FOLDER`.

FOLDER holds WAV files (16 kHz, mono, s16) and transcripts.tsv (columns `file` and `text`). All clips go into one
session in that order, 1 s of silence after each. Time is virtual: audio comes in real time, in frames of 100 ms, and
whatever a recogniser process does takes the seconds of CPU that it took; so the figures are those of a free core,
however busy this machine is.

    word error rate   of the finals, numbers as they are said
    to the final      from the end of speech of a clip (its last 10 ms within 35 dB of its loudest) to its last final
    to a word         from the end of a word to the first result that shows it in its place
    to a word's final from the end of a word to its final: so long its translation waits at least
    retracted         words that were shown, or said to be stable, and did not stay, per 100 final words
"""

import sys
import wave
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from time import process_time

import click
import numpy as np

from dragoman.measure.clips import Clip, PlacedClip, read_clips, without_pauses
from dragoman.measure.erasure import Shown, erasure, first_seen
from dragoman.measure.scoring import errors, percentile, words
from dragoman.models.folder import models_folder
from dragoman.runtime.settings import read_settings
from schemas.audio import SAMPLE_RATE
from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines.pool.pipe import Failed, Feed, Finish, Heard, Open, ToParent
from workers.transcribe.engines.pool.process import SessionTurns
from workers.transcribe.engines.whisper.process import prepare

PIECE = SAMPLE_RATE // 10
PAUSE_S = 1.0


class Process:
    """A recogniser process in virtual time."""

    def __init__(self, model: str, silence_ms: int) -> None:
        open_hearing = prepare(models_folder(read_settings().models), model, silence_ms, 1, "auto", "")
        self.sessions = SessionTurns(open_hearing, self._take, self._clock)
        self.results: dict[int, list[tuple[float, Hypothesis]]] = {}
        self.looks = 0
        self.cpu_s = 0.0
        self._now, self._began = 0.0, process_time()

    def hear(self, streams: dict[int, bytes], light: frozenset[int] = frozenset()) -> None:
        """Each session hears its own stream, all from the same moment on."""
        self._now, self._began = 0.0, process_time()
        for session in streams:
            self.results[session] = []
            self.sessions.take(Open(session, "en", light=session in light))
        pieces = [
            ((begin + PIECE) / SAMPLE_RATE, Feed(session, begin, pcm[2 * begin : 2 * (begin + PIECE)]))
            for session, pcm in streams.items()
            for begin in range(0, len(pcm) // 2, PIECE)
        ]
        pieces.sort(key=lambda piece: piece[0])
        self._now = 0.0
        while pieces or self._busy():
            while pieces and pieces[0][0] <= self._now:
                self.sessions.take(pieces.pop(0)[1])
            if not self._busy() and pieces:
                self._now = max(self._now, pieces[0][0])
        for session in streams:
            self.sessions.take(Finish(session))
        while self._busy():
            pass

    def _busy(self) -> bool:
        self._began = process_time()
        worked = self.sessions.work()
        if not worked and self.sessions.look():
            worked = True
            self.looks += 1
        took = process_time() - self._began
        if worked:
            self._now += took
            self.cpu_s += took
        self._began = process_time()
        return worked

    def _clock(self) -> float:
        return self._now + process_time() - self._began

    def _take(self, message: ToParent) -> None:
        match message:
            case Heard(session, _, hypotheses):
                self.results[session] += [(self._clock(), hypothesis) for hypothesis in hypotheses]
            case Failed(session, reason):
                raise RuntimeError(f"session {session}: {reason}")
            case _:
                pass


@dataclass
class Report:
    """What came of one session."""

    placed: list[PlacedClip]
    results: list[tuple[float, Hypothesis]]
    to_final: list[float] = field(default_factory=list)
    to_word: list[float] = field(default_factory=list)
    shown: int = 0
    stable: int = 0
    """Words retracted."""

    def __post_init__(self) -> None:
        self.finals = [(at, result) for at, result in self.results if result.final]
        for placed in self.placed:
            if inside := [at for at, final in self.finals if _inside(final, placed)]:
                self.to_final.append(inside[-1] - placed.speech_end / SAMPLE_RATE)
        self._follow()

    @property
    def to_words_final(self) -> list[float]:
        """Seconds from the end of each word to its final."""
        return [at - word.end / SAMPLE_RATE for at, final in self.finals for word in final.words]

    @property
    def heard(self) -> list[str]:
        return [word for _, final in self.finals for word in words(final.text)]

    @property
    def wanted(self) -> list[str]:
        return [word for placed in self.placed for word in words(placed.clip.text)]

    def _follow(self) -> None:
        seen = [_shown(at, result) for at, result in self.results]
        gone = erasure(seen)
        self.shown, self.stable = gone.shown, gone.stable
        begun = 0
        for number, (_, result) in enumerate(self.results):
            if result.final:
                times = zip(result.words, first_seen(seen[begun : number + 1]), strict=False)
                self.to_word += [at - word.end / SAMPLE_RATE for word, at in times if at is not None]
                begun = number + 1


def _shown(at: float, result: Hypothesis) -> Shown:
    end = result.until if result.final else result.end
    return Shown(at, result.text, result.stable_chars, result.final, result.start // 16, end // 16)


def _inside(final: Hypothesis, placed: PlacedClip) -> bool:
    return placed.start <= (final.start + final.end) // 2 < placed.until


def joined(clips: list[Clip], dense: bool) -> tuple[list[PlacedClip], bytes]:
    """One stream: with pauses, or without any silence."""
    stream, placed = b"", []
    for clip in clips:
        pcm = without_pauses(clip).pcm if dense else clip.pcm + bytes(round(2 * PAUSE_S * SAMPLE_RATE))
        start = len(stream) // 2
        stream += pcm
        placed.append(PlacedClip(clip, start, len(stream) // 2))
    return placed, stream


def with_noise(pcm: bytes, placed: list[PlacedClip], noise: bytes, snr_db: float) -> bytes:
    """Speech and a recording, by the power of both; of each clip by its own, for some are softer than others."""
    mixed = np.frombuffer(pcm, np.int16).astype(np.float64)
    sound = np.resize(np.frombuffer(noise, np.int16).astype(np.float64), mixed.size)
    sound /= np.sqrt(np.mean(sound**2))
    for clip in placed:
        speech = mixed[clip.start : clip.until]
        loud = np.mean(speech[np.abs(speech) > np.abs(speech).max() / 50] ** 2)
        mixed[clip.start : clip.until] += sound[clip.start : clip.until] * np.sqrt(loud / 10 ** (snr_db / 10))
    return np.clip(mixed, -32768, 32767).astype(np.int16).tobytes()


def read_wav(path: Path) -> bytes:
    """PCM of a recording."""
    with wave.open(str(path)) as recording:
        return recording.readframes(recording.getnframes())


def spread(name: str, seconds: list[float]) -> str:
    """Median and more."""
    if not seconds:
        return f"{name:18} -"
    p50, p90, p95 = (percentile(seconds, share) or 0.0 for share in (0.5, 0.9, 0.95))
    return f"{name:18} p50 {p50:.2f}  p90 {p90:.2f}  p95 {p95:.2f}  max {max(seconds):.2f} s"


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", default="base", show_default=True)
@click.option("--silence-ms", default=512, show_default=True)
@click.option("--dense", is_flag=True, help="Without silence between and in the clips.")
@click.option("--noise", type=click.Path(exists=True, path_type=Path), help="A recording that is added.")
@click.option("--snr", default=15.0, show_default=True, help="By so many dB quieter than speech.")
@click.option(
    "--sessions", default=1, show_default=True, help="Speak at once into one process, each from another clip on."
)
@click.option("--light", default=0, show_default=True, help="So many of them are heard with the smaller model.")
@click.option("--clips", "count", default=0, help="Only so many of the clips, the first ones; 0: all.")
@click.option("--quiet", is_flag=True, help="Not clip by clip.")
def main(
    folder: Path,
    model: str,
    silence_ms: int,
    dense: bool,
    noise: Path | None,
    snr: float,
    sessions: int,
    light: int,
    count: int,
    quiet: bool,
) -> None:
    """Measures."""
    clips = list(read_clips(folder))[: count or None]
    placed: dict[int, list[PlacedClip]] = {}
    streams: dict[int, bytes] = {}
    for session in range(sessions):
        first = session * len(clips) // sessions
        placed[session], streams[session] = joined(clips[first:] + clips[:first], dense)
        if noise:
            streams[session] = with_noise(streams[session], placed[session], read_wav(noise), snr)
    process = Process(model, silence_ms)
    process.hear(streams, frozenset(range(sessions - light, sessions)))
    reports = [Report(placed[session], process.results[session]) for session in streams]
    if not quiet:
        for part in placed[0]:
            inside = [final.text for _, final in reports[0].finals if _inside(final, part)]
            wrong = errors(words(part.clip.text), words(" ".join(inside)))
            click.echo(f"{part.clip.name:16} {wrong:2} wrong, {len(inside)} finals: {' | '.join(inside)}")
    said = sum(len(report.heard) for report in reports)
    rates = [100 * errors(report.wanted, report.heard) / len(report.wanted) for report in reports]
    length_s = max(len(pcm) for pcm in streams.values()) / 2 / SAMPLE_RATE
    click.echo(f"word error rate    {mean(rates):.1f} % of {len(reports[0].wanted)} words, {length_s:.0f} s of audio")
    click.echo(
        f"CPU                {process.cpu_s / length_s:.2f} s a second; {process.looks / length_s / sessions:.2f} looks"
    )
    click.echo(spread("to the final", [s for report in reports for s in report.to_final]))
    click.echo(spread("to a word", [s for report in reports for s in report.to_word]))
    click.echo(spread("to a word's final", [s for report in reports for s in report.to_words_final]))
    shown, stable = (100 * sum(getattr(report, name) for report in reports) / said for name in ("shown", "stable"))
    click.echo(f"retracted          shown {shown:.1f}, stable {stable:.1f} per 100 words")
    if light:
        for name, some in (("full", reports[: sessions - light]), ("light", reports[sessions - light :])):
            click.echo(spread(f"final, {name}", [s for report in some for s in report.to_final]))


if __name__ == "__main__":
    sys.exit(main())
