"""What the peer of Transcribe hears: words by the length of loud audio. By the audio that came, never by a clock."""

from typing import Any

import numpy as np

RATE, BLOCK = 16_000, 1_600
LOUD = 150.0
"""RMS."""
WORD_S, PAUSE_S = 0.4, 0.5
HELD_BACK = 2
"""Words at the end of a partial that are not stable."""
WORDS = ["the", "gentle", "art", "of", "being", "heard", "across", "many", "rooms", "at", "once"]


class Ear:
    """Of one stream."""

    def __init__(self, language: str | None) -> None:
        """`language`: what is found out; None: it was said."""
        self._language = language
        self._left = b""
        self._heard = self._results = 0
        self._since: float | None = None
        self._loud_until = 0.0

    @property
    def heard_s(self) -> float:
        """Seconds of audio."""
        return self._heard / RATE

    def take(self, pcm: bytes) -> list[dict[str, Any]]:
        """Results, if there is something to say."""
        self._left += pcm
        said = []
        while len(self._left) >= 2 * BLOCK:
            block, self._left = self._left[: 2 * BLOCK], self._left[2 * BLOCK :]
            said += self._block(np.frombuffer(block, "<i2").astype(float))
        return said

    def end(self) -> list[dict[str, Any]]:
        """The last result, if one is open."""
        self._heard += len(self._left) // 2
        return [self._result(partial=False)] if self._since is not None else []

    def _block(self, samples: Any) -> list[dict[str, Any]]:
        begin = self.heard_s
        self._heard += BLOCK
        if np.sqrt((samples**2).mean()) > LOUD:
            self._since = begin if self._since is None else self._since
            self._loud_until = self.heard_s
            return [self._result(partial=True)]
        if self._since is not None and self.heard_s - self._loud_until >= PAUSE_S - 1e-6:
            return [self._result(partial=False)]
        return []

    def _result(self, partial: bool) -> dict[str, Any]:
        assert self._since is not None
        count = max(1, round((self._loud_until - self._since) / WORD_S))
        step = (self._loud_until - self._since) / count
        words = [WORDS[(self._results + number) % len(WORDS)] for number in range(count)]
        words[0] = words[0].capitalize()
        items = [
            {
                "StartTime": self._since + number * step,
                "EndTime": self._since + (number + 1) * step,
                "Type": "pronunciation",
                "Content": word,
                "Confidence": 0.9,
                "Stable": not partial or number < count - HELD_BACK,
            }
            for number, word in enumerate(words)
        ]
        if not partial:
            items.append(
                {
                    "StartTime": self._loud_until,
                    "EndTime": self._loud_until,
                    "Type": "punctuation",
                    "Content": ".",
                    "Stable": True,
                }
            )
        result: dict[str, Any] = {
            "ResultId": f"result-{self._results}",
            "StartTime": self._since,
            "EndTime": self._loud_until,
            "IsPartial": partial,
            "Alternatives": [{"Transcript": " ".join(words) + ("" if partial else "."), "Items": items}],
        }
        if self._language:
            result["LanguageCode"] = self._language
        if not partial:
            self._since = None
            self._results += 1
        return result
