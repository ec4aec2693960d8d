"""Whether somebody follows what is not final yet: partials that nobody reads cost as much as the finals."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final, Protocol

from workers.audience import Audience

ASK_S: Final = 1.0
"""So soon whoever comes to read partials gets them."""
FORGET_S: Final = 60.0


class Partials(Protocol):
    """Answers whether partials have a reader."""

    def wanted(self, session_id: str) -> bool:
        """Whether a listener asks for partials in a session. Never waits."""


class AllPartials:
    """Everybody does."""

    def wanted(self, session_id: str) -> bool:
        """Always."""
        return True


ALL_PARTIALS: Final = AllPartials()


class FollowedPartials:
    """Asks the audience in the background; until it has answered, partials are wanted."""

    def __init__(self, audience: Audience, clock: Callable[[], float] = monotonic) -> None:
        """`clock` counts seconds."""
        self._audience, self._clock = audience, clock
        self._known: dict[str, tuple[float, bool]] = {}
        """When it was answered, and what."""
        self._asking: dict[str, asyncio.Task[None]] = {}

    def wanted(self, session_id: str) -> bool:
        """What was answered last."""
        at, wanted = self._known.get(session_id, (float("-inf"), True))
        if self._clock() - at > ASK_S and session_id not in self._asking:
            self._asking[session_id] = task = asyncio.create_task(self._ask(session_id))
            task.add_done_callback(lambda _: self._asking.pop(session_id))
        return wanted

    async def _ask(self, session_id: str) -> None:
        listening = await self._audience.of(session_id)
        now = self._clock()
        self._known = {other: known for other, known in self._known.items() if now - known[0] < FORGET_S}
        self._known[session_id] = now, bool(listening.partial)
