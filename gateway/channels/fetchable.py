"""What can be had once its models are there: what languages lack, and how it stands with that. No I/O."""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import NamedTuple

import msgspec

from schemas.fetching import Absent
from schemas.languages import lookup
from schemas.socket import Language

_NOTHING: Mapping[str, list[str]] = {}


class Fetchable(NamedTuple):
    """As the workers say what they lack, and `dragoman up` what it can fetch: where nobody fetches there is nothing."""

    captions: Mapping[str, Mapping[str, list[str]]] = {}
    """Names of models by source and target."""
    voices: Mapping[str, list[str]] = {}
    """The same by language."""
    models: Mapping[str, Absent] = {}
    """Those that can be fetched, by name."""

    def targets(self, source: str) -> list[str]:
        """Languages of which all that they lack can be fetched."""
        return [language for language, names in self._of(source).items() if self._all(names)]

    def voice(self, language: str) -> bool:
        """A voice for it can be fetched."""
        return bool(self._all(self._voice(language)))

    def needed(self, source: str, captions: Iterable[str | None], speech: str | None) -> set[str]:
        """Names of the models that are to be fetched for who reads and hears these."""
        languages = self._of(source)
        read = {name for language in {*captions, speech} for name in self._all(languages.get(language or "", ()))}
        return read | set(self._all(self._voice(speech or "")))

    def described(self, source: str, offer: Language, *, there: bool) -> Language:
        """`offer` with what is to be said of what it lacks; `there`: it can be had already, if only roughly."""
        names = self.needed(source, [offer.language], offer.language if offer.speech else None)
        absent = [self.models[name] for name in sorted(names)]
        if not absent:
            return offer
        states = {each.state for each in absent}
        busy = bool(states - {"absent"})
        return msgspec.structs.replace(
            offer,
            state="preparing" if busy else "available" if there else "fetchable",
            fetch_mb=ceil(sum(each.size for each in absent) / 1e6),
            failed=True if "failed" in states else msgspec.UNSET,
        )

    def _of(self, source: str) -> Mapping[str, list[str]]:
        return self.captions.get(lookup(source, self.captions) or "", _NOTHING) if self.models else _NOTHING

    def _voice(self, language: str) -> list[str]:
        return self.voices.get(language, []) if self.models else []

    def _all(self, names: Iterable[str]) -> list[str]:
        """Half of a route is of no use."""
        names = list(names)
        return names if all(name in self.models for name in names) else []
