"""A worker whose stage sends every `end` of `transcripts` on, for the tests of the shell: `python echo_worker.py NAME`.

The language of the record says what happens: `hold` is never settled, `boom` is an unexpected error, `kill` ends the
process at once, anything else is an echo. It looks only at sessions whose id begins with its name.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

from schemas.messages import End
from schemas.topics import STAGES, TRANSCRIPTS, TRANSLATIONS
from workers.shell import Worker, main
from workers.stage import Drain, Emit, Inbound, Outbound, Record, Settle

NAME = sys.argv[1]


async def echo(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
    async for item in inbound:
        match item:
            case Drain():
                return
            case Record(message=End() as end) if item.session_id.startswith(NAME):
                if end.language == "boom":
                    raise RuntimeError("boom")
                if end.language == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                if end.language == "hold" and "ECHO_HOLDS" in os.environ:
                    continue
                yield Emit(TRANSLATIONS, end)
                yield Settle(item)
            case Record():
                yield Settle(item)


async def nothing() -> None:
    await asyncio.sleep(0)


if __name__ == "__main__":
    STAGES[NAME] = (TRANSCRIPTS,)
    main(
        NAME,
        lambda settings: Worker(name=NAME, stage=echo, lane_of=lambda message: "", start=nothing, close=nothing),
    )
