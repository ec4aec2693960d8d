"""A gateway whose deliveries to Kafka stand still for a while, as when only its own connection is cut."""

import asyncio
from collections.abc import Sequence
from typing import Any

from gateway.gateway import Gateway
from schemas.messages import Message


class StoppedLog:
    """Takes the place of the gateway's log; `go_on` lets everything through."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self._open = asyncio.Event()

    async def deliver(self, topic: str, partition: int, session_id: str, messages: Sequence[Message]) -> int:
        """When it goes on."""
        await self._open.wait()
        return int(await self._log.deliver(topic, partition, session_id, messages))

    def go_on(self) -> None:
        """Kafka is reached again."""
        self._open.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def stop_log(gateway: Gateway) -> StoppedLog:
    """From now on the sessions of `gateway` reach Kafka no more."""
    assert gateway.around
    stopped = StoppedLog(gateway.around.log)
    gateway.around.log = stopped  # type: ignore[assignment]  # the part of it that is used
    for live in gateway.around.live.values():
        if live.tape:
            live.tape._log = stopped
    return stopped
