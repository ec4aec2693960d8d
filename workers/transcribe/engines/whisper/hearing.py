"""One session inside a recogniser process: detector, endpointer and model make results of its audio."""

from collections.abc import Sequence
from typing import Final, Protocol

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from schemas.languages import AUTO
from schemas.messages import Word
from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines.pool.endpointer import FRAME, Began, Ended, Endpointer, Framing, Paused
from workers.transcribe.engines.whisper.clauses import between, quietest_gap
from workers.transcribe.engines.whisper.gain import Gain
from workers.transcribe.engines.whisper.languages import alike, tag_of
from workers.transcribe.engines.whisper.reading import NOTHING, ReadingModel, read
from workers.transcribe.engines.whisper.utterance import Utterance, amount, bare, patience_ms

FIRST_LOOK: Final = SAMPLE_RATE
"""Samples of speech before the first look: of less Whisper makes `Thank you.`"""
SENTENCE_FROM: Final = 2 * SAMPLE_RATE
"""An utterance so long is cut where a sentence ends."""
CLAUSE_FROM: Final = 4 * SAMPLE_RATE
"""So long, at any mark."""
GAP_FROM: Final = 8 * SAMPLE_RATE
"""So long, in the quietest gap between words of the last two seconds."""
CAP: Final = 10 * SAMPLE_RATE
"""It is never longer."""
_NOT_SPEECH: Final = SAMPLE_RATE // 8
"""What is left after a cut and shorter is no word."""
DETECT: Final = 3 * SAMPLE_RATE
"""Samples of speech from which the language is told for good."""
_MOST_DETECTED: Final = 8 * SAMPLE_RATE
"""More is not listened to for that."""
LOOK_EVERY: Final = 5 * SAMPLE_RATE
"""Samples between two looks at whether the language is still the one that it should be: 35 ms each."""
_LOOK_FROM: Final = 2 * SAMPLE_RATE
"""Samples of an utterance that is worth such a look."""
PROBABLE: Final = 0.6
"""Below this it is not known which language it is."""


class Detector(Protocol):
    """Silero's voice activity detector; it remembers what it heard."""

    def __call__(self, audio: bytes) -> float:
        """Probability that a frame is speech."""

    def reset(self) -> None:
        """Forgets."""


