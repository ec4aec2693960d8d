"""Transcribe with a scripted engine that some audio kills: `python poisoned_worker.py NAME`.

A frame that begins with POISON ends the process. NAME is the consumer group, and begins the ids of its sessions.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing

from dragoman.runtime.settings import Settings
from schemas.topics import AUDIO, STAGES
from workers import connection
from workers.outbox import RedisOutbox
from workers.shell import Worker, main, now_ms
from workers.stage import Drain, Inbound, Outbound, Record, Settle
from workers.transcribe.engines.scripted import ScriptedRecogniser, ScriptedRecognition
from workers.transcribe.stage import transcribe

POISON = b"\xde\xad\xbe\xef"
NAME = sys.argv[1] if len(sys.argv) > 1 else ""


class MortalRecogniser(ScriptedRecogniser):
    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> ScriptedRecognition:
        return MortalRecognition(self._latency_s, self._faults)


class MortalRecognition(ScriptedRecognition):
    async def feed(self, position: int, pcm: bytes) -> None:
        if pcm.startswith(POISON):
            os.kill(os.getpid(), signal.SIGKILL)
        await super().feed(position, pcm)


def make(settings: Settings) -> Worker:
    redis = connection.connect(settings)
    outbox = RedisOutbox(redis, keep_ms=3_600_000)

    async def stage(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        first = await anext(inbound)
        if isinstance(first, Record) and not first.session_id.startswith(NAME):
            yield Settle(first)
            async for item in inbound:
                if isinstance(item, Record):
                    yield Settle(item)
                if isinstance(item, Drain):
                    return
            return

        async def all_of_it() -> AsyncIterator[Inbound]:
            yield first
            async for item in inbound:
                yield item

        outbounds = transcribe(all_of_it(), recognisers=[MortalRecogniser()], outbox=outbox, now=now_ms)
        async with aclosing(outbounds):  # type: ignore[type-var]  # stages are async generators
            async for outbound in outbounds:
                yield outbound

    return Worker(
        name=NAME,
        stage=stage,
        lane_of=lambda message: "",
        start=lambda: asyncio.sleep(0),
        close=redis.aclose,
        segments=True,
    )


if __name__ == "__main__":
    STAGES[NAME] = (AUDIO,)
    main(NAME, make)
