"""Words that an operator does not want to see in translations."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from dragoman.runtime.errors import SettingsError
from workers.translate.glossary import Glossary

_ANY: Final = "en"
"""The words are looked for in every language: the tag stands for all."""


class Mask:
    """Leaves the first letter of each word, with whatever capital it has."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        masked = {word: {_ANY: word[0] + "*" * (len(word) - 1)} for word in map(str.strip, words) if word}
        self._words = Glossary(masked, _ANY)

    def over(self, text: str) -> str:
        """The text as it may be shown."""
        pieces, at = [], 0
        for begin, end, masked in self._words.spans(text):
            pieces += [text[at:begin], text[begin] + masked[1:]]
            at = end
        return "".join([*pieces, text[at:]])


NOTHING: Final = Mask()


def read_mask(file: str) -> Mask:
    """The words of a file, one a line; nothing without one. Raises SettingsError."""
    try:
        return Mask(Path(file).read_text(encoding="utf-8").splitlines()) if file else NOTHING
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"DRAGOMAN_MASKED_WORDS: {file} cannot be read ({type(error).__name__})") from error
