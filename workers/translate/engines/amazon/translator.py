"""The Amazon translator: every language of Amazon Translate into every other."""

import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from schemas.languages import LanguageTagError, normalise
from workers.amazon.account import Account
from workers.amazon.calls import Calls
from workers.errors import EngineRefused
from workers.translate.sentences import units, wordless

TRANSLATE, LIST = "translate:TranslateText", "translate:ListLanguages"
"""What IAM calls the calls that are made."""
MOST_BYTES: Final = 10_000
"""Of one request, as UTF-8."""
_PROBE: Final = "Good morning."


@dataclass(frozen=True)
class Style:
    """How it is to be said."""

    formality: str = ""
    """`formal` or `informal`; empty: as the text does. Languages that know no difference leave it out by themselves."""
    brevity: bool = False
    profanity: bool = False
    """What is profane is masked."""

    def settings(self) -> dict[str, str]:
        """As the request has them."""
        found = {"Formality": self.formality.upper()} if self.formality else {}
        return found | ({"Brevity": "ON"} if self.brevity else {}) | ({"Profanity": "MASK"} if self.profanity else {})


class AmazonTranslator:
    """Languages are known when it has started: Amazon names them."""

    name = "amazon"
    partials = False  # each one costs as much as a final

    def __init__(
        self,
        account: Account,
        *,
        calls: int = 16,
        timeout_s: float = 10,
        style: Style = Style(),  # it is frozen
        terminology: str = "",
    ) -> None:
        """`calls` at once; `timeout_s`: for each; `terminology`: name of one of the account's."""
        self._calls = Calls(account, "translate", calls, timeout_s)
        self.at_once = calls
        self._style, self._terminology = style, terminology
        self._codes: dict[str, str] = {}
        self.sources: frozenset[str] = frozenset()

    def targets(self, source: str) -> frozenset[str]:
        """All others. A region of the source may be a target: from English to English is nothing, to es-MX it is."""
        return frozenset(self._codes) - {source} if source in self._codes else frozenset()

    def rough(self, source: str) -> frozenset[str]:
        """None."""
        return frozenset()

    async def start(self) -> None:
        """Asks which languages there are, and translates something. Raises EngineUnavailable."""
        codes = await self._calls.open(self._first_calls, LIST, TRANSLATE)
        self._codes = {tag: code for code in codes if (tag := _tag(code))}
        self.sources = frozenset(tag for tag in self._codes if "-" not in tag)

    async def translate(self, text: str, source: str, target: str) -> str:
        """One line of text. Raises EngineError."""
        if source not in self._codes or target not in self._codes or source == target:
            raise EngineRefused(f"Amazon does not translate from {source} to {target}.")
        line = _one_line(text)
        if wordless(line):
            return line
        parts = [line] if len(line.encode()) <= MOST_BYTES else units(line)
        return " ".join([await self._translate(part, source, target) for part in parts])

    async def close(self) -> None:
        """Calls that are under way end by themselves."""
        await self._calls.close()

    async def _translate(self, text: str, source: str, target: str) -> str:
        if len(text.encode()) > MOST_BYTES:
            raise EngineRefused(f"A sentence of more than {MOST_BYTES} bytes.")
        request = self._request(text, self._codes[source], self._codes[target])
        said = await self._calls.call(lambda client: client.translate_text(**request)["TranslatedText"], TRANSLATE)
        return " ".join(str(said).split())

    def _request(self, text: str, source: str, target: str) -> dict[str, Any]:
        request: dict[str, Any] = {"Text": text, "SourceLanguageCode": source, "TargetLanguageCode": target}
        if settings := self._style.settings():
            request["Settings"] = settings
        if self._terminology:
            request["TerminologyNames"] = [self._terminology]
        return request

    def _first_calls(self, client: Any) -> list[str]:
        codes, token = [], None
        while True:
            answer = client.list_languages(**({"NextToken": token} if token else {}))
            codes += [str(language["LanguageCode"]) for language in answer["Languages"]]
            token = answer.get("NextToken")
            if not token:
                client.translate_text(**self._request(_PROBE, "en", "es"))
                return codes


def _tag(code: str) -> str:
    """BCP-47; empty for what is no language (`auto`)."""
    try:
        return normalise(code) if code != "auto" else ""
    except LanguageTagError:
        return ""


def _one_line(text: str) -> str:
    """Without control characters and lone surrogates, which a request cannot carry."""
    return " ".join("".join(" " if unicodedata.category(each) in ("Cc", "Cs") else each for each in text).split())
