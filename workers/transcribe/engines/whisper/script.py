"""Chinese in one of its two scripts: the model writes now this one, now the other, even within an utterance."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from workers.transcribe.engines.whisper.reading import Reading, ReadingModel

_CHINESE: Final = "zh"
_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})


class OneScript:
    """A model whose Chinese is simplified, or traditional where the session's language says so."""

    def __init__(self, model: ReadingModel, language: str) -> None:
        """`language`: BCP-47, as the session has it; `zh-TW` and `zh-Hant` mean traditional characters."""
        traditional = _TRADITIONAL & set(language.lower().split("-"))
        self._model, self._conversion = model, "s2tw" if traditional else "tw2s"
        self.places, self.language, self.language_of = model.places, model.language, model.language_of

    def read(
        self, pcm: bytes, context_s: float, language: str, beams: int, enough_s: float, most_tokens: int
    ) -> Reading:
        """As the model does."""
        reading = self._model.read(pcm, context_s, language, beams, enough_s, most_tokens)
        if language != _CHINESE or not reading.words:
            return reading
        texts = _converted([word.text for word in reading.words], _converter(self._conversion))
        words = tuple(replace(word, text=text) for word, text in zip(reading.words, texts, strict=True))
        return replace(reading, words=words)


def _converted(texts: Sequence[str], convert: Callable[[str], str]) -> list[str]:
    """Together, because the neighbours decide about some characters; one by one if it has another length then."""
    whole = convert("".join(texts))
    if len(whole) != sum(map(len, texts)):
        return [convert(text) for text in texts]
    pieces, at = [], 0
    for text in texts:
        pieces.append(whole[at : at + len(text)])
        at += len(text)
    return pieces


@cache
def _converter(conversion: str) -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Any = OpenCC(conversion).convert
    return lambda text: str(convert(text))
