"""The sessions that have a socket on this gateway."""

import asyncio
from collections.abc import Iterator

import structlog

from gateway.channels.offers import CurrentOffers
from gateway.channels.subscriptions import Subscriptions
from gateway.errors import unavailable
from gateway.kafka.recall import Recall
from gateway.kafka.tape import Tape
from gateway.sessions.asking import Asking
from gateway.sessions.demand import Demand
from gateway.sessions.lease import Leases
from gateway.sessions.live import LiveSession
from gateway.sessions.sessions import Sessions, Standing
from gateway.tasks import Tasks

log = structlog.get_logger()

RECALL_S = 8.0
"""How long the search for the end of a session's audio may take."""
DRAIN_S = 5.0
"""How long a gateway that stops waits until what it accepted is in the log."""


class SessionsHere:
    """Opened at their first socket, closed after the last."""

    def __init__(
        self, gateway_id: str, *, sessions: Sessions, subscriptions: Subscriptions, leases: Leases, asking: Asking,
        offers: CurrentOffers, recall: Recall, tasks: Tasks,
    ) -> None:  # fmt: skip
        self._gateway_id, self._sessions, self._subscriptions = gateway_id, sessions, subscriptions
        self._leases, self._asking, self._offers = leases, asking, offers
        self._recall, self._tasks = recall, tasks
        self._open: dict[str, LiveSession] = {}

    def __iter__(self) -> Iterator[LiveSession]:
        """Those that are open now: others may open and close meanwhile."""
        return iter(list(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)

    def get(self, session_id: str) -> LiveSession | None:
        """The session, if it has a socket here."""
        return self._open.get(session_id)

    async def enter(self, standing: Standing) -> LiveSession:
        """The session for one more socket, which is to `leave` it; opened if there was none."""
        session_id = standing.session.session_id
        live = self._open.get(session_id)
        if live is None:
            live = self._open[session_id] = self._opened(standing)
        live.holders += 1
        if live.holders == 1:
            await live.open()
        return live

    async def leave(self, live: LiveSession) -> None:
        """Closes the session here when nobody is in it any more and all its audio is in the log."""
        live.holders -= 1
        if live.holders:
            return
        if live.tape and not live.tape.empty:
            live.holders += 1
            self._tasks.spawn(self._leave_drained(live, live.tape))
            return
        if self._open.get(live.session.session_id) is live:
            del self._open[live.session.session_id]
            await live.close()

    async def end_of_audio(self, standing: Standing) -> int:
        """Where the session's audio ends: Redis knows that to the sample only if it was noted when the speaker left.

        Raises RefusedError when it cannot be found.
        """
        live = self._open.get(standing.session.session_id)
        if standing.speaker == self._gateway_id and live and live.tape:
            return max(standing.position, live.extent.durable)
        if standing.exact:
            return standing.position
        try:
            async with asyncio.timeout(RECALL_S):
                return max(standing.position, await self._recall.end_of_audio(standing.session))
        except TimeoutError:
            raise unavailable() from None

    async def drain(self) -> None:
        """Gives what was accepted to the log as far as it goes; what then still waits was never acknowledged."""
        tapes = [live.tape for live in self if live.tape]
        try:
            async with asyncio.timeout(DRAIN_S):
                await asyncio.gather(*(tape.drained() for tape in tapes))
        except TimeoutError:
            log.warning("log.not_drained", sessions=sum(not tape.empty for tape in tapes))
        for tape in tapes:
            tape.cut()

    def _opened(self, standing: Standing) -> LiveSession:
        return LiveSession(
            standing,
            sessions=self._sessions,
            subscriptions=self._subscriptions,
            offers=self._offers,
            tasks=self._tasks,
            demand=lambda live: Demand(
                live, leases=self._leases, sessions=self._sessions, asking=self._asking, tasks=self._tasks
            ),
        )

    async def _leave_drained(self, live: LiveSession, tape: Tape) -> None:
        await tape.drained()
        await self.leave(live)
