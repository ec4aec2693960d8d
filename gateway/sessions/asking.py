"""Tells translate, in the log, that a language is asked for (again): what was skipped meanwhile is missed now."""

from collections.abc import Mapping
from typing import Any

from dragoman.runtime.wall_clock import now_ms
from gateway.kafka.log import Log
from gateway.sessions.sessions import script
from gateway.tasks import Tasks
from schemas.channels import owed_key
from schemas.messages import Session, Wanted
from schemas.topics import TRANSCRIPTS


class Asking:
    """Delivers each record for as long as that takes; Redis keeps what is owed, so that it outlives this gateway.

    Nobody waits for it, and there is one delivery at a time for a language of a session.
    """

    def __init__(self, redis: Any, log: Log, tasks: Tasks, history_ms: int) -> None:
        """`history_ms`: for how long after the end of a session what is made for it can still reach somebody."""
        self._log, self._tasks, self._history_ms = log, tasks, history_ms
        self._paid = script(redis, "paid")
        self._under_way: set[tuple[str, str]] = set()

    def tell(self, session: Session, owed: Mapping[str, str]) -> None:
        """Sees to it that the log says that these languages, each with the number of the debt, are asked for."""
        if self._over(session):
            return
        for language, number in owed.items():
            if (session.session_id, language) not in self._under_way:
                self._under_way.add((session.session_id, language))
                self._tasks.spawn(self._deliver(session, language, number))

    def _over(self, session: Session) -> bool:
        """What is missing can reach nobody any more: histories and exports outlive the end of a session for a while."""
        ended = session.state == "ended" and now_ms() - session.updated_at > self._history_ms
        return session.deleted or ended

    async def _deliver(self, session: Session, language: str, number: str) -> None:
        try:
            record = Wanted(language=language, at=now_ms(), since=session.created_at)
            await self._log.deliver(TRANSCRIPTS, session.partition, session.session_id, [record])
            await self._paid(keys=[owed_key(session.session_id)], args=[language, number])
        finally:
            self._under_way.discard((session.session_id, language))
