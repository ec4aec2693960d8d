"""How a stretch of audio is read: how much silence follows it, when the model is stuck, and what is not believed.

The figures were found by trying (docs/engines.md). Too little context makes the model loop, the usual 30 s cost four
times the work; and from noise or silence Whisper makes text, which is told by how sure it was.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

_CONTEXT_S: Final = 8.0
"""The model hears at least so much, silence included."""
_AFTER_S: Final = 2.0
"""Silence after the audio."""
_RETRY_CONTEXT_S: Final = 16.0
_RETRY_AFTER_S: Final = 8.0
"""The same when it got stuck: short utterances need much silence then."""
_LONGEST_S: Final = 30.0
"""More than this the model does not take."""
_TOKENS_PER_S, _TOKENS_PER_S_OTHERWISE = 7, 20
"""At most: fast French has seven. And in letters of which one takes up to three tokens: ten of Chinese are said in a
second, and a word of Hindi has six."""
_CODES: Final = "am ar as bn bo el fa gu he hi hy ja ka km kn ko lo ml mr my ne pa ps sa sd si ta te th ur yi yue zh"
_IN_OTHER_LETTERS: Final = frozenset(_CODES.split())
"""Whisper's names."""
_TOKENS_AT_LEAST: Final = 8
_MOST_TOKENS: Final = 200
"""More than this the model does not write."""
_SURE: Final = -1.4
"""Mean log probability of a token below which nothing is believed."""
_SILENT, _SURE_IN_SILENCE = 0.9, -1.0
"""From this probability of no speech on it must be surer."""
_COMPRESSION: Final = 2.4


@dataclass(frozen=True)
class ReadWord:
    """As it was read, with the space before it and the marks after it."""

    text: str
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What the model read."""

    words: tuple[ReadWord, ...] = ()
    tokens: tuple[int, ...] = ()
    """All, also those that are not believed."""
    sureness: float = 0.0
    """Mean log probability of a token."""
    no_speech: float = 0.0
    """Probability that nobody spoke."""
    heard: Any = field(default=None, compare=False)
    """The model's own notes, from which it tells where the words are."""

    @property
    def text(self) -> str:
        """Without the first space."""
        return "".join(word.text for word in self.words).strip()


class ReadingModel(Protocol):
    """The model."""

    def read(
        self, pcm: bytes, context_s: float, language: str, beams: int, enough_s: float, most_tokens: int
    ) -> Reading:
        """Reads PCM with silence after it up to `context_s`; stops at a stamp from `enough_s` on."""

    def places(self, reading: Reading, language: str) -> list[tuple[float, float, float]]:
        """Of each word of a reading: where it begins and ends, in s, and how sure it is, 0 to 1."""

    def language(self, pcm: bytes) -> str:
        """What is spoken, in Whisper's names."""

    def language_of(self, reading: Reading) -> tuple[str, float]:
        """The same of what was read, at a tenth of the work, and how probable; empty: the model knows one only."""


NOTHING: Final = Reading()


def read(reader: ReadingModel, pcm: bytes, language: str, beams: int) -> Reading:
    """What is said in PCM; no words where nothing is to be believed."""
    length_s = len(pcm) / BYTES_PER_SAMPLE / SAMPLE_RATE
    rate = _TOKENS_PER_S_OTHERWISE if language in _IN_OTHER_LETTERS else _TOKENS_PER_S
    most = min(round(rate * length_s) + _TOKENS_AT_LEAST, _MOST_TOKENS)
    for context_s in (max(_CONTEXT_S, length_s + _AFTER_S), max(_RETRY_CONTEXT_S, length_s + _RETRY_AFTER_S)):
        reading = reader.read(pcm, min(context_s, _LONGEST_S), language, beams, length_s - 0.6, most)
        if not stuck(reading, most):
            return reading if _believed(reading) else NOTHING
    return NOTHING


def stuck(reading: Reading, most_tokens: int) -> bool:
    """The model says the same again and again, or does not come to an end."""
    text = reading.text.encode()
    return (
        len(reading.tokens) >= most_tokens
        or _repeats(reading.tokens)
        or len(text) > _COMPRESSION * len(zlib.compress(text))
    )


def _repeats(tokens: Sequence[int]) -> bool:
    """One token 6 times, two 4 times, or 3 to 12 of them 3 times in a row."""
    return any(_repeats_in(tokens, length, {1: 6, 2: 4}.get(length, 3)) for length in range(1, 13))


def _repeats_in(tokens: Sequence[int], length: int, times: int) -> bool:
    run = 0
    for token, again in zip(tokens, tokens[length:], strict=False):
        run = run + 1 if token == again else 0
        if run >= length * (times - 1):
            return True
    return False


def _believed(reading: Reading) -> bool:
    if reading.sureness < _SURE:
        return False
    return reading.no_speech <= _SILENT or reading.sureness >= _SURE_IN_SILENCE
