"""A process with Pico's voices: `python -m workers.synthesize.engines.pico.process`.

Pico holds the interpreter's lock while it speaks, and has hung with it: here nothing else is held up, and it can be
killed. A request is text, voice, speed, pitch, volume.
"""

from workers.synthesize.engines.process.serving import Speak, run


def prepare() -> Speak:
    """Raises ImportError."""
    from py_nanotts import NanoTTS

    speak: Speak = NanoTTS().speak  # makes a new engine of Pico's for each call
    return speak


if __name__ == "__main__":
    run(prepare)
