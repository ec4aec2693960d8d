"""Captions that are taken back or written anew: finals of a higher revision, in the log like those of the stages."""

import asyncio
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import msgspec

from dragoman.runtime.wall_clock import now_ms
from gateway.errors import RefusedError, unavailable
from gateway.kafka.log import KafkaLog
from schemas.audio import SAMPLE_RATE
from schemas.channels import captions_channel, languages_key, revised_key, revisions_key
from schemas.languages import AUTO, UNKNOWN
from schemas.messages import Message, Outcome, Session, Transcript, Translation
from schemas.socket import Caption
from schemas.topics import TRANSCRIPTS, TRANSLATIONS

RECORD_S = 5.0
"""How long it may take to be in the log."""
MOST_TEXT = 2_000
"""Characters of a text that somebody writes."""
MOST_SEGMENT = 2**53
"""Positions are below it: pages can count no further."""
ENGINE = "moderator"
BEYOND = 2**40
"""Is added to the revision of what is withdrawn: no stage makes a newer one."""
_caption = msgspec.json.Decoder(Caption)


class _KnownSegment(NamedTuple):
    """A segment as it is in its channels."""

    spoken: Caption
    """A caption of it that says where it is and what was said."""
    languages: frozenset[str]
    """All in which there is, or may soon be, a caption of it."""
    revision: int
    """The highest."""
    withdrawn: frozenset[str]
    """The languages in which it was."""


async def withdraw(log: KafkaLog, redis: Any, session: Session, segment: int, floors: Collection[str] = ()) -> None:
    """Takes a caption back in every language where it still is: a try before this one may have got half the way.

    `floors`: languages that may have been spoken before. Raises RefusedError, RedisError.
    """
    known = await _known(redis, session, segment, floors)
    floor, revision = known.spoken.source_language or session.source_language, known.revision % BEYOND + BEYOND
    left = known.languages - known.withdrawn
    made = [_translation(known, language, "", revision, "withdrawn") for language in sorted(left - {floor})]
    await _deliver(log, session, TRANSLATIONS, made)
    if floor in left:
        await _deliver(log, session, TRANSCRIPTS, [_transcript(known, "", revision, "withdrawn")])


async def correct(
    log: KafkaLog, redis: Any, session: Session, segment: int, language: str, text: str, floors: Collection[str] = ()
) -> None:
    """Writes a caption anew. `floors` as in `withdraw`. Raises RefusedError, RedisError."""
    text = " ".join(text.split())
    if not text or len(text) > MOST_TEXT:
        raise RefusedError("bad-message", f"The member `text` must have 1 to {MOST_TEXT} characters.")
    known = await _known(redis, session, segment, floors)
    if known.revision >= BEYOND:
        raise RefusedError("wrong-state", "This caption was withdrawn: it cannot be corrected.")
    # A later one must be newer although the channels may not have this one yet: so it grows with the time, too.
    revision = known.revision + 2 + max(0, now_ms() - session.created_at)
    if language == known.spoken.source_language:
        await _deliver(log, session, TRANSCRIPTS, [_transcript(known, text, revision, "ok")])
    elif language in known.languages:
        made = _translation(known, language, text, revision, "ok")
        await _deliver(log, session, TRANSLATIONS, [made])
    else:
        message = "There is no caption in this language."
        raise RefusedError("language-unavailable", message, available=sorted(known.languages))


async def _known(redis: Any, session: Session, segment: int, floors: Collection[str]) -> _KnownSegment:
    if not 0 <= segment < MOST_SEGMENT:  # Redis would not take it for an id
        raise RefusedError("bad-message", f"The member `segment` must be from 0 to {MOST_SEGMENT - 1}.")
    session_id = session.session_id
    members = await redis.smembers(languages_key(session_id))
    languages = {session.source_language, *(member.decode() for member in members)} - {AUTO, UNKNOWN}
    found = await _found(redis, session_id, languages, segment)
    if segment < session.language_since:  # what was spoken then nobody may have read or had translated
        said = {each.source_language or "" for each in found} or set(floors)
        found += await _found(redis, session_id, said - languages - {"", AUTO, UNKNOWN}, segment)
    if not found:
        raise RefusedError("bad-message", "There is no caption of this segment, or it is kept here no more.")
    newest = max(found, key=lambda caption: caption.revision)
    spoken = next((each for each in found if each.language == each.source_language), newest)
    there = frozenset({*languages, spoken.source_language or ""} - {""})
    withdrawn = frozenset(each.language for each in found if each.revision >= BEYOND)
    return _KnownSegment(spoken, there, newest.revision, withdrawn)


async def _found(redis: Any, session_id: str, languages: Collection[str], segment: int) -> list[Caption]:
    found: list[Caption] = []
    for language in sorted(languages):
        found += await _captions(redis, captions_channel(session_id, language), segment)
    return found


async def _captions(redis: Any, channel: str, segment: int) -> list[Caption]:
    """What the channel has of a segment: in its history, and among its revisions."""
    rows = list(await redis.xrange(channel, f"{segment}", f"{segment}", count=1))
    for member in await redis.zrangebyscore(revised_key(channel), segment, segment):
        place = member.decode().partition(" ")[0]
        rows += await redis.xrange(revisions_key(channel), place, place)
    captions = []
    for _, fields in rows:
        try:
            captions.append(_caption.decode(fields[b"p"]))
        except msgspec.DecodeError:  # the end of the channel
            continue
    return captions


def _transcript(known: _KnownSegment, text: str, revision: int, outcome: Outcome) -> Transcript:
    place = _place(known, revision, outcome)
    return Transcript(language=known.spoken.source_language or "", text=text, stable_chars=len(text), **place)


def _translation(known: _KnownSegment, language: str, text: str, revision: int, outcome: Outcome) -> Translation:
    source = "" if outcome == "withdrawn" else known.spoken.source_text or ""
    return Translation(
        language=language,
        text=text,
        source_text=source,
        source_language=known.spoken.source_language or "",
        stable_chars=len(text),
        translated_at=now_ms(),
        **_place(known, revision, outcome),
    )


def _place(known: _KnownSegment, revision: int, outcome: Outcome) -> dict[str, Any]:
    spoken = known.spoken
    return {
        "segment": spoken.segment,
        "until": spoken.until if isinstance(spoken.until, int) else spoken.segment,
        "start": spoken.start_ms * SAMPLE_RATE // 1000,
        "end": spoken.end_ms * SAMPLE_RATE // 1000,
        "spoken_at": spoken.spoken_at,
        "final": True,
        "revised": True,
        "revision": revision,
        "engine": ENGINE,
        "outcome": outcome,
    }


async def _deliver(log: KafkaLog, session: Session, topic: str, messages: Iterable[Message]) -> None:
    left = list(messages)
    try:
        async with asyncio.timeout(RECORD_S):
            while left:
                done = await log.deliver(topic, session.partition, session.session_id, left)
                left = left[done:]
    except TimeoutError:
        raise unavailable() from None
