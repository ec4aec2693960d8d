"""Texts and speech in, publications out. A lane is one language of a session in one topic."""

from collections.abc import AsyncIterator, Callable

from schemas.channels import Control, captions_channel
from schemas.messages import End, Segment, Speech, Transcript, Translation
from workers import metrics
from workers.broadcast.channel import HistoryWriter
from workers.broadcast.entries import caption, entries
from workers.stage import Drain, Inbound, Outbound, Record, Settle, outlived

LAG_EVERY_MS = 1_000
"""What is only shown is not told more often: of a backlog each final would cost a second call of Redis."""


async def broadcast(
    inbound: AsyncIterator[Inbound], *, channel: HistoryWriter, now: Callable[[], int]
) -> AsyncIterator[Outbound]:
    """The stage. Doing a record twice changes nothing: the channel refuses what is not newer."""
    lane = _ChannelLane(channel, now)
    async for item in inbound:
        match item:
            case Drain():
                return
            case Record(message=message):
                await lane.publish(item)
                yield Settle(item)
                if isinstance(message, End):
                    return


class _ChannelLane:
    """Publishes one language of a session."""

    def __init__(self, channel: HistoryWriter, now: Callable[[], int]) -> None:
        self._channel, self._now = channel, now
        self._lag_at = -LAG_EVERY_MS

    async def publish(self, record: Record) -> None:
        """Returns when it is in the channel, or was there."""
        message, channel = record.message, self._channel
        if isinstance(message, Transcript | Translation) and not message.final:
            name = captions_channel(record.session_id, message.language)
            if outlived(record, self._now()):
                metrics.OUTLIVED.labels("broadcast").inc()
            else:
                await channel.publish_partial(name, caption(message))
            return
        published = [await channel.publish(record, entry) for entry in entries(record)]
        if any(published) and isinstance(message, Segment):
            await self._note_lag(record.session_id, message)
            if isinstance(message, Speech) and message.envelope:
                await channel.tell(record.session_id, _spoken(message))
        if isinstance(message, Transcript) and message.detected and not message.revised:
            await channel.note_language(record.session_id, message.language, message.until)

    async def _note_lag(self, session_id: str, segment: Segment) -> None:
        now = self._now()
        if now - self._lag_at >= LAG_EVERY_MS and (lag_ms := _lag_ms(segment, now)):
            self._lag_at = now
            await self._channel.note_lag(session_id, lag_ms)


def _spoken(speech: Speech) -> Control:
    """The speaker's gateway listens whether it comes back."""
    return Control(
        kind="spoken",
        language=speech.language,
        segment=speech.segment,
        part=speech.part,
        voice=speech.chosen_voice,
        envelope=speech.envelope,
    )


def _lag_ms(record: Segment, now: int) -> dict[str, int]:
    """What the final spent in the stages that it came through; one that came long after its words tells nothing."""
    match record:
        case Transcript(revised=True) | Translation(revised=True):
            return {}
        case Translation():
            return {
                "translate": record.translated_at - record.transcribed_at,
                "broadcast": now - record.translated_at,
            }
        case Speech(outcome="ok", part=0):
            return {
                "synthesize": record.synthesized_at - record.translated_at,
                "broadcast": now - record.synthesized_at,
            }
        case Transcript():
            return {"transcribe": record.transcribed_at - record.spoken_at, "broadcast": now - record.transcribed_at}
        case _:
            return {}
