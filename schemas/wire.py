"""How a message becomes the key, value and headers of a Kafka record, and back.

`audio` and `speech` carry bare audio as the value, so that ordinary tools can play it, and everything else as ASCII
headers. The other topics carry JSON.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

import msgspec

from schemas.messages import TOPIC_MESSAGES, Audio, End, Message, Speech

Headers = list[tuple[str, bytes]]

BARE_VALUE: Final[dict[type[Message], str]] = {Audio: "pcm", Speech: "audio"}
"""The field that is the record's value, where all others are in headers."""
IN_HEADERS: Final = {"audio", "speech"}
"""Topics whose records have everything but audio in headers."""
_json = msgspec.json.Encoder()


class UndecodableError(Exception):
    """The record is not a message of its topic."""


def encode(topic: str, message: Message) -> tuple[bytes, Headers]:
    """Value and headers of `message` on `topic`. Raises TypeError for a message that the topic does not carry."""
    if not isinstance(message, TOPIC_MESSAGES[topic]):
        raise TypeError(f"{topic} does not carry {type(message).__name__}")
    if topic not in IN_HEADERS:
        return _json.encode(message), []
    fields: dict[str, Any] = msgspec.structs.asdict(message)
    value = fields.pop(BARE_VALUE[type(message)], b"") if type(message) in BARE_VALUE else b""
    fields["type"] = message.__struct_config__.tag
    return value, [(name, _text(field).encode("ascii")) for name, field in fields.items()]


def decode(topic: str, value: bytes | None, headers: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> Message:
    """The message of a record. Raises UndecodableError, whose text holds nothing of the record's content."""
    try:
        if topic not in IN_HEADERS:
            message: Message = _decoder(topic).decode(value or b"")
            return message
        fields: dict[str, Any] = {name: (text or b"").decode("ascii") for name, text in dict(headers).items()}
        kind = End if fields.get("type") == "end" else TOPIC_MESSAGES[topic][0]
        if kind in BARE_VALUE:
            fields[BARE_VALUE[kind]] = value or b""
        fields["type"] = kind.__struct_config__.tag
        if kind is Audio and len(fields["pcm"]) % 2:
            raise UndecodableError(f"{topic}: half a sample")
        return msgspec.convert(fields, kind, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:  # brackets nested 1000 deep
        raise UndecodableError(f"{topic}: {type(error).__name__}") from error


def _text(field: object) -> str:
    return str(field).lower() if isinstance(field, bool) else str(field)


@cache
def _decoder(topic: str) -> "msgspec.json.Decoder[Any]":
    kinds = TOPIC_MESSAGES[topic]
    union: Any = kinds[0]
    for kind in kinds[1:]:
        union = union | kind
    return msgspec.json.Decoder(union)
