"""What a final becomes in the channels: the same record is always the same entries, when first heard or read back."""

from typing import NamedTuple

import msgspec

from schemas.audio import to_ms
from schemas.channels import CHOSEN_VOICES, captions_channel, framed, speech_channel
from schemas.messages import End, Speech, Transcript, Translation
from schemas.socket import FORMATS, Caption, Format, SessionEnded, TranslatedAudio
from schemas.topics import SPEECH, TRANSLATIONS
from workers.stage import Record

PARTS = 256
"""The last part of a segment has its place in the history at revision * PARTS, whatever its number, and those before it
just below: behind the last one nothing of the segment is taken, however another worker cuts the text."""


_caption = msgspec.json.Decoder(Caption)


class NewEntry(NamedTuple):
    """A place in the history of a channel, or among its revisions, and what stands there."""

    channel: str
    segment: int
    number: int
    """Grows within the segment."""
    payload: bytes
    last: bool = False
    """Nothing follows it: the channel has ended."""
    offset: int | None = None
    """Where its record stands in Kafka: its place among the revisions. None: it has a place in the history."""
    overtaken_at: int | None = None
    """Where the record of a caption stands: its place among the revisions if what comes after it is in the history
    already, as it came by the other topic (a language that was spoken, and is now translated into)."""
    translated: bool = False
    """Its record is in the topic of translations."""

    @property
    def overtaken(self) -> "NewEntry":
        """As it stands among the revisions."""
        caption = msgspec.structs.replace(_caption.decode(self.payload), revised=True)
        return self._replace(payload=msgspec.json.encode(caption), offset=self.overtaken_at)


def entries(record: Record) -> list[NewEntry]:
    """One for each channel that the record belongs to; none for a partial."""
    session_id, message = record.session_id, record.message
    match message:
        case Transcript() | Translation() if message.final:
            name = captions_channel(session_id, message.language)
            late, now = (record.offset, None) if message.revised else (None, record.offset)
            translated = record.topic == TRANSLATIONS
            return [NewEntry(name, message.segment, message.revision, caption(message), False, late, now, translated)]
        case Speech():
            payload = framed(msgspec.json.encode(_translated_audio(message)), message.audio)
            voice = message.chosen_voice
            names = [speech_channel(session_id, message.language, each, voice) for each in _formats(message)]
            return [NewEntry(name, message.segment, _number(message), payload) for name in names]
        case End():
            translated = record.topic == TRANSLATIONS
            return [_end(name, message, payload, translated) for name, payload in _ends(record, message)]
    return []


def caption(text: Transcript | Translation) -> bytes:
    """The payload of a text."""
    if isinstance(text, Translation):
        source, spoken = text.source_text, text.source_language
    else:
        source, spoken = text.text, text.language
    heard = text.heard_language if isinstance(text, Transcript) else ""
    return msgspec.json.encode(
        Caption(
            segment=text.segment,
            until=text.until if text.final else msgspec.UNSET,
            revision=text.revision,
            final=text.final,
            language=text.language,
            text=text.text,
            source_text=source if text.final else msgspec.UNSET,
            source_language=spoken if text.final else msgspec.UNSET,
            heard_language=heard or msgspec.UNSET,
            stable_chars=text.stable_chars,
            start_ms=to_ms(text.start),
            end_ms=to_ms(text.end),
            spoken_at=text.spoken_at,
            outcome=text.outcome,
            reason=text.reason,
            revised=text.revised or msgspec.UNSET,
        )
    )


def _number(speech: Speech) -> int:
    """Grows with the revision and the part."""
    place = speech.revision * PARTS
    return place if speech.last else max(0, place - PARTS + 1 + speech.part)


def _formats(speech: Speech) -> tuple[Format, ...]:
    return (speech.format,) if speech.format else FORMATS


def _end(name: str, end: End, payload: bytes, translated: bool) -> NewEntry:
    """Stands behind every segment: the last one begins below the session's last sample."""
    return NewEntry(name, end.position, 1, payload, last=True, translated=translated)


def _ends(record: Record, end: End) -> list[tuple[str, bytes]]:
    ended = msgspec.json.encode(SessionEnded(session_id=record.session_id.rpartition("-")[0]))
    if record.topic == SPEECH:
        renditions = [(name, voice) for voice in CHOSEN_VOICES for name in FORMATS]
        return [(speech_channel(record.session_id, end.language, *each), framed(ended, b"")) for each in renditions]
    return [(captions_channel(record.session_id, end.language), ended)]


def _translated_audio(speech: Speech) -> TranslatedAudio:
    return TranslatedAudio(
        segment=speech.segment,
        part=speech.part,
        last=speech.last,
        language=speech.language,
        format=speech.format,
        sample_rate=speech.sample_rate,
        duration_ms=speech.duration_ms,
        voice=speech.voice or msgspec.UNSET,
        start_ms=to_ms(speech.start),
        end_ms=to_ms(speech.end),
        spoken_at=speech.spoken_at,
        outcome=speech.outcome,
        reason=speech.reason,
    )
