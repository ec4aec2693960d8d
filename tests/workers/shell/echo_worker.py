"""A worker whose stage sends every `end` of `transcripts` on, for the tests of the shell: `python echo_worker.py NAME`.

The language of the record says what happens: `hold` is never settled, `boom` is an unexpected error, `tick` breaks what
the shell does each second, NAME is a record whose lane cannot be named, anything else is an echo. It looks only at
sessions whose id begins with its name.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

from schemas.messages import End, Message
from schemas.topics import STAGES, TRANSCRIPTS, TRANSLATIONS
from workers import metrics
from workers.shell.shell import Worker, main
from workers.stage import Drain, Emit, Inbound, Outbound, Produce, Record, Settle

NAME = sys.argv[1]


async def echo(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
    async for item in inbound:
        match item:
            case Drain():
                return
            case Record(message=End() as end) if item.session_id.startswith(NAME):
                if end.language == "boom":
                    raise RuntimeError("boom")
                if end.language == "tick":
                    vars(metrics).pop("LANES", None)
                if end.language in ("hold", "tick") and "ECHO_HOLDS" in os.environ:
                    continue
                yield Emit(TRANSLATIONS, end)
                yield Settle(item)
            case Record():
                yield Settle(item)


def lane_of(message: Message) -> str:
    """All of a session is one lane."""
    if isinstance(message, End) and message.language == NAME:
        raise RuntimeError("no lane")
    return ""


async def nothing() -> None:
    await asyncio.sleep(0)


async def beside(_: Produce) -> None:
    if "ECHO_RAISES_BESIDE" in os.environ:
        raise RuntimeError("what runs beside")
    await asyncio.Event().wait()


if __name__ == "__main__":
    STAGES[NAME] = (TRANSCRIPTS,)
    main(
        NAME,
        lambda settings: Worker(name=NAME, stage=echo, lane_of=lane_of, start=nothing, close=nothing, beside=beside),
    )
