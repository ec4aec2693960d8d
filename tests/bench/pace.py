"""How far a voice falls behind a speaker who makes no pause: `python -m tests.bench.pace [--engine pico]`.

Time is virtual and the stage is the real one. The sentences of tests/bench/sentences are spoken over and over, at 4.5
syllables a second times the speaker's rate; each translation is there 0.9 s after its last word. The voice takes for
Spanish what real voices take: syllables again, and so much longer than the English (15 to 25 %); or, with `--engine`,
what that engine takes. Lag is from the end of a sentence to when its speech has been heard. Printed for each 5 minutes:
its median, without and with the pace; then what is left of it when speech that would be heard 15 s too late is skipped.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from dragoman.runtime.settings import read_settings
from schemas.audio import SAMPLE_RATE
from schemas.messages import Prosody, Speech, Translation
from workers.audience import SessionDemand
from workers.stage import Emit, Record
from workers.synthesize.choice import Choice
from workers.synthesize.engine import NEUTRAL, Encoded, Sound, Synthesizer, Tone, Voice
from workers.synthesize.engines import create
from workers.synthesize.stage import synthesize
from workers.transcribe.syllables import syllables

SENTENCES = Path(__file__).parent / "sentences"
LANGUAGE = "es"
SYLLABLES_S = 4.5
"""Of a speaker at the usual rate."""
TRANSLATED_MS = 900
EVERY_MS = 300_000
ENDLESS_S = 1e6
"""A deadline that nothing misses."""
VOICE_RATE = 8_000
"""Samples a second of a voice of which only the length counts."""


@dataclass(frozen=True)
class Heard:
    """A sentence."""

    spoken_at: int
    """When its last word was spoken, ms from the beginning."""
    lag_ms: int | None
    """When its speech had been heard, ms later; None: it was skipped."""


class Timed:
    """A voice that makes no sound, and takes as long for it as a real one."""

    name, languages = "timed", frozenset({"*"})
    rough = by_clause = False
    cost = 0.0
    voices: Mapping[str, tuple[Voice, ...]] = {}

    def __init__(self, longer: float, follows: bool) -> None:
        """`longer`: share by which Spanish takes longer than English; `follows` the rate that it is told."""
        english, spanish = _texts()
        self._follows = follows
        self._syllables_s = SYLLABLES_S * sum(map(syllables, spanish)) / sum(map(syllables, english)) / (1 + longer)

    async def start(self) -> None:
        """Nothing to prove."""

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """Silence."""
        seconds = syllables(text) / self._syllables_s / (rate if self._follows else 1)
        return Sound(bytes(2 * round(seconds * VOICE_RATE)), VOICE_RATE)

    async def close(self) -> None:
        """Nothing was started."""


class Unpaced:
    """An engine that is always told the usual rate."""

    def __init__(self, engine: Synthesizer) -> None:
        self._engine = engine
        self.name, self.languages, self.start, self.close = engine.name, engine.languages, engine.start, engine.close
        self.rough, self.by_clause, self.cost, self.voices = engine.rough, engine.by_clause, engine.cost, engine.voices

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """At rate 1."""
        return await self._engine.synthesize(text, language, 1.0, tone)


class Audience:
    """Somebody hears Spanish."""

    async def of(self, session_id: str) -> SessionDemand:
        """Always the same."""
        formats = {LANGUAGE: frozenset({"pcm16"})}
        return SessionDemand(hearing=formats, spoken=formats)


async def simulate(
    engine: Synthesizer, minutes: float, speaker: float = 1.0, deadline_s: float = ENDLESS_S
) -> list[Heard]:
    """What is heard of so many minutes of a speaker at `speaker` times the usual rate."""
    now = heard_at = 0
    prosody = Prosody(loudness_db=-23, pitch_hz=120, rate=speaker)

    async def inbound() -> AsyncIterator[Record]:
        nonlocal now
        english, spanish = _texts()
        spoken_at, number = 0, 0
        while spoken_at < minutes * 60_000:
            source, text = english[number % len(english)], spanish[number % len(spanish)]
            segment, spoken_at = spoken_at * 16, spoken_at + round(syllables(source) / SYLLABLES_S / speaker * 1000)
            now = spoken_at + TRANSLATED_MS
            said = Translation(
                segment=segment,
                until=spoken_at * 16,
                start=segment,
                end=spoken_at * 16,
                spoken_at=spoken_at,
                final=True,
                revision=spoken_at * 16 - segment,
                language=LANGUAGE,
                engine="",
                text=text,
                source_text=source,
                source_language="en",
                prosody=prosody,
            )
            yield Record("translations", 0, number, "calm-otter-1", said, now)
            number += 1

    async def encode(sound: Sound, audio_format: str) -> Encoded:
        return Encoded(b"", SAMPLE_RATE, sound.duration_ms)

    stage = synthesize(
        inbound(),
        choice=Choice([engine]),
        encode=encode,
        audience=Audience(),
        now=lambda: now,
        deadline_s=deadline_s,
        timeout_s=60,
    )
    found = []
    async for outbound in stage:
        match outbound:
            case Emit(message=Speech(outcome="ok") as speech):
                heard_at = max(heard_at, now) + speech.duration_ms
                found.append(Heard(speech.spoken_at, heard_at - speech.spoken_at))
            case Emit(message=Speech() as speech):
                found.append(Heard(speech.spoken_at, None))
    return found


def lag_s(heard: list[Heard], begin_ms: float = 0, end_ms: float = float("inf")) -> float:
    """Median of the sentences that were spoken between, s."""
    return median(_lags(heard, begin_ms, end_ms)) / 1000


def most_s(heard: list[Heard]) -> float:
    """The longest lag, s."""
    return max(_lags(heard, 0, float("inf"))) / 1000


def _lags(heard: list[Heard], begin_ms: float, end_ms: float) -> list[int]:
    return [each.lag_ms for each in heard if begin_ms <= each.spoken_at < end_ms and each.lag_ms is not None]


def _texts() -> tuple[list[str], list[str]]:
    return (SENTENCES / "en.txt").read_text().splitlines(), (SENTENCES / "es.txt").read_text().splitlines()


@click.command(help=__doc__)
@click.option("--minutes", default=30, show_default=True)
@click.option("--engine", default="", help="A real engine; else voices of which the length of Spanish is known.")
@click.option("--speakers", default="0.8,1,1.2,1.35", show_default=True, help="Rates of the speaker.")
def main(minutes: int, engine: str, speakers: str) -> None:
    """Prints a block for each voice and speaker."""
    asyncio.run(_all(minutes, engine, [float(rate) for rate in speakers.split(",")]))


async def _all(minutes: int, name: str, speakers: list[float]) -> None:
    if not name:
        for longer in (0.15, 0.20, 0.25):
            for speaker in speakers:
                title = f"Spanish {longer:.0%} longer, speaker at {speaker:g}"
                await _one(title, Timed(longer, True), Timed(longer, False), minutes, speaker)
        return
    real = create(name, read_settings())
    try:
        await real.start()
        for speaker in speakers:
            await _one(f"{name}, speaker at {speaker:g}", real, Unpaced(real), minutes, speaker)
    finally:
        await real.close()


async def _one(title: str, paced: Synthesizer, unpaced: Synthesizer, minutes: int, speaker: float) -> None:
    without, with_pace = [await simulate(engine, minutes, speaker) for engine in (unpaced, paced)]
    bounded = await simulate(paced, minutes, speaker, deadline_s=15)
    click.echo(f"{title}\n  minutes      without   with the pace   and the deadline")
    for begin in range(0, minutes * 60_000, EVERY_MS):
        lags = [lag_s(heard, begin, begin + EVERY_MS) for heard in (without, with_pace, bounded)]
        span = f"{begin // 60_000}-{(begin + EVERY_MS) // 60_000}"
        click.echo(f"  {span:9s} {lags[0]:8.1f} s {lags[1]:13.1f} s {lags[2]:16.1f} s")
    skipped = sum(each.lag_ms is None for each in bounded)
    longest = [most_s(heard) for heard in (without, with_pace, bounded)]
    click.echo(f"  longest   {longest[0]:8.1f} s {longest[1]:13.1f} s {longest[2]:16.1f} s")
    click.echo(f"  skipped by the deadline: {skipped} of {len(bounded)} sentences\n")


if __name__ == "__main__":
    main()
