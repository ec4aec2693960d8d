"""Tells the gateways what speaks each language: at the start, when the machine is busiest, and when it is another."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Final, Protocol

from schemas.languages import ANY, Voicing
from workers.synthesize.choice import Choice

AGAIN_S: Final = 30.0


class Tell(Protocol):
    """Of workers.connection.AbilitiesNotice."""

    def __call__(
        self,
        languages: dict[str, list[str]],
        rough: dict[str, list[str]],
        engines: dict[str, dict[str, str]],
        voices: dict[str, Voicing],
        /,
    ) -> Awaitable[None]:
        """Tells it."""


class Telling:
    """Of one process."""

    def __init__(self, choice: Choice, tell: Tell, again_s: float = AGAIN_S) -> None:
        """It is looked every `again_s` whether something else speaks a language."""
        self._choice, self._tell, self._again_s = choice, tell, again_s
        self._told: Mapping[str, Voicing] | None = None

    async def look(self) -> None:
        """Tells what has changed since it was told."""
        now = self._choice.voicings()
        if now != self._told:
            engines = {language: voicing.engine for language, voicing in now.items()}
            await self._tell({ANY: list(now)}, {ANY: self._choice.rough()}, {ANY: engines}, now)
            self._told = now

    async def run(self, _: object) -> None:
        """Looks until it is cancelled."""
        while True:
            await asyncio.sleep(self._again_s)
            await self.look()
