"""What one listener got of one utterance, and when. Pure: whoever has a clock says what came."""

from collections.abc import Callable
from typing import Final

from dragoman.client.connection import SpeechPart
from schemas.audio import SAMPLE_RATE
from schemas.socket import Caption

NEARLY: Final = SAMPLE_RATE * 3 // 5
"""Samples: finals that account for all but so much of an utterance have all its words, as a rule. Where a recogniser
takes speech to end and where the recording is quiet is not the same sample."""
SURELY: Final = SAMPLE_RATE // 5
"""Samples: with all but so much there is no word left."""


class UtteranceResponse:
    """Times are seconds from the end of the words, as they were due: what the tool sends late counts as late."""

    def __init__(self, start: int, speech_end: int, due: Callable[[int], float], *, hears: bool) -> None:
        """`start`, `speech_end`: positions of what was said; `due`: when a position was captured; `hears`: speech."""
        self.start, self.speech_end = start, speech_end
        self._due, self._hears = due, hears
        self._read = False
        """Finals account for nearly all of it."""
        self.heard_out = False
        """Finals account for it surely: what is not there by now will not come, unless it was lost."""
        self._last_at = 0.0
        """When the last of its captions and of its speech came."""
        self._words_end = 0
        """Position of the end of its last words, as the recogniser says."""
        self._segments: set[int] = set()
        """Those that are finals of it."""
        self._owed: set[int] = set()
        """Segments with text whose speech is not all there."""
        self._spoken: set[int] = set()
        """Segments whose speech is all there."""
        self.first_token_s: float | None = None
        """To the first caption with text; None also when the first words got none, whatever followed."""
        self.first_audio_s: float | None = None
        """To the first audio; the same."""
        self.first_audio_at: float | None = None
        """When that came."""
        self.troubles: set[str] = set()
        """What is wrong with it, in words that can be counted."""

    @property
    def done(self) -> bool:
        """Nothing is missing."""
        return self._read and not self._owed

    @property
    def total_s(self) -> float | None:
        """To the last caption and audio; None while something is missing, was skipped or failed."""
        if not self.done or self.wrong or not self._last_at:
            return None
        return max(0.0, self._last_at - self._due(min(self.speech_end, self._words_end)))

    @property
    def wrong(self) -> set[str]:
        """What is wrong with it, as far as it is known."""
        nothing = self.done and self.first_token_s is None and not self._segments
        return self.troubles | ({"nothing was understood"} if nothing else set())

    def caption(self, at: float, caption: Caption) -> None:
        """One whose words lie in this utterance, or behind it: when it was heard out, that is something else."""
        if caption.revised is True or self.heard_out:
            return
        if caption.text:
            if self.first_token_s is None and not self._failed("caption"):
                self.first_token_s = self._since(at, caption.end_ms)
            if caption.final:
                self._last_at = at
                self._words_end = max(self.start, self._words_end, caption.end_ms * SAMPLE_RATE // 1000)
                self._segments.add(caption.segment)
                if self._hears and caption.segment not in self._spoken:
                    self._owed.add(caption.segment)
        if caption.final and caption.outcome != "ok":
            self.troubles.add(f"caption {caption.outcome}{f' ({caption.reason})' if caption.reason else ''}")

    def accounted(self, until: int) -> None:
        """A final accounts for the audio up to a position; what is before is there, or was said to be missing."""
        nearly = min(NEARLY, (self.speech_end - self.start) // 2)
        self._read = self._read or until >= self.speech_end - nearly
        self.heard_out = self.heard_out or until >= self.speech_end - SURELY

    def speech(self, at: float, part: SpeechPart) -> None:
        """A part of speech whose words lie in this utterance, or behind it."""
        header = part.header
        if self.heard_out and header.segment not in self._segments:
            return
        if part.audio:
            if self.first_audio_at is None:
                self.first_audio_at = at
            if self.first_audio_s is None and not self._failed("speech"):
                self.first_audio_s = self._since(at, header.end_ms)
            self._last_at = at
        if header.outcome != "ok":
            self.troubles.add(f"speech {header.outcome}{f' ({header.reason})' if header.reason else ''}")
        if header.last or header.outcome != "ok":
            self._spoken.add(header.segment)
            self._owed.discard(header.segment)

    def missed(self) -> None:
        """The client says that something could not be recovered."""
        if not self.done:
            self.troubles.add("missed")

    def _failed(self, what: str) -> bool:
        return any(trouble.startswith(what) for trouble in self.troubles)

    def _since(self, at: float, end_ms: int) -> float:
        """From the end of these words, or of the utterance: whichever was first, so that nothing looks quicker."""
        return max(0.0, at - self._due(min(self.speech_end, max(self.start, end_ms * SAMPLE_RATE // 1000))))
