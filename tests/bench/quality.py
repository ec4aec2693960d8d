"""What listening to a speaker's audio costs the gateway: `python tests/bench/quality.py`.

Measures every step of the sound check that a frame of 100 ms goes through, with nobody translating and with speech in
`LANGUAGES` that is looked for in the microphone all the time.
"""

import sys
from time import process_time

import numpy as np

from gateway.speaking.soundcheck import SoundCheck
from schemas.envelope import envelope, to_text
from tests.gateway.speaking.sounds import DICTATED, FRAME, NARRATED, frames, sample, spoken

FRAMES = 6_000
"""Ten minutes."""
LANGUAGES = 3
SPEAKERS = 1_000
EVERY = 80
"""Frames from one translation to the next."""
ROUNDS = 3


def microseconds(pcm: list[bytes], translations: list[str]) -> float:
    """CPU time of a frame."""
    check = SoundCheck()
    began = process_time()
    for n in range(FRAMES):
        if translations and n % EVERY == 0:
            for language in range(LANGUAGES):
                check.expect((n, language), translations[(n // EVERY + language) % len(translations)])
        check.take(n * FRAME, pcm[n % len(pcm)])
    return (process_time() - began) / FRAMES * 1e6


def main() -> None:
    """Prints the best of three rounds of each."""
    pcm = [frame for frame in frames(spoken(DICTATED)) if len(frame) == 2 * FRAME]
    translations = [to_text(envelope(sample(name).astype(np.int16), 16_000)) for name in NARRATED]
    for name, texts in (("nobody translates", []), (f"{LANGUAGES} languages spoken", translations)):
        cost = min(microseconds(pcm, texts) for _ in range(ROUNDS))
        core = cost * 10 * SPEAKERS / 1e6
        sys.stdout.write(f"{name:20} {cost:5.1f} µs a frame of 100 ms, {core:4.0%} of a core for {SPEAKERS} speakers\n")


if __name__ == "__main__":
    main()
