"""TEXT IN CAPITALS, which engines take for names: it is translated as one would write it, and comes back as it was."""

import re
from collections.abc import Callable

from workers.translate.kept import PLACEHOLDER


def shouted(text: str) -> bool:
    """All capitals, and more than a name or an acronym."""
    words = [word for word in PLACEHOLDER.sub(" ", text).split() if any(map(str.isalpha, word))]
    letters = [letter for word in words for letter in word if letter.isalpha()]
    return len(words) > 1 and all(map(str.isupper, letters)) and len("".join(words)) > 5  # Chinese has no capitals


def quiet(text: str) -> str:
    """A shouted text as one would write it."""
    lower = _each(text, str.lower)
    first = next((place for place, letter in enumerate(lower) if letter.isalpha()), 0)
    return re.sub(r"\bi\b", "I", lower[:first] + lower[first : first + 1].upper() + lower[first + 1 :])


def loud(text: str) -> str:
    """Its translation as it was."""
    return _each(text, str.upper)


def _each(text: str, change: Callable[[str], str]) -> str:
    pieces = re.split(f"({PLACEHOLDER.pattern})", text)
    return "".join(piece if PLACEHOLDER.fullmatch(piece) else change(piece) for piece in pieces)
