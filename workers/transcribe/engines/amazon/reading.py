"""What a stream's results say: partials and finals with positions in the session. No I/O.

A result keeps its id from its first partial to its final, and its leading items are said to be stable: they will not
change. Amazon makes a final only where a speaker pauses, so that a caption would come late: what is stable and ends a
sentence is said as a final at once, and left out of what that result says later.
"""

from dataclasses import dataclass, replace
from typing import Final

from amazon_transcribe.model import Item, Result

from schemas.audio import SAMPLE_RATE
from schemas.messages import Word
from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines.amazon.languages import CODES, tag_of

LONGEST: Final = 10 * SAMPLE_RATE
"""Speech without the end of a sentence is cut when it is longer, behind a clause or a word."""
_SENTENCE_MARKS: Final = frozenset(".?!。？！।؟")  # noqa: RUF001


@dataclass(frozen=True)
class _ResultPart:
    """Items of a result that belong together."""

    items: list[Item]
    text: str
    stable_chars: int


class StreamReading:
    """Of one stream, whose first sample is `begin`; `finds` out the language."""

    def __init__(self, begin: int, *, finds: bool = False) -> None:
        self._begin, self._finds = begin, finds
        self.until = begin
        """Where what was said as final ends."""
        self.open = False
        """A partial was said that no final has replaced."""
        self._result_id, self._said = "", 0
        """The result that is open, and how many of its items were said as finals."""
        self.sent = begin
        """Position up to which there is audio: a result cannot reach further."""
        self._ends = False
        self._held: Hypothesis | None = None

    def end(self) -> None:
        """No audio follows: the final that comes last reaches to its end."""
        self._ends = True

    def take(self, result: Result) -> list[Hypothesis]:
        """What follows from one result."""
        if result.result_id != self._result_id:
            self._result_id, self._said = result.result_id or "", 0
        items = result.alternatives[0].items if result.alternatives else []
        transcript = result.alternatives[0].transcript if result.alternatives else ""
        found = []
        if result.is_partial:
            if cut := self._cut(items):
                found.append(self._final(_part(transcript, items, self._said, cut), result, self._end_of(items[:cut])))
                self._said = cut
            rest = _part(transcript, items, self._said, len(items))
            if rest.text:
                self.open = True
                found.append(self._hypothesis(rest, result, self._position(result.end_time), final=False))
        else:
            rest = _part(transcript, items, self._said, len(items))
            if rest.text or self.open:
                found.append(self._final(rest, result, self._position(result.end_time)))
            self._said, self.open = 0, False
        return self._in_turn(found)

    def rest(self) -> list[Hypothesis]:
        """What is left to say when all results have come."""
        held, self._held = self._held, None
        return [replace(held, until=self.sent)] if held else []

    def _in_turn(self, found: list[Hypothesis]) -> list[Hypothesis]:
        """After the end of the audio each final waits for what comes behind it, as the last one reaches to the end."""
        if not self._ends:
            return found
        turn = []
        for said in found:
            if self._held:
                turn.append(self._held)
                self._held = None
            if said.final:
                self._held = said
            else:
                turn.append(said)
        return turn

    def _cut(self, items: list[Item]) -> int:
        """How many items to say as a final now; 0: none."""
        stable = next((n for n, item in enumerate(items) if not item.stable), len(items))
        ends = [n + 1 for n in range(self._said, stable - 1) if items[n].content in _SENTENCE_MARKS]
        if ends:
            return ends[-1]
        if self._end_of(items[:stable]) - self.until <= LONGEST:
            return 0
        clauses = [n + 1 for n in range(self._said, stable - 1) if items[n].item_type == "punctuation"]
        words = [n for n in range(self._said + 1, stable) if items[n].item_type != "punctuation"]
        return (clauses or words or [0])[-1]

    def _final(self, part: _ResultPart, result: Result, until: int) -> Hypothesis:
        said = self._hypothesis(part, result, until, final=True)
        self.until, self.open = said.until, False
        return said

    def _hypothesis(self, part: _ResultPart, result: Result, until: int, *, final: bool) -> Hypothesis:
        start = max(self.until, self._position(part.items[0].start_time) if part.items else self.until)
        end = max(start, self._end_of(part.items))
        until = max(end, until)
        code = result.language_code if self._finds and result.language_code in CODES else None
        return Hypothesis(
            part.text,
            start=start,
            end=end,
            until=until,
            final=final,
            stable_chars=len(part.text) if final else part.stable_chars,
            words=self._words(part.items, until),
            language=tag_of(code) if code else "",
            certain=bool(code) and final,
        )

    def _words(self, items: list[Item], until: int) -> tuple[Word, ...]:
        words = []
        for item in items:
            if item.item_type != "punctuation" and item.content:
                start = min(max(self.until, self._position(item.start_time)), until)
                end = min(max(start, self._position(item.end_time)), until)
                sure = 1.0 if item.confidence is None else min(max(float(item.confidence), 0.0), 1.0)
                words.append(Word(text=item.content, start=start, end=end, confidence=sure))
        return tuple(words)

    def _end_of(self, items: list[Item]) -> int:
        return max((self._position(item.end_time) for item in items), default=self.until)

    def _position(self, seconds: float | None) -> int:
        """Of a time in the stream."""
        return min(self._begin + round((seconds or 0.0) * SAMPLE_RATE), self.sent)


def _part(transcript: str, items: list[Item], begin: int, end: int) -> _ResultPart:
    """Items `begin` to `end` with their text, as the transcript has it: where spaces are, items do not tell."""
    ends, at = [0], 0
    for item in items[:end]:
        found = transcript.find(item.content or "", at)
        if found < 0:
            return _joined(items[begin:end])
        at = found + len(item.content or "")
        ends.append(at)
    part = items[begin:end]
    raw = transcript[ends[min(begin, len(ends) - 1)] : ends[-1]]
    text = raw.lstrip()
    stable = next((n for n, item in enumerate(part) if not item.stable), len(part))
    stable_end = ends[min(begin + stable, len(ends) - 1)] - ends[min(begin, len(ends) - 1)] - (len(raw) - len(text))
    return _ResultPart(part, text.rstrip(), max(0, min(stable_end, len(text.rstrip()))))


def _joined(items: list[Item]) -> _ResultPart:
    """Where the transcript is not what its items say."""
    text, stable_chars, stable = "", 0, True
    for item in items:
        space = " " if text and item.item_type != "punctuation" else ""
        text += space + (item.content or "")
        stable = stable and bool(item.stable)
        stable_chars = len(text) if stable else stable_chars
    return _ResultPart(items, text, stable_chars)
