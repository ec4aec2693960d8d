"""Which voice of espeak-ng speaks a language."""

import re
from typing import Final

import langcodes

from schemas.languages import LanguageTagError, normalise

_RELATED: Final = {"gl": "pt", "oc": "ca", "ast": "es"}
"""Languages that espeak-ng has no voice for, and the one whose voice is understood best."""
_ALSO: Final = re.compile(r"\(([^ ()]+) (\d+)\)")
_DEFAULT_PRIORITY: Final = 5


def voices_by_language(listing: str) -> dict[str, str]:
    """espeak-ng's own name of the voice for every BCP-47 tag, from what `espeak-ng --voices` prints.

    A line is priority, language, age/gender, name, file, and `(language priority)` for others that the voice serves;
    the lower priority wins. Names that are no BCP-47 tags are left out.
    """
    best: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines()[1:]:
        columns = line.split(maxsplit=4)
        if len(columns) < 5:
            continue
        voice = columns[1]
        own = (voice, int(columns[0]) if columns[0].isdigit() else _DEFAULT_PRIORITY)
        for name, priority in [own, *((name, int(rank)) for name, rank in _ALSO.findall(columns[4]))]:
            tag = _tag(name)
            if tag and (tag not in best or (priority, voice) < best[tag]):
                best[tag] = (priority, voice)
    voices = {tag: voice for tag, (_, voice) in best.items()}
    return {tag: voices[other] for tag, other in _RELATED.items() if other in voices} | voices


def _tag(name: str) -> str | None:
    try:
        tag = normalise(name)
    except LanguageTagError:
        return None
    return tag if langcodes.tag_is_valid(tag) else None