class WhisperHearing:
    """A stream of audio in, hypotheses out."""

    def __init__(self, reader: ReadingModel, detector: Detector, silence_ms: int, language: str, beams: int) -> None:
        """`language` in Whisper's names, or `auto`; `beams` of what is to be final."""
        self._reader, self._detector, self._silence_ms, self._beams = reader, detector, silence_ms, beams
        self._endpointer, self._framing, self._gain = Endpointer(silence_ms), Framing(), Gain()
        self._language, self._auto = language, language == AUTO
        self._find_out = self._auto
        self._agreed = 0
        """Samples of the finals until now that were in this language."""
        self._taken_for, self._asked_at = "", -LOOK_EVERY
        """What the open utterance was taken for, in Whisper's names; and where that was looked at last."""
        self._tape, self._tape_at = bytearray(), 0
        """Audio from a position on: of the open utterance, or what may be its beginning."""
        self._fed = self._heard = -1
        """Ends of what was fed and of what was judged."""
        self._utterance = Utterance()
        self._reading, self._seen, self._careful = NOTHING, 0, False
        """The last reading of the open utterance, up to where, and whether it was one that may be final."""

    @property
    def quiet_until(self) -> int:
        """Nothing below is part of an utterance that is not yet final; -1 before the first frame."""
        return self._endpointer.quiet_until if self._fed >= 0 else -1

    @property
    def unseen(self) -> int:
        """Samples heard of an open utterance since the last look; 0: a look would show nothing new."""
        begin = self._endpointer.begin
        spoken = self._endpointer.spoken_until
        first = DETECT if self._find_out else FIRST_LOOK
        if begin is None or spoken - begin < first or spoken <= self._seen:
            return 0
        return self._heard - max(self._seen, begin)

    def feed(self, position: int, pcm: bytes) -> list[Hypothesis]:
        """Hears PCM of any length; a jump in position finishes the utterance before."""
        results = []
        if position != self._fed:
            results = self.finish()
            self._detector.reset()
            self._endpointer.restart(position)
            self._fed = self._heard = self._tape_at = position
            self._tape.clear()
        self._fed += samples(pcm)
        for frame in self._framing.cut(self._gain.of(pcm)):
            results += self._hear(frame)
        return results

    def finish(self) -> list[Hypothesis]:
        """Ends the open utterance where the audio ends now; the next one begins there or later."""
        if self._fed < 0:
            return []
        spoken = self._endpointer.spoken_until
        if spoken == self._heard:
            spoken = self._fed
        self._tape += self._framing.rest()
        self._heard = self._fed
        results = self._follow(self._endpointer.end(self._fed), spoken)
        self._forget(self._fed)
        return results

    def look(self) -> list[Hypothesis]:
        """What can be said now of the open utterance; of a long one the beginning becomes final."""
        begin = self._endpointer.begin
        if begin is None:
            return []
        self._read(begin, self._heard, beams=1)
        self._ask_language(begin)
        self._utterance.see([word.text for word in self._reading.words])
        length = self._heard - begin
        count = self._utterance.clause(whole=length <= CLAUSE_FROM) if length > SENTENCE_FROM else 0
        if count:
            return [self._commit(begin, count)]
        if length > GAP_FROM:
            return self._commit_before_gap(begin)
        return self._partial(begin)

    def _hear(self, frame: bytes) -> list[Hypothesis]:
        self._heard += FRAME
        self._tape += frame
        spoken = self._endpointer.spoken_until
        results = self._follow(self._endpointer.hear(self._detector(frame)), spoken)
        begin = self._endpointer.begin
        if begin is None:
            self._forget(self._endpointer.quiet_until)
        elif self._heard - begin >= CAP:
            results += self._force(begin)
        return results

    def _follow(self, events: Sequence[Began | Paused | Ended], spoken: int) -> list[Hypothesis]:
        """`spoken`: where the last speech before them ended."""
        results: list[Hypothesis] = []
        for event in events:
            match event:
                case Began(position):
                    self._utterance, self._taken_for = Utterance(), ""
                    self._reading, self._seen, self._careful = NOTHING, 0, False
                    self._forget(position)
                case Paused():
                    results += self._pause()
                    results += self._follow(self._endpointer.passed(), spoken)
                case Ended(position):
                    results += self._end(position, spoken)
        return results

    def _pause(self) -> list[Hypothesis]:
        """Reads at once what may be all, so that it is there when the silence was long enough."""
        begin, spoken = self._endpointer.begin, self._endpointer.spoken_until
        assert begin is not None
        self._read_carefully(begin, spoken)
        text, words = self._reading.text, amount([word.text for word in self._reading.words])
        self._endpointer.patience_ms = patience_ms(
            text, words, self._silence_ms, self._endpointer.breath_ms, self._heard - begin
        )
        return self._partial(begin) if words else []

    def _end(self, until: int, spoken: int) -> list[Hypothesis]:
        """The final of the utterance; nothing when no word was heard."""
        begin = self._tape_at
        if not (self._careful and spoken <= self._seen):
            self._read_carefully(begin, spoken)
        results = [self._final(begin, len(self._reading.words), until, spoken)] if self._utterance.words else []
        self._forget(until)
        return results

    def _confirm(self, length: int) -> None:
        """Of a final of so many samples: when those that agree are long enough together, the language is certain."""
        self._agreed += length
        self._find_out = self._find_out and self._agreed < DETECT

    def _ask_language(self, begin: int) -> None:
        """Notes now and then which language the utterance sounds like, once it is certain which it should be.

        After a look, for which nobody waits: never when a final is due.
        """
        spoken = self._endpointer.spoken_until - begin
        due = self._heard - self._asked_at >= LOOK_EVERY and spoken >= _LOOK_FROM
        if self._find_out or not due or not self._reading.words:
            return
        self._asked_at = self._heard
        heard, probability = self._reader.language_of(self._reading)
        if probability >= PROBABLE:
            self._taken_for = self._language if alike(self._language, heard) else heard

    def _read_carefully(self, begin: int, spoken: int) -> None:
        self._read(begin, self._heard, self._beams) if spoken - begin >= _NOT_SPEECH else self._skip()
        self._careful = True
        self._utterance.see([word.text for word in self._reading.words], paused=True)

    def _read(self, begin: int, end: int, beams: int) -> None:
        pcm = self._sound(begin, end)
        if self._find_out:
            found = self._reader.language(pcm[: _MOST_DETECTED * BYTES_PER_SAMPLE])
            self._agreed = self._agreed if found == self._language else 0
            self._language = found
        self._reading = read(self._reader, pcm, self._language, beams)
        self._seen, self._careful = end, False

    def _skip(self) -> None:
        self._reading, self._seen = NOTHING, self._heard

    def _force(self, begin: int) -> list[Hypothesis]:
        """At the cap something must become final: at the latest gap between words that there is, else all."""
        self._read(begin, self._heard, beams=1)
        self._utterance.see([word.text for word in self._reading.words])
        results = self._commit_before_gap(begin)
        if results and results[-1].final:
            return results
        if self._utterance.words:
            return [self._commit(begin, len(self._utterance.words))]
        self._advance(self._heard)
        return []

    def _commit_before_gap(self, begin: int) -> list[Hypothesis]:
        places = self._places(begin) if self._utterance.words else []
        now = self._heard - begin
        pcm = self._sound(begin, self._heard)
        relative = [(start - begin, end - begin) for start, end, _ in places]
        found = quietest_gap(pcm, relative, now - 2 * SAMPLE_RATE, now - SAMPLE_RATE // 4)
        if found is None:
            return self._partial(begin)
        return [self._commit(begin, found[0], begin + found[1])]

    def _commit(self, begin: int, count: int, cut: int | None = None) -> Hypothesis:
        """The first `count` words are final; the utterance goes on behind them."""
        places = self._places(begin)
        if cut is None and count < len(places):
            pcm = self._sound(begin, self._heard)
            cut = begin + between(pcm, places[count - 1][1] - begin, places[count][0] - begin)[0]
        cut = min(max(cut or self._heard, begin + FRAME), self._heard)
        final = self._final(begin, count, cut, cut)
        self._utterance = self._utterance.behind(count)
        self._advance(cut)
        return final

    def _advance(self, position: int) -> None:
        self._endpointer.advance(position)
        self._reading, self._careful = NOTHING, False
        self._forget(position)

    def _partial(self, begin: int) -> list[Hypothesis]:
        text = self._utterance.text
        if not text:
            return []
        end = min(max(self._endpointer.spoken_until, begin), self._heard)
        stable = min(self._utterance.stable_chars, len(text))
        found = tag_of(self._language) if self._auto else ""
        return [Hypothesis(text, begin, end, self._heard, False, stable, (), found, self._auto and not self._find_out)]

    def _final(self, begin: int, count: int, until: int, spoken: int) -> Hypothesis:
        words = self._utterance.words[:count]
        text = "".join(words).strip()
        last = min(spoken, until)
        placed = tuple(
            Word(text=bare(word), start=min(start, last), end=min(max(start, end), last), confidence=sure)
            for word, (start, end, sure) in zip(words, self._places(begin), strict=False)
        )
        self._confirm(last - begin)
        found = tag_of(self._language) if self._auto else ""
        certain = self._auto and not self._find_out
        taken_for, self._taken_for = tag_of(self._taken_for), ""
        start, end = placed[0].start, placed[-1].end
        return Hypothesis(text, start, end, until, True, len(text), placed, found, certain, taken_for)

    def _places(self, begin: int) -> list[tuple[int, int, float]]:
        """Positions of the utterance's words, of which there are some, by the last reading."""
        places = [
            (begin + round(start * SAMPLE_RATE), begin + round(end * SAMPLE_RATE), min(1.0, max(0.0, sure)))
            for start, end, sure in self._reader.places(self._reading, self._language)
        ]
        return places[len(places) - len(self._utterance.words) :]  # it may have dropped the first

    def _sound(self, begin: int, end: int) -> bytes:
        return bytes(self._tape[(begin - self._tape_at) * BYTES_PER_SAMPLE : (end - self._tape_at) * BYTES_PER_SAMPLE])

    def _forget(self, position: int) -> None:
        """Audio below `position` is not needed any more."""
        if position > self._tape_at:
            del self._tape[: (position - self._tape_at) * BYTES_PER_SAMPLE]
            self._tape_at = position
