"""Audio in, transcripts out. A lane is a session; its finals tile the audio."""

from collections.abc import AsyncIterator, Callable, Sequence

from workers.breaker import Breakers
from workers.merge import Merge
from workers.outbox import Outbox
from workers.stage import Drain, Inbound, Outbound
from workers.transcribe.delivered import NOTHING_DELIVERED, Delivered
from workers.transcribe.engine import Recogniser
from workers.transcribe.finals import LaneFinals
from workers.transcribe.holes import Keep
from workers.transcribe.jump import Jump
from workers.transcribe.lane import SessionLane
from workers.transcribe.listening import OpenRecognition, Recognised
from workers.transcribe.partials import ALL_PARTIALS, Partials

LONGEST_UTTERANCE_MS = 10_000
"""No engine is silent for longer than this and its timeout while it has audio."""


async def transcribe(
    inbound: AsyncIterator[Inbound],
    *,
    recognisers: Sequence[Recogniser],
    outbox: Outbox,
    now: Callable[[], int],
    timeout_s: float = 10,
    delivered: Delivered = NOTHING_DELIVERED,
    jump_s: float | None = None,
    keep: Keep | None = None,
    measures: bool = True,
    partials: Partials = ALL_PARTIALS,
    breakers: Breakers | None = None,
) -> AsyncIterator[Outbound]:
    """The stage. Each engine of `recognisers` hears again what the one before it failed to finish.

    A lane that is more than `jump_s` behind jumps to live, unless it is there soon without; without `jump_s`, as in a
    replay, it never does. `keep` gets the holes that it leaves. `delivered` is what the session's lanes before this one
    made. `measures`: finals say how they were spoken. `partials` says whether they have a reader. `breakers` leave an
    engine alone that fails again and again; without them (replays, holes) it is asked every time.
    """
    arrived: Merge[Inbound | Recognised] = Merge()
    arrived.add(inbound)
    listening = OpenRecognition(recognisers, arrived, LONGEST_UTTERANCE_MS / 1000 + timeout_s, breakers)
    lane = SessionLane(
        listening, lambda first: LaneFinals(outbox, delivered, first), now, Jump(jump_s, now), keep, measures, partials
    )
    try:
        while not lane.ended:
            item = await arrived.next()
            if isinstance(item, Drain):
                return
            async for outbound in lane.take(item):
                yield outbound
    finally:
        await lane.listening.close()
        await arrived.close()
