"""A gateway whose deliveries to Kafka stand still for a while, as when only its own connection is cut."""

import asyncio
from collections.abc import Sequence
from typing import Any

from gateway.gateway import Gateway
from schemas.messages import Message


class StoppedLog:
    """Takes the place of the gateway's log; `go_on` lets everything through."""

    def __init__(self, log: Any) -> None:
        self._log, self._deliver = log, log.deliver
        self._open = asyncio.Event()

    async def deliver(self, topic: str, partition: int, session_id: str, messages: Sequence[Message]) -> int:
        """When it goes on."""
        await self._open.wait()
        return int(await self._deliver(topic, partition, session_id, messages))

    def go_on(self) -> None:
        """Kafka is reached again."""
        self._open.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def stop_log(gateway: Gateway) -> StoppedLog:
    """From now on the sessions of `gateway` reach Kafka no more."""
    assert gateway.parts
    stopped = StoppedLog(gateway.parts.log)
    gateway.parts.log.deliver = stopped.deliver  # type: ignore[method-assign]  # whoever has the log is to be stopped
    return stopped
