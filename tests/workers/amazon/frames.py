"""Frames of event streams, and the chain of signatures through them."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from amazon_transcribe.eventstream import EventStreamBuffer, EventStreamMessageSerializer

from tests.workers.amazon.signatures import Authorization, SignatureError, sign

_SERIALIZER = EventStreamMessageSerializer()


class Chain:
    """Envelopes of one request, of which each is signed over the one before."""

    def __init__(self, first: Authorization) -> None:
        self._scope, self._prior = first.scope, first.signature
        self._buffer = EventStreamBuffer()
        self.checked = 0
        """Envelopes whose signature was right."""

    def take(self, data: bytes) -> Iterator[bytes]:
        """The audio of each envelope; empty: it was the last one. Raises SignatureError."""
        self._buffer.add_data(data)
        for envelope in self._buffer:
            self._check(envelope)
            if not envelope.payload:
                yield b""
                continue
            (event,) = decoded(envelope.payload)
            assert event.headers[":message-type"] == "event"
            assert event.headers[":event-type"] == "AudioEvent"
            assert event.headers[":content-type"] == "application/octet-stream"
            yield event.payload

    def _check(self, envelope: Any) -> None:
        ms, signature = envelope.headers[":date"], envelope.headers[":chunk-signature"]
        encoded = b"\x05:date\x08" + ms.to_bytes(8)  # length and name, type of a time, Unix ms
        to_sign = "\n".join(
            [
                "AWS4-HMAC-SHA256-PAYLOAD",
                datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y%m%dT%H%M%SZ"),
                self._scope,
                self._prior,
                hashlib.sha256(encoded).hexdigest(),
                hashlib.sha256(envelope.payload).hexdigest(),
            ]
        )
        if sign(to_sign, self._scope) != signature.hex():
            raise SignatureError(f"of envelope {self.checked}")
        self._prior = signature.hex()
        self.checked += 1


def decoded(data: bytes) -> list[Any]:
    """Frames that are complete."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


def transcript_event(results: list[dict[str, Any]]) -> bytes:
    """What the service says of what it heard."""
    headers: dict[str, Any] = {
        ":message-type": "event",
        ":event-type": "TranscriptEvent",
        ":content-type": "application/json",
    }
    return _SERIALIZER.serialize(headers, json.dumps({"Transcript": {"Results": results}}).encode())


def exception_event(name: str, message: str) -> bytes:
    """An error in the midst of a stream."""
    headers: dict[str, Any] = {
        ":message-type": "exception",
        ":exception-type": name,
        ":content-type": "application/json",
    }
    return _SERIALIZER.serialize(headers, json.dumps({"Message": message}).encode())
