"""The stage over recorded frames, and what it made of them."""

import itertools
from collections.abc import AsyncIterator

from schemas.messages import Transcript
from tests.workers.driving import SESSION, Clock, Driven
from workers.breaker import Breakers
from workers.outbox import MemoryOutbox, Outbox
from workers.stage import Emit, Idle, Inbound, Outbound
from workers.transcribe.engine import Recogniser
from workers.transcribe.engines.scripted import ScriptedRecogniser
from workers.transcribe.stage import transcribe


class Bench(Driven):
    """The stage over engines of the test."""

    def __init__(
        self,
        *recognisers: Recogniser,
        outbox: Outbox | None = None,
        timeout_s: float = 10,
        breakers: Breakers | None = None,
    ) -> None:
        self.clock = Clock()
        self.outbox = outbox or MemoryOutbox()
        super().__init__(
            lambda inbound: transcribe(
                inbound,
                recognisers=recognisers,
                outbox=self.outbox,
                now=self.clock.now,
                timeout_s=timeout_s,
                breakers=breakers,
            )
        )

    async def idle(self) -> None:
        await self.give(Idle(self.clock.ms))

    async def other_fixes(self, final: Transcript) -> None:
        """Another worker is first."""
        await self.outbox.remember(SESSION, final, (await self.outbox.last(SESSION)).life)

    @property
    def finals(self) -> list[Transcript]:
        return [transcript for transcript in self.emitted(Transcript) if transcript.final]

    @property
    def spans(self) -> list[tuple[int, int]]:
        return [(final.segment, final.until) for final in self.finals]


def transcript(segment: int, until: int, text: str = "of another worker") -> Transcript:
    return Transcript(
        segment=segment,
        until=until,
        start=segment,
        end=until,
        spoken_at=0,
        final=True,
        revision=until - segment,
        language="en",
        engine="other",
        text=text,
    )


class Listed:
    """What a list of records yields, from a scripted engine to the end of the session."""

    def __init__(self, *items: Inbound, outbox: Outbox | None = None) -> None:
        self.items, self.outbox = items, outbox or MemoryOutbox()

    async def run(self) -> list[Outbound]:
        async def inbound() -> AsyncIterator[Inbound]:
            for item in self.items:
                yield item

        clock = itertools.count(1_000_000, 1_000)
        stage = transcribe(inbound(), recognisers=[ScriptedRecogniser()], outbox=self.outbox, now=lambda: next(clock))
        return [item async for item in stage]


def finals_of(outbound: list[Outbound]) -> list[Transcript]:
    messages = [item.message for item in outbound if isinstance(item, Emit)]
    return [message for message in messages if isinstance(message, Transcript) and message.final]
