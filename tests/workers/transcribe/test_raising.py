"""A recogniser that raises what is no EngineError, below the real stage and its lanes."""

from collections.abc import AsyncIterator

from schemas.messages import Transcript
from tests.workers.driving import SESSION, Clock, until_true
from tests.workers.transcribe.dictated import FRAME, frames, marker
from workers.outbox import MemoryOutbox
from workers.shell.lanes import Lanes
from workers.stage import Emit, Inbound, Outbound, Record
from workers.transcribe.engine import Recognition
from workers.transcribe.engines.scripted import ScriptedRecogniser
from workers.transcribe.stage import transcribe

RAISES_AT = 5 * FRAME
LAST = 60


class Broken(ScriptedRecogniser):
    """Raises whenever it is fed the frame at RAISES_AT."""

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> Recognition:
        recognition = await super().open(session_id, language, vocabulary)
        feed = recognition.feed

        async def feed_unless(position: int, pcm: bytes) -> None:
            if position == RAISES_AT:
                raise ValueError("a bug of the library")
            await feed(position, pcm)

        recognition.feed = feed_unless  # type: ignore[method-assign]  # of this one only
        return recognition


async def test_what_waits_behind_the_frame_that_raises_is_settled_and_the_lane_goes_on() -> None:
    clock, outbox = Clock(), MemoryOutbox()
    recogniser = Broken()
    acked: list[object] = []
    buried: list[int] = []
    finals: list[Transcript] = []
    fatal: list[BaseException] = []

    def stage(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        return transcribe(inbound, recognisers=[recogniser], outbox=outbox, now=clock.now)

    async def produce(partition: int, session_id: str, emit: Emit) -> None:
        if isinstance(emit.message, Transcript) and emit.message.final:
            finals.append(emit.message)

    async def bury(record: Record, token: object, reason: str) -> None:
        buried.append(record.offset)

    lanes = Lanes(
        stage, produce, ack=acked.append, bury=bury, segments=True, failed=lambda error: None, fatal=fatal.append,
        now=clock.now, clock=clock.seconds, idle_s=1_000, reap_s=30, again_s=0,
    )  # fmt: skip
    spoken = [*frames(0, LAST * FRAME), marker(LAST, "pause", LAST * FRAME), *frames(61 * FRAME, 62 * FRAME, 61)]
    for record in [*spoken, marker(62, "pause", 62 * FRAME)]:
        lanes.dispatch(record, f"{SESSION}/", record.offset)
    await until_true(lambda: len(acked) == 63, timeout_s=60)
    assert RAISES_AT // FRAME in buried
    assert [(final.segment, final.outcome) for final in finals] == [(0, "failed"), (LAST * FRAME, "ok")]
    assert acked == sorted(buried) + [offset for offset in range(63) if offset not in buried]
    assert not fatal
    await lanes.drain(10)
