"""Publications as the frames that listeners get: each built once, however many there are."""

import base64
from functools import cached_property
from typing import Any

import msgspec

from gateway import frames
from schemas.channels import framed, unframed
from schemas.socket import Caption, SessionEnded, TranslatedAudio

_json = msgspec.json.Encoder()
_decoder: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder(Caption | TranslatedAudio | SessionEnded)


class Published:
    """One publication of a channel."""

    def __init__(self, payload: bytes, entry_id: str, previous: str) -> None:
        """Raises ValueError for a payload that the channel's contract does not know."""
        header, self._audio = (payload, b"") if payload.startswith(b"{") else unframed(payload)
        message = _decoder.decode(header)
        self.ended = isinstance(message, SessionEnded)
        """Nothing more follows in the channel."""
        self.partial = not entry_id
        """Not in the history: for listeners in mode `fast`."""
        self._message = (
            msgspec.structs.replace(message, id=entry_id, previous=previous) if entry_id and not self.ended else message
        )

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
