"""The finals that fill a hole: revised transcripts that tile it, and what `transcripts` holds of them."""

from msgspec.structs import replace

from dragoman.runtime.wall_clock import CLOCKS_DIFFER_MS
from schemas.audio import to_ms
from schemas.channels import Hole
from schemas.messages import Outcome, Reason, Transcript
from schemas.topics import TRANSCRIPTS
from workers.stage import Record
from workers.tail import PieceReader
from workers.transcribe.delivered import DeliveredFinals


def tile(final: Transcript, hole: Transcript) -> Transcript:
    """The final as it stands in the hole: the first tile replaces the hole, too, so its revision must be higher."""
    return replace(final, revised=True, revision=hole.until - hole.segment + final.until - final.segment)


def blank(
    hole: Transcript, segment: int, until: int, now: int, outcome: Outcome = "ok", reason: Reason = ""
) -> Transcript:
    """The final that says that nothing was heard from `segment` to `until` of the hole; `now` in Unix ms."""
    return replace(
        hole,
        segment=segment,
        until=until,
        start=segment,
        end=until,
        spoken_at=hole.spoken_at - to_ms(hole.until - until),
        revision=until - segment,
        outcome=outcome,
        reason=reason,
        transcribed_at=now,
    )


class Tiles:
    """What was delivered of a hole: to the stage it is a session whose last final before it ended where it begins."""

    def __init__(self, log: PieceReader, hole: Hole) -> None:
        self._log, self._hole = log, hole
        self._behind = -1
        self.announced = False
        """The final that announces the hole was delivered."""
        self.last = blank(hole.final, hole.final.segment, hole.final.segment, hole.final.transcribed_at)
        """The last tile; before the first one an empty final that ends where the hole begins."""

    async def of(self, session_id: str, partition: int, since_ms: int) -> DeliveredFinals:
        """The last tile. Waits while Kafka is away."""
        await self.read()
        return DeliveredFinals(self.last, False)

    async def read(self) -> None:
        """Takes what was delivered since the last look."""
        hole = self._hole
        since_ms = hole.final.transcribed_at - CLOCKS_DIFFER_MS
        _, first, end = await self._log.span(TRANSCRIPTS, hole.partition, since_ms)
        offset = max(first, self._behind)
        key = hole.session_id.encode()
        while offset < end:
            records, offset = await self._log.piece(TRANSCRIPTS, hole.partition, offset, end, lambda k, _: k == key)
            for record in records:
                self._take(record)
        self._behind = offset

    def _take(self, record: Record) -> None:
        hole = self._hole.final
        match record.message:
            case Transcript(final=True, revised=False, segment=hole.segment, until=hole.until):
                self.announced = True
            case Transcript(final=True, revised=True) as final:
                if hole.segment <= final.segment and self.last.until < final.until <= hole.until:
                    self.last = final


def open_holes(records: list[Record]) -> list[Hole]:
    """Of the finals of a partition, in order: the holes that a jump left and that no tiles reach the end of."""
    holes: dict[str, Hole] = {}
    for record in records:
        match record.message:
            case Transcript(final=True, revised=False, outcome="skipped", reason="jump") as final:
                hole = Hole(session_id=record.session_id, partition=record.partition, final=final)
                holes[hole.name] = hole
            case Transcript(final=True, revised=True) as final:
                filled = [hole for hole in holes.values() if _ends(hole, record.session_id, final.until)]
                for hole in filled:
                    del holes[hole.name]
    return list(holes.values())


def _ends(hole: Hole, session_id: str, until: int) -> bool:
    return hole.session_id == session_id and hole.final.until == until
