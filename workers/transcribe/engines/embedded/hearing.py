"""One session inside a recogniser process: detector, endpointer and decoder make results of its audio."""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final, Protocol

from schemas.audio import SAMPLE_RATE, samples
from schemas.messages import Word
from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines.embedded.endpointer import FRAME, PRE_ROLL_FRAMES, Began, Endpointer, Framing
from workers.transcribe.engines.embedded.truecase import truecase

PARTIAL_EVERY: Final = SAMPLE_RATE // 5
"""Samples between two partials: at most 5 a second."""
UNSTABLE_WORDS: Final = 2
"""So many words at the end of a partial may still change."""
DECODER_FRAME: Final = SAMPLE_RATE // 100
"""Samples of one frame of the decoder: 10 ms."""


class Detector(Protocol):
    """Silero's voice activity detector; it remembers what it heard."""

    def __call__(self, audio: bytes) -> float:
        """Probability that a frame is speech."""

    def reset(self) -> None:
        """Forgets."""


class Decoder(Protocol):
    """What is used of pocketsphinx's Decoder, which brings no types."""

    def start_stream(self) -> None: ...
    def start_utt(self) -> None: ...
    def process_raw(self, data: bytes, no_search: bool, full_utt: bool) -> Any: ...
    def end_utt(self) -> None: ...
    def hyp(self) -> Any: ...
    def seg(self) -> Iterator[Any]: ...
    def get_cmn(self, update: bool) -> str: ...
    def set_cmn(self, cmn: str) -> None: ...


class Hearing:
    """A stream of audio in, hypotheses out. The decoder adapts to the voice and is never reset on the way."""

    def __init__(self, decoder: Decoder, detector: Detector, silence_ms: int) -> None:
        self.decoder = decoder
        self._detector = detector
        self._endpointer = Endpointer(silence_ms)
        self._framing = Framing()
        self._pre_roll: deque[bytes] = deque(maxlen=PRE_ROLL_FRAMES)
        self._fed = self._heard = -1
        """Ends of what was fed and of what was judged."""
        self._begin = -1
        """Where the open utterance begins; -1: none is open."""
        self._withheld = b""
        """Silence that the decoder hears only if speech goes on after it."""
        self._partial, self._partial_at = "", -PARTIAL_EVERY

    @property
    def quiet_until(self) -> int:
        """Nothing below is part of an utterance that is not yet final; -1 before the first frame."""
        return self._endpointer.quiet_until if self._fed >= 0 else -1

    def feed(self, position: int, pcm: bytes) -> list[Hypothesis]:
        """Hears PCM of any length; a jump in position finishes the utterance before."""
        results = []
        if position != self._fed:
            results = self.finish()
            self._detector.reset()
            self._endpointer.restart(position)
            self._fed = self._heard = position
            self._partial_at = position - PARTIAL_EVERY
        self._fed += samples(pcm)
        for frame in self._framing.cut(pcm):
            results += self._hear(frame)
        return results

    def finish(self) -> list[Hypothesis]:
        """Ends the open utterance where the audio ends now; the next one begins there or later."""
        rest = self._framing.rest()
        if self._begin >= 0 and rest:
            self._decode(rest)
        if self._fed >= 0:
            self._endpointer.end(self._fed)
        self._heard = self._fed
        return self._final() if self._begin >= 0 else self._silence()

    def _hear(self, frame: bytes) -> list[Hypothesis]:
        results: list[Hypothesis] = []
        self._heard += FRAME
        events = self._endpointer.hear(self._detector(frame))
        if self._begin < 0:
            self._pre_roll.append(frame)
        elif self._endpointer.in_silence:
            self._withheld += frame
        else:
            self._decode(frame)
        for event in events:
            if isinstance(event, Began):
                self._start(event.position)
            else:
                results += self._final()
        return results + self._new_partial()

    def _silence(self) -> list[Hypothesis]:
        self._pre_roll.clear()
        return []

    def _start(self, position: int) -> None:
        self._begin = position
        self.decoder.start_utt()
        for frame in self._pre_roll:
            self._decode(frame)
        self._pre_roll.clear()

    def _decode(self, pcm: bytes) -> None:
        self.decoder.process_raw(self._withheld + pcm, False, False)
        self._withheld = b""

    def _final(self) -> list[Hypothesis]:
        """Closes the decoder's utterance; nothing when no word was heard."""
        self.decoder.end_utt()
        words = self._words()
        self._begin, self._withheld, self._partial = -1, b"", ""
        if not words:
            return []
        text = truecase([word.text for word in words], final=True)
        return [self._hypothesis(text, words, final=True)]

    def _new_partial(self) -> list[Hypothesis]:
        """What is heard so far, if it changed and the last partial is old enough."""
        if self._begin < 0 or self._withheld or self._heard - self._partial_at < PARTIAL_EVERY:
            return []
        heard = self.decoder.hyp()
        if heard is None or heard.hypstr in ("", self._partial):
            return []
        words = self._words()
        if not words:
            return []
        self._partial, self._partial_at = heard.hypstr, self._heard
        text = truecase([word.text for word in words], final=False)
        return [self._hypothesis(text, words, final=False)]

    def _hypothesis(self, text: str, words: tuple[Word, ...], final: bool) -> Hypothesis:
        stable = len(text) if final else len(" ".join(text.split(" ")[:-UNSTABLE_WORDS]))
        return Hypothesis(
            text=text,
            start=words[0].start,
            end=words[-1].end,
            until=self._heard,
            final=final,
            stable_chars=stable,
            words=words if final else (),  # the decoder rates words only when the utterance is over
        )

    def _words(self) -> tuple[Word, ...]:
        """The words heard; pronunciations `word(2)` are one word, `<sil>` and `[NOISE]` are none."""
        if self.decoder.hyp() is None:
            return ()
        return tuple(
            Word(
                text=segment.word.split("(")[0],
                start=min(self._begin + segment.start_frame * DECODER_FRAME, self._heard),
                end=min(self._begin + (segment.end_frame + 1) * DECODER_FRAME, self._heard),
                confidence=min(1.0, max(0.0, segment.prob)),
            )
            for segment in self.decoder.seg()
            if segment.word[0] not in "<[+"
        )
