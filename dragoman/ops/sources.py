"""Where a session's records come from: the topics of a Kafka, or a file that was recorded."""

import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

from dragoman.ops.recorded import RecordedSession
from dragoman.ops.records import find_session, records
from dragoman.ops.where import kafka_address
from dragoman.runtime.settings import Settings
from schemas.messages import Session
from workers.stage import Record


class SessionSource(Protocol):
    """A session with its records."""

    session: Session
    unreadable: int
    """Records of it that were passed over so far, as this version cannot read them."""

    def records(self, topic: str) -> AsyncGenerator[Record, None]:
        """Those of one topic, in order."""


class LoggedSession:
    """In Kafka, as far as that still keeps it."""

    def __init__(self, kafka: str, session: Session) -> None:
        self._kafka, self.session, self.unreadable = kafka, session, 0

    def records(self, topic: str) -> AsyncGenerator[Record, None]:
        """Those that are there now."""
        return records(self._kafka, self.session, topic, self._pass_over)

    def _pass_over(self) -> None:
        self.unreadable += 1


async def open_source(settings: Settings, wanted: str) -> SessionSource:
    """`wanted` is a file, or else the code or id of a session in Kafka. Raises DragomanError."""
    if os.path.isfile(wanted):  # noqa: ASYNC240  # once, at the start of a command
        return RecordedSession(Path(wanted))
    kafka = kafka_address(settings.kafka, settings.data)
    return LoggedSession(kafka, await find_session(kafka, wanted))
