"""What the rules leave out in Spanish."""

import re
from typing import Final

_OPENED: Final = {"?": "¿", "!": "¡"}
_SENTENCE: Final = re.compile(r"(^|(?<=[.!?…])\s+)([^\s.!?…¿¡][^.!?…¿¡]*)([?!])")


def opened(text: str) -> str:
    """With the marks that open a question or exclamation: no pair into Spanish writes them."""
    return _SENTENCE.sub(lambda match: f"{match[1]}{_OPENED[match[3]]}{match[2]}{match[3]}", text)
