"""That machines made it: people have a right to know, so operators set the wording, and not whether it is said."""

NOTICE = "Written and translated by software, may contain errors."


def own_words(wording: str) -> str:
    """The operator's wording on one line and without control characters; empty: there is none."""
    return " ".join("".join(each for each in wording if each.isprintable() or each.isspace()).split())


def worded(wording: str) -> str:
    """The operator's wording, or ours."""
    return own_words(wording) or NOTICE
