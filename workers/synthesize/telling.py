"""Tells the gateways what speaks each language: at the start, when the machine is busiest, and when it is another."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
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
        lacking: dict[str, dict[str, list[str]]],
        /,
    ) -> Awaitable[None]:
        """Tells it."""


class Telling:
    """Of one process."""

    def __init__(
        self, choice: Choice, tell: Tell, absent: Callable[[], Mapping[str, str]] = dict, again_s: float = AGAIN_S
    ) -> None:
        """It is looked every `again_s` whether something else speaks a language. `absent`: the model of a voice that
        could, by language."""
        self._choice, self._tell, self._absent, self._again_s = choice, tell, absent, again_s
        self._told: object = None

    async def look(self) -> None:
        """Tells what has changed since it was told."""
        now, rough = self._choice.voicings(), self._choice.rough()
        unspoken = {
            tag: [name] for tag, name in sorted(self._absent().items()) if tag in rough or not {tag, ANY} & now.keys()
        }
        if (now, unspoken) != self._told:
            engines = {language: voicing.engine for language, voicing in now.items()}
            lacking = {ANY: unspoken} if unspoken else {}
            await self._tell({ANY: list(now)}, {ANY: rough}, {ANY: engines}, now, lacking)
            self._told = now, unspoken

    async def run(self, _: object) -> None:
        """Looks until it is cancelled."""
        while True:
            await asyncio.sleep(self._again_s)
            await self.look()
