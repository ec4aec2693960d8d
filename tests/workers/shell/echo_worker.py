"""A worker whose stage sends every `end` of `transcripts` on, for the tests of the shell: `python echo_worker.py NAME`.

The language of the record says what happens: `hold` is never settled, `huge` is echoed larger than Kafka takes it,
`boom` is an unexpected error, `tick` breaks what the shell does each second, NAME is a record whose lane cannot be
named, `late` is echoed when the worker stops and there is a file ECHO_DRAINS, anything else is an echo. It looks only
at sessions whose id begins with its name.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from schemas.messages import End, Message
from schemas.topics import STAGES, TRANSCRIPTS, TRANSLATIONS
from workers import metrics
from workers.shell import shell
from workers.shell.shell import Worker, main
from workers.stage import Drain, Emit, Inbound, Outbound, Produce, Record, Settle

NAME = sys.argv[1]
HUGE = 300_000
DOOR = Path(os.environ.get("ECHO_DRAINS", "/"))


async def echo(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
    late: Record | None = None
    async for item in inbound:
        match item:
            case Drain():
                if late:
                    while not DOOR.exists():  # noqa: ASYNC110, ASYNC240  # another process makes it
                        await asyncio.sleep(0.05)
                    yield Emit(TRANSLATIONS, late.message)
                    yield Settle(late)
                return
            case Record(message=End() as end) if item.session_id.startswith(NAME):
                if end.language == "boom":
                    raise RuntimeError("boom")
                if end.language == "tick":
                    vars(metrics).pop("LANES", None)
                if end.language == "late" and "ECHO_DRAINS" in os.environ:
                    late = item
                    continue
                if end.language in ("hold", "tick") and "ECHO_HOLDS" in os.environ:
                    continue
                huge = {"language": end.language * HUGE} if end.language == "huge" else {}
                yield Emit(TRANSLATIONS, msgspec.structs.replace(end, **huge))
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
    shell.DRAIN_S = 300  # what it waits for may take a busy machine long
    main(
        NAME,
        lambda settings: Worker(name=NAME, stage=echo, lane_of=lane_of, start=nothing, close=nothing, beside=beside),
    )
