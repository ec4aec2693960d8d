"""Runs today's stage on the records of a past session; what it yields is given to the caller and produced nowhere."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Final

import structlog

from dragoman.runtime.errors import DragomanError
from schemas.messages import End, Segment
from schemas.topics import STAGES
from workers.stage import DRAIN, Bury, Emit, Idle, Inbound, Outbound, Record, Settle

IDLE_S: Final = 0.2
"""How soon a stage is told that nothing more comes."""
PATIENCE_S: Final = 30
"""A stage that settles nothing for so long is told to stop."""

Records = AsyncGenerator[Record, None]
ReplayedStage = Callable[[AsyncIterator[Inbound]], AsyncIterator[Outbound]]

log = structlog.get_logger(__name__)


async def replay(records: Records, stage: ReplayedStage) -> AsyncGenerator[Emit, None]:
    """What `stage` yields for one lane's `records`; it returns when all of them are settled."""
    unsettled: set[Record] = set()

    async def inbound() -> AsyncIterator[Inbound]:
        async with aclosing(records):
            async for record in records:
                unsettled.add(record)
                yield record
        waited_s, last = 0.0, len(unsettled)
        while unsettled and waited_s < PATIENCE_S:
            await asyncio.sleep(IDLE_S)
            waited_s = waited_s + IDLE_S if len(unsettled) == last else 0.0
            last = len(unsettled)
            yield Idle(_now_ms())
        if unsettled:
            log.warning("replay.unsettled", records=len(unsettled))
        yield DRAIN

    # Closed by hand, so that a caller who stops early leaves no engine call and no reader behind.
    async with aclosing(stage(inbound())) as outbounds:  # type: ignore[type-var]  # stages are generators
        async for outbound in outbounds:
            match outbound:
                case Emit():
                    yield outbound
                case Settle(record):
                    unsettled.discard(record)
                case Bury():
                    pass


async def lanes(records: Records, stage: str) -> list[Records]:
    """The records of a session as the stage's lanes see them: of synthesize each language is one. Only finals count."""
    kept = _final(records)
    if stage != "synthesize":
        return [kept]
    languages: dict[str, list[Record]] = {}
    async for record in kept:
        if isinstance(record.message, Segment | End):
            languages.setdefault(record.message.language, []).append(record)
    return [_each(lane) for lane in languages.values()]


def input_of(stage: str) -> str:
    """The topic that a stage reads. Raises DragomanError for one that cannot be replayed."""
    if stage not in ("transcribe", "translate", "synthesize"):
        raise DragomanError(f"{stage} cannot be replayed: it makes nothing of its own")
    return STAGES[stage][0]


async def _final(records: Records) -> Records:
    async with aclosing(records):
        async for record in records:
            if not isinstance(record.message, Segment) or record.message.final:
                yield record


async def _each(records: Sequence[Record]) -> Records:
    for record in records:
        yield record


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def languages_of(translations: Records) -> list[str]:
    """The target languages that a session had."""
    return sorted({record.message.language async for record in translations if isinstance(record.message, Segment)})
