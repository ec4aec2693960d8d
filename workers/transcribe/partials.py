"""Whether somebody follows what is not final yet: partials that nobody reads cost as much as the finals."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, Protocol

from workers.audience import SessionDemand

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


class Audiences(Protocol):
    """Answers who listens."""

    async def of_each(self, session_ids: Sequence[str]) -> list[SessionDemand]:
        """What is asked for in each of some sessions now."""


class FollowedPartials:
    """Asks the audiences in the background, of all sessions at once; until they have answered, partials are wanted."""

    def __init__(self, audiences: Audiences, clock: Callable[[], float] = monotonic) -> None:
        """`clock` counts seconds."""
        self._audiences, self._clock = audiences, clock
        self._known: dict[str, tuple[float, bool]] = {}
        """When it was answered, and what."""
        self._due: set[str] = set()
        """Sessions that have something to say since the last question."""
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    def wanted(self, session_id: str) -> bool:
        """What was answered last."""
        self._due.add(session_id)
        if self._asking is None and self._clock() - self._asked_at > ASK_S:
            self._asked_at = self._clock()
            self._asking = asyncio.create_task(self._ask())
        return self._known.get(session_id, (0.0, True))[1]

    async def _ask(self) -> None:
        due, self._due = list(self._due), set()
        try:
            listening = await self._audiences.of_each(due)
        finally:
            self._asking = None
        now = self._clock()
        self._known = {other: known for other, known in self._known.items() if now - known[0] < FORGET_S}
        self._known |= {session: (now, bool(each.partial)) for session, each in zip(due, listening, strict=True)}
