"""What translate asks of a translator."""

from typing import Protocol


class Translator(Protocol):
    """An engine, once per process."""

    name: str
    partials: bool
    """Cheap enough to translate partials, too."""
    at_once: int
    """Finals of one language of a session that may be asked for at the same time: what waits after an outage."""

    @property
    def sources(self) -> frozenset[str]:
        """BCP-47 base tags that it translates from; the one tag `*` stands for every language."""

    def targets(self, source: str) -> frozenset[str]:
        """BCP-47 tags that can be reached from `source` (base tag), without `source` itself.

        The one tag `*` stands for every language.
        """

    def rough(self, source: str) -> frozenset[str]:
        """Those of `targets` whose translations are understandable at best: who reads them is told."""

    async def start(self) -> None:
        """Proves with one probe that it works. Raises EngineUnavailable."""

    async def translate(self, text: str, source: str, target: str) -> str:
        """One line of text. Raises EngineError."""

    async def close(self) -> None:
        """Ends everything that it started."""
