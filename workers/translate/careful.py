"""One translation, with everything that an engine must not change: terms, addresses, markup, numbers."""

import re
import unicodedata
from collections.abc import Awaitable, Callable
from typing import Final

from workers.errors import EngineGarbled
from workers.translate.glossary import Glossary, replaced
from workers.translate.kept import KeptText, Span, digits, keep, perhaps_words
from workers.translate.shouting import loud, quiet, shouted

Call = Callable[[str], Awaitable[str]]

_NUMERAL: Final = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundred|thousand|\w+illions?"
    r"|first|second|third|\w+th|um|uma|dois|duas|três|quatro|cinco|seis|sete|oito|nove|dez|\w+enta|cem|mil|\w+ilh\w+"
    r"|un[ao]?|d[oe]s|tres|cuatro|siete|ocho|nueve|diez|cien\w*|\w+cientos|\w+illón|\w+illones|\w+inta|vinte|veinte"
    r"|primeir\w|segund\w|primer\w?|terceir\w|tercer\w?|sis|set|vuit|nou|deu|cent|catro|sete|oito|once|doce|\w+ezesete)\b"
    r"|[〇零一二三四五六七八九十百千万萬亿億两兩半]|[0-9](?=[点點时時])",  # Chinese; 3点 is 3:00
    re.IGNORECASE,
)
"""A word that may have become digits, in the languages that are translated out of the box."""


async def carefully(text: str, glossary: Glossary, call: Call) -> str:
    """What `call` makes of `text`. A text that lost a part is asked for again, with the numbers kept as well.

    Raises EngineGarbled when it loses it again.
    """
    text = unicodedata.normalize("NFC", text)
    spans = glossary.spans(text)
    for numbers in (False, True):
        answer = await _asked(keep(text, spans, numbers=numbers), call)
        if answer is not None and _counts(text, spans, answer):
            return _begun(text, spans, answer)
    if spans:
        answer = await _asked(keep(text, numbers=True), call)
        if answer is not None:
            return await _corrected(answer, text, spans, call)
    raise EngineGarbled("(a part of the text was lost)")


async def _asked(kept: KeptText, call: Call) -> str | None:
    if kept.empty:
        answer = kept.text
    elif shouted(kept.text):
        answer = loud(await call(quiet(kept.text)))
    else:
        answer = await call(kept.text)
    return kept.restored(answer)


def _counts(text: str, spans: list[Span], answer: str) -> bool:
    """All digits are there, and no more than there were: but a numeral may have become digits."""
    wanted = digits(text)
    for begin, end, part in spans:
        wanted = wanted - digits(text[begin:end]) + digits(part)
    had = digits(answer)
    lost = wanted - perhaps_words(text, spelt=_NUMERAL.search(answer) is not None) - had
    return not lost and (not had - wanted or _NUMERAL.search(text) is not None)


def _begun(text: str, spans: list[Span], answer: str) -> str:
    """With a capital where the text has one: rules lose it when they turn words round. A term is written as it is."""
    if not text[:1].isupper() or any(answer.startswith(wanted) for _, _, wanted in spans):
        return answer
    return answer[:1].upper() + answer[1:]


async def _corrected(answer: str, text: str, spans: list[Span], call: Call) -> str:
    """Puts the terms where the engine put its own words for them, or left them as they were."""
    for begin, end, wanted in spans:
        said = text[begin:end]
        if (corrected := replaced(answer, said, wanted)) == answer:
            corrected = replaced(answer, (await call(said)).strip(" .!?"), wanted)
        answer = corrected
    return answer
