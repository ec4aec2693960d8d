"""Partials are made for who reads them: a listener in mode `fast`, or the speaker who reads the own captions."""

import msgspec
import pytest

from schemas.messages import Audio, Transcript
from tests.workers.driving import SESSION, Clock, Driven, everyone_waits
from tests.workers.texts import Room, tags
from tests.workers.transcribe.dictated import Dictated, frames, heard
from workers.outbox import MemoryOutbox
from workers.stage import Record
from workers.transcribe.partials import ASK_S, FollowedPartials
from workers.transcribe.stage import transcribe


class Bench(Driven):
    """The stage with an audience."""

    def __init__(self, room: Room) -> None:
        self.engine, self.clock = Dictated(), Clock()
        partials = FollowedPartials(room, self.clock.seconds)
        super().__init__(
            lambda inbound: transcribe(
                inbound, recognisers=[self.engine], outbox=MemoryOutbox(), now=self.clock.now, partials=partials
            )
        )

    async def hear_partial(self, until: int, *, shown: bool = False) -> bool:
        """Whether what is heard up to a position becomes a partial."""
        before = len(self.emitted(Transcript))
        for frame in frames(until - 1_600, until):
            assert isinstance(frame.message, Audio)
            message = msgspec.structs.replace(frame.message, shown=shown)
            await self.give(Record(frame.topic, 0, frame.offset, SESSION, message, written_at=1_100))
        self.engine.opened[0].say(heard(until, final=False))
        await everyone_waits()
        self.clock.ms += round(ASK_S * 1000) + 1
        return len(self.emitted(Transcript)) > before


@pytest.fixture
def room() -> Room:
    return Room(reading=tags("es"))


async def test_partials_begin_and_end_with_their_readers(room: Room) -> None:
    async with Bench(room) as bench:
        assert await bench.hear_partial(1_600), "until it is known that nobody reads them"
        assert not await bench.hear_partial(3_200)
        room.now_is(reading=tags("es"), partial=tags("es"))
        await bench.hear_partial(4_800)
        assert await bench.hear_partial(6_400)
        room.now_is(reading=tags("es"))
        await bench.hear_partial(8_000)
        assert not await bench.hear_partial(9_600)


async def test_a_speaker_who_reads_the_captions_gets_partials(room: Room) -> None:
    async with Bench(room) as bench:
        await bench.hear_partial(1_600)
        assert await bench.hear_partial(3_200, shown=True)
        assert not await bench.hear_partial(4_800)


async def test_the_audiences_of_all_sessions_are_asked_for_together_once_a_second_at_most(room: Room) -> None:
    clock = Clock()
    partials = FollowedPartials(room, clock.seconds)
    for _ in range(30):
        partials.wanted("a")
        partials.wanted("b")
        await everyone_waits()
        clock.ms += 100
    assert 3 <= room.looks <= 4, "for two sessions, in three seconds"
    assert (partials.wanted("a"), partials.wanted("b"), partials.wanted("c")) == (False, False, True)
