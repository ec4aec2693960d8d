"""Real speech, and what of it a page really played: taken from the audio graph, compared with what was sent."""

import base64
import math
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page

import dragoman
from schemas.audio import SAMPLE_RATE
from tests.browser.talk import Talk, shows
from workers.synthesize.encoder import encode
from workers.synthesize.engine import Sound

TAP = (Path(__file__).parent / "tap.js").read_text()
PART_S = 0.7
WINDOW = SAMPLE_RATE // 8
SLACK = SAMPLE_RATE // 5
LOUD = 0.02

Samples = NDArray[np.float64]


def sample(name: str) -> Samples:
    """A recording that comes with the project: real speech, 16 kHz, from -1 to 1."""
    with wave.open(str(Path(dragoman.__file__).parent / "samples" / name)) as recording:
        assert (recording.getframerate(), recording.getnchannels()) == (SAMPLE_RATE, 1)
        return np.frombuffer(recording.readframes(recording.getnframes()), "<i2") / 32768


async def speak(
    talk: Talk, segment: int, speech: Samples, audio_format: str = "ogg-opus", first: int = 0, *, goes_on: bool = False
) -> None:
    """Publishes a segment in parts, each encoded alone, as the workers do; `first`: the first part to send.

    With `goes_on` none of them is the last of the segment.
    """
    step = round(PART_S * SAMPLE_RATE)
    pieces = [speech[at : at + step] for at in range(0, len(speech), step)]
    for part, piece in enumerate(pieces[first:], first):
        await speak_part(talk, segment, part, piece, audio_format, last=part == len(pieces) - 1 and not goes_on)


def parts_of(speech: Samples) -> int:
    """How many parts `speak` makes of it."""
    return math.ceil(len(speech) / round(PART_S * SAMPLE_RATE))


async def speak_part(
    talk: Talk, segment: int, part: int, piece: Samples, audio_format: str = "ogg-opus", *, last: bool = False
) -> None:
    """Publishes one part."""
    pcm = np.round(piece * 32767).astype("<i2").tobytes()
    encoded = encode(Sound(pcm, SAMPLE_RATE), audio_format)
    rate = {"format": audio_format, "sampleRate": encoded.sample_rate, "durationMs": encoded.duration_ms}
    await talk.speaks(segment, part, encoded.audio, last=last, **rate)


async def played(page: Page) -> Samples:
    """All that was played so far, also its silences, at 16 kHz."""
    rate = await page.evaluate("tape.rate")
    raw = np.frombuffer(base64.b64decode(await page.evaluate("played()")), "<i2") / 32768
    at = np.arange(int(len(raw) * SAMPLE_RATE / rate)) * rate / SAMPLE_RATE
    smooth = np.convolve(raw, np.ones(3) / 3, "same")  # what is above 8 kHz would come back as something else
    return np.interp(at, np.arange(len(raw)), smooth)


async def heard(page: Page, seconds: float) -> None:
    """Waits until so much was played that is not silent."""
    loud = "s => tape.blocks.filter((each) => each.some((x) => Math.abs(x) > 0.01)).length * 128 / tape.rate >= s"
    await shows(page, loud, seconds)


async def silent(page: Page) -> None:
    """Waits until nothing was played for a second."""
    still = "tape.blocks.slice(-tape.rate / 128).every((each) => each.every((x) => Math.abs(x) < 0.001))"
    await shows(page, still)


def place(speech: Samples, tape: Samples) -> int:
    """Where in the tape the speech begins, in samples."""
    size = 1 << (len(tape) + len(speech)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(tape, size) * np.conj(np.fft.rfft(speech, size)), size)
    return int(np.argmax(likeness[: len(tape)]))


def shifts_ms(speech: Samples, tape: Samples) -> list[float]:
    """By how much each loud eighth of a second of the speech is late or early, against where it is as a whole.

    A gap inside the speech, or something lost of it, moves all that follows.
    """
    start = place(speech, tape)
    shifts = []
    for at in range(0, len(speech) - WINDOW, WINDOW // 2):
        piece = speech[at : at + WINDOW]
        around = tape[max(0, start + at - SLACK) : start + at + WINDOW + SLACK]
        if np.sqrt(np.mean(piece**2)) < LOUD or len(around) < WINDOW + SLACK:
            continue
        energy = np.sqrt(np.convolve(around**2, np.ones(WINDOW), "valid")) + 1e-3
        found = int(np.argmax(np.correlate(around, piece, "valid") / energy))
        shifts.append((found - min(SLACK, start + at)) * 1000 / SAMPLE_RATE)
    return shifts
