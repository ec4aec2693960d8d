"""What the listeners of a session here ask for, told to Redis, to the other gateways and to translate."""

import asyncio
from typing import Protocol

from redis.exceptions import RedisError

from gateway.sessions.asking import Asking
from gateway.sessions.audience import Attendance
from gateway.sessions.lease import Leases, Written
from gateway.sessions.roles import ListenerRole
from gateway.sessions.sessions import Sessions
from gateway.tasks import Tasks
from schemas.channels import Control
from schemas.languages import floor_tag
from schemas.messages import Session

WRITE_S = 0.2
"""Those who leave within this time are written together."""


class Attended(Protocol):
    """A session and its listeners here."""

    session: Session
    listeners: set[ListenerRole]


class Demand:
    """The lease that says what the listeners of one session ask for, in step with who they are."""

    def __init__(self, live: Attended, *, leases: Leases, sessions: Sessions, asking: Asking, tasks: Tasks) -> None:
        self._live, self._leases = live, leases
        self._sessions, self._asking, self._tasks = sessions, asking, tasks
        self._session_id = live.session.session_id
        self._lease = leases.writer(self._session_id, floor=floor_tag(live.session.source_language))
        self._writer: asyncio.TimerHandle | None = None
        self._lock = asyncio.Lock()
        self._next: asyncio.Task[Written] | None = None

    async def join(self, listener: ListenerRole, *, known: bool, resumes: bool) -> int:
        """Takes a listener in, whose older socket here or elsewhere counts no more; answers Redis's time, ms.

        `known`: it said by its token who it is; `resumes`: it was here before. Raises RedisError: then the older socket
        is still the one that counts.
        """
        older = [each for each in self._live.listeners if each.listener_id == listener.listener_id]
        self._live.listeners.add(listener)
        self._lease.came(listener.listener_id, listener.wish if resumes and not known else None)
        written = await self.write()
        for each in older:
            each.replaced()
        if known:
            control = Control(kind="returned", listener=listener.listener_id, at=written.now_ms)
            await self._sessions.tell(self._session_id, control)
        return written.now_ms

    def returned(self, control: Control) -> None:
        """A listener has a newer socket, perhaps on another gateway: the older one is dead, which nobody noticed."""
        for listener in tuple(self._live.listeners):
            if listener.listener_id == control.listener and listener.since_ms < control.at:
                listener.replaced()
                self.write_soon()

    def leave(self, listener: ListenerRole, *, on_purpose: bool) -> None:
        """A listener has gone."""
        self._live.listeners.discard(listener)
        if listener.listener_id in {each.listener_id for each in self._live.listeners}:
            return
        if on_purpose:
            self._lease.left(listener.listener_id)
        else:
            self._lease.went(listener.listener_id, listener.wish)

    async def left(self, listener_id: str) -> None:
        """A listener said beside its socket, which may be on another gateway or gone, that it will not come back.

        Raises RedisError.
        """
        self._lease.left(listener_id)
        written = await self.write()
        gone = Control(kind="left", listener=listener_id, at=written.now_ms)
        self.said_to_have_left(gone)
        await self._sessions.tell(self._session_id, gone)

    def said_to_have_left(self, control: Control) -> None:
        """Every gateway writes so: one may just have noted that the listener is absent, or be about to."""
        for listener in tuple(self._live.listeners):
            if listener.listener_id == control.listener and listener.since_ms <= control.at:
                listener.dismissed()
        if control.listener not in {each.listener_id for each in self._live.listeners}:
            self._lease.left(control.listener)
            self.write_soon()

    async def change(self, listener: ListenerRole) -> None:
        """A listener asks for something else, and for nothing of before. Raises RedisError."""
        self._lease.came(listener.listener_id)
        await self.write()

    async def write(self) -> Written:
        """Writes the lease, and tells everybody if it changed. Raises RedisError.

        Calls that come while a write is under way share the next one: a hall that joins at once takes a few writes.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._write_next())
            self._tasks.keep(self._next)
        return await asyncio.shield(self._next)

    async def _write_next(self) -> Written:
        async with self._lock:  # a write must not overtake another one
            self._next = None
            self._lease.floor = floor_tag(self._live.session.source_language)
            written = await self._lease.write(self._present())
        self._asking.tell(self._live.session, written.owed)
        if written.changed:
            await self._sessions.tell(self._session_id, Control(kind="audience"))
        return written

    def _present(self) -> list[ListenerRole]:
        """Each listener once, by its newest socket."""
        sockets = sorted(self._live.listeners, key=lambda each: each.since_ms)
        return list({each.listener_id: each for each in sockets}.values())

    async def renew(self) -> None:
        """Writes the lease again if there is anything to say, as far as Redis can be reached."""
        if not self._live.listeners and not self._lease.behind:
            return
        try:
            await self.write()
        except (RedisError, OSError):
            self._lease.forget()

    def write_soon(self) -> None:
        """Writes soon, once for all who leave together."""
        if not self._writer:
            self._writer = asyncio.get_running_loop().call_later(WRITE_S, self._write)

    def close(self) -> None:
        """The last socket is gone: what was to be written soon is written now."""
        if self._writer:
            self._writer.cancel()
            self._write()

    def _write(self) -> None:
        self._writer = None
        self._tasks.spawn(self._written())

    async def _written(self) -> None:
        await self.write()

    async def audience(self, *, elsewhere: bool = False) -> Attendance:
        """Who listens by all gateways, or by the others. Raises RedisError."""
        return await self._leases.audience(self._session_id, elsewhere=elsewhere)
