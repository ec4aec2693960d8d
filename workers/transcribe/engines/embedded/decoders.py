"""The decoders of a recogniser process: loading one takes 0.3 s and 100 MB, so they are used again."""

import ctypes
import time
from collections.abc import Callable

from workers.transcribe.engines.embedded.dictionary import decent_dictionary
from workers.transcribe.engines.embedded.hearing import Decoder


def load_decoder(dictionary: str) -> Decoder:
    """pocketsphinx with its US English model. One pass only: 9 ms instead of 36 to end a second of speech."""
    from pocketsphinx import Decoder as PocketSphinx

    decoder: Decoder = PocketSphinx(loglevel="FATAL", fwdflat=False, dict=dictionary)
    return decoder


def decent_english() -> str:
    """Path of the model's dictionary without vulgar words."""
    from pocketsphinx import get_model_path

    return decent_dictionary(str(get_model_path("en-us/cmudict-en-us.dict")))


class Decoders:
    """Keeps one decoder loaded, so that the next session need not wait; those beyond it are let go after a while."""

    def __init__(self, load: Callable[[], Decoder], reap_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._load, self._reap_s, self._clock = load, reap_s, clock
        first = load()
        self._fresh = first.get_cmn(False)
        """What a decoder knows of a speaker that it never heard."""
        self._idle: list[tuple[Decoder, float]] = [(first, clock())]

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, cmn: str) -> Decoder:
        """A decoder that knows the speaker as `cmn` says, or not at all."""
        decoder = self._idle.pop()[0] if self._idle else self._load()
        decoder.set_cmn(cmn or self._fresh)
        decoder.start_stream()  # forgets the noise of whom it heard before
        return decoder

    def give_back(self, decoder: Decoder) -> None:
        """Takes a decoder whose utterance is over."""
        self._idle.append((decoder, self._clock()))

    def reap(self) -> float | None:
        """Lets go of what was long unused; returns the seconds until the next time, None if there is none."""
        surplus = len(self._idle)
        while len(self._idle) > 1 and self._due_s() <= 0:
            del self._idle[0]
        if len(self._idle) < surplus:
            _trim_heap()
        return self._due_s() if len(self._idle) > 1 else None

    def _due_s(self) -> float:
        return self._idle[0][1] + self._reap_s - self._clock()


def _trim_heap() -> None:
    """Gives freed memory back to the system: by itself glibc keeps 100 MB of a decoder that is gone."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
