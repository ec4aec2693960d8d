"""Texts and speech in, publications out. A lane is one language of a session in one topic."""

from collections.abc import AsyncIterator, Callable

import msgspec

from schemas.audio import to_ms
from schemas.channels import captions_channel, framed, speech_channel
from schemas.messages import End, Segment, Speech, Transcript, Translation
from schemas.socket import Caption, Format, SessionEnded, TranslatedAudio
from schemas.topics import SPEECH
from workers.broadcast.channel import Channel
from workers.stage import Drain, Inbound, Outbound, Record, Settle

FORMATS: tuple[Format, ...] = ("ogg-opus", "pcm16")
PARTS = 256
"""A part's place in the history is revision * PARTS + part."""


async def broadcast(
    inbound: AsyncIterator[Inbound], *, channel: Channel, now: Callable[[], int]
) -> AsyncIterator[Outbound]:
    """The stage. Doing a record twice changes nothing: the history refuses what is not newer."""
    async for item in inbound:
        match item:
            case Record(session_id=session_id, message=Transcript() | Translation() as text):
                name = captions_channel(session_id, text.language)
                caption = msgspec.json.encode(_caption(text))
                if not text.final:
                    await channel.publish_partial(name, caption)
                elif await channel.publish(name, text.segment, text.revision, caption):
                    await channel.note_lag(session_id, _lag_ms(text, now()))
            case Record(session_id=session_id, message=Speech() as speech):
                payload = framed(msgspec.json.encode(_translated_audio(speech)), speech.audio)
                number = speech.revision * PARTS + speech.part
                for audio_format in [speech.format] if speech.format else FORMATS:
                    name = speech_channel(session_id, speech.language, audio_format)
                    if await channel.publish(name, speech.segment, number, payload):
                        await channel.note_lag(session_id, _lag_ms(speech, now()))
            case Record(topic=topic, session_id=session_id, message=End() as end):
                ended = msgspec.json.encode(SessionEnded(session_id=session_id.rpartition("-")[0]))
                names = (
                    [(speech_channel(session_id, end.language, name), framed(ended, b"")) for name in FORMATS]
                    if topic == SPEECH
                    else [(captions_channel(session_id, end.language), ended)]
                )
                for name, payload in names:
                    # The end stands behind every segment: the last one begins below the session's last sample.
                    await channel.publish(name, end.position, 1, payload)
                yield Settle(item)
                return
            case Drain():
                return
        if isinstance(item, Record):
            yield Settle(item)


def _caption(text: Transcript | Translation) -> Caption:
    source = text.source_text if isinstance(text, Translation) else text.text
    return Caption(
        segment=text.segment,
        revision=text.revision,
        final=text.final,
        language=text.language,
        text=text.text,
        source_text=source if text.final else msgspec.UNSET,
        stable_chars=text.stable_chars,
        start_ms=to_ms(text.start),
        end_ms=to_ms(text.end),
        spoken_at=text.spoken_at,
        outcome=text.outcome,
        reason=text.reason,
    )


def _translated_audio(speech: Speech) -> TranslatedAudio:
    return TranslatedAudio(
        segment=speech.segment,
        part=speech.part,
        last=speech.last,
        language=speech.language,
        format=speech.format,
        sample_rate=speech.sample_rate,
        duration_ms=speech.duration_ms,
        start_ms=to_ms(speech.start),
        end_ms=to_ms(speech.end),
        spoken_at=speech.spoken_at,
        outcome=speech.outcome,
        reason=speech.reason,
    )


def _lag_ms(record: Segment, now: int) -> dict[str, int]:
    """What the final spent in the stages that it came through."""
    match record:
        case Translation():
            return {
                "translate": record.translated_at - record.transcribed_at,
                "broadcast": now - record.translated_at,
            }
        case Speech(outcome="ok"):
            return {
                "synthesize": record.synthesized_at - record.translated_at,
                "broadcast": now - record.synthesized_at,
            }
        case Transcript():
            return {"transcribe": record.transcribed_at - record.spoken_at, "broadcast": now - record.transcribed_at}
        case _:
            return {}
