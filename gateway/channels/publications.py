"""Publications as the frames that listeners get: each built once, however many there are."""

import base64
from collections.abc import Iterable
from functools import cached_property
from typing import Any, assert_never

import msgspec
import structlog

from gateway.channels.history import Entry, order
from gateway.channels.revisions import NONE_YET
from gateway.wire import events, frames
from schemas.channels import framed, unframed
from schemas.socket import Caption, SessionEnded, TranslatedAudio

log = structlog.get_logger()

_json = msgspec.json.Encoder()
_decoder: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder(Caption | TranslatedAudio | SessionEnded)


class UnpublishableError(Exception):
    """The payload is nothing that a channel carries."""


class Published:
    """One publication of a channel."""

    def __init__(self, payload: bytes, entry_id: str, previous: str, revision: str = "", known: str = "") -> None:
        """`known`: the last revision that its readers have. Raises UnpublishableError, whose text holds nothing of the
        payload.
        """
        try:
            header, self._audio = (payload, b"") if payload.startswith(b"{") else unframed(payload)
            message = _decoder.decode(header)
        except (ValueError, RecursionError) as error:
            raise UnpublishableError(type(error).__name__) from None
        self.ended = isinstance(message, SessionEnded)
        """Nothing more follows in the channel."""
        self.partial = not (entry_id or revision)
        """Not in the history: for listeners in mode `fast`."""
        if not (self.partial or self.ended):
            message = msgspec.structs.replace(message, id=entry_id, previous=previous)
        if revision and isinstance(message, Caption):
            message = msgspec.structs.replace(message, revised=True, revision_id=revision)
        self._message = message
        late = revision and entry_id == previous  # in its order among the revisions, not in the place of an entry
        self._place = events.place(entry_id, max(known, revision, key=order) if late else known or NONE_YET)

    @property
    def caption(self) -> Caption | None:
        """The caption, if it is a final one of now."""
        message = self._message
        return message if isinstance(message, Caption) and message.final and message.revised is not True else None

    def framed(self, form: frames.Form) -> bytes:
        """The frame for those who get it in this form."""
        match form:
            case "text":
                return self.text
            case "binary":
                return self.binary
            case "event":
                return self.event
            case never:
                assert_never(never)

    @cached_property
    def text(self) -> bytes:
        """The frame for those who speak JSON alone, audio in base64."""
        message = self._message
        if isinstance(message, TranslatedAudio) and self._audio:
            message = msgspec.structs.replace(message, audio_data=base64.b64encode(self._audio).decode("ascii"))
        return frames.text(_json.encode(message))

    @cached_property
    def binary(self) -> bytes:
        """The frame for `dragoman.v1`."""
        if isinstance(self._message, TranslatedAudio):
            return frames.binary(framed(_json.encode(self._message), self._audio))
        return self.text

    @cached_property
    def event(self) -> bytes:
        """The event for those who only read."""
        return events.event(_json.encode(self._message), "" if self.partial else self._place)


def silent(entry: Entry) -> Entry:
    """Speech without its sound, in the same place: there is none to be heard any more."""
    try:
        message = _decoder.decode(unframed(entry.payload)[0])
    except (ValueError, RecursionError):
        return entry  # nobody gets it
    if not isinstance(message, TranslatedAudio):
        return entry
    hole = msgspec.structs.replace(message, outcome="skipped", format="", sample_rate=0, duration_ms=0)
    return entry._replace(payload=framed(_json.encode(hole), b""))


def published_of(entries: Iterable[Entry], known: str = "") -> list[Published]:
    """The entries as frames for readers who have the revisions up to `known`.

    What cannot be one is passed over, so that nobody stumbles over it again and again.
    """
    published = []
    for entry in entries:
        try:
            published.append(Published(entry.payload, entry.id, entry.previous, entry.revision, known))
        except UnpublishableError as error:
            log.warning("channel.undecodable", id=entry.id, error=str(error))
    return published


def joined(published: Iterable[Published], form: frames.Form) -> bytes:
    """The frames of publications in one piece."""
    return b"".join(each.framed(form) for each in published)
