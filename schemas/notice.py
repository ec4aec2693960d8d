"""That machines made it: people have a right to know, so operators set the wording, and not whether it is said."""

from unicodedata import category

NOTICE = "Written and translated by software, may contain errors."
_TURNS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def own_words(wording: str) -> str:
    """The operator's wording on one line and without control characters; empty: there is none that can be seen.

    What joins letters, or says which way they run, stays: Persian and Hindi are misspelt without.
    """
    kept = " ".join("".join(each for each in wording if each.isspace() or not _forbidden(each)).split())
    return kept if any(each.isprintable() and not each.isspace() for each in kept) else ""


def worded(wording: str) -> str:
    """The operator's wording, or ours."""
    return own_words(wording) or NOTICE


def _forbidden(character: str) -> bool:
    """A control, half a character that no JSON can bear, or what turns the direction of the text that follows, too."""
    return category(character) in ("Cc", "Cs") or character in _TURNS
