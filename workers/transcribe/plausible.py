"""What an engine can have heard. Anything else is no result, whatever it says: finals must tile the audio."""

from schemas.languages import LanguageTagError, normalise
from schemas.messages import Word
from workers.errors import EngineGarbled
from workers.transcribe.engine import Hypothesis, Quiet

LONGEST_TEXT = 20_000
"""Characters of one utterance; a record must hold it, in every language."""


def require_plausible(result: Hypothesis | Quiet, segment: int, heard: int) -> None:
    """Raises EngineGarbled for what cannot be heard in audio up to `heard` after a final that ends at `segment`."""
    match result:
        case Quiet(until):
            plausible = 0 <= until <= heard
        case Hypothesis():
            tags = result.language, result.heard_language
            plausible = _of_the_audio(result, segment, heard) and _of_the_text(result) and all(map(_tag, tags))
    if not plausible:
        raise EngineGarbled


def _of_the_audio(result: Hypothesis, segment: int, heard: int) -> bool:
    if result.final and result.until <= segment:
        return False
    in_order = 0 <= result.start <= result.end <= result.until <= heard
    return in_order and all(_word_in(word, result.until) for word in result.words)


def _word_in(word: Word, until: int) -> bool:
    return 0 <= word.start <= word.end <= until


def _tag(language: str) -> bool:
    """It is none, or names channels."""
    try:
        return not language or normalise(language) == language
    except LanguageTagError:
        return False


def _of_the_text(result: Hypothesis) -> bool:
    try:
        result.text.encode()  # half of a pair of surrogates cannot be sent
    except UnicodeEncodeError:
        return False
    return len(result.text) <= LONGEST_TEXT and 0 <= result.stable_chars <= len(result.text)
