"""The AsyncAPI 3.0 document of all topics and of the socket, generated from the message types.

Written to `schemas/asyncapi.json` by `python -m dragoman.reference`. Bindings: kafka 0.5.0, ws 0.1.0.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Any

import msgspec

from schemas import messages, socket, topics
from schemas.document import SOCKET_PARTS, field_sentences, title
from schemas.messages import TOPIC_MESSAGES, Message
from schemas.wire import BARE_VALUE, IN_HEADERS

ANSWERS: dict[str, tuple[str, ...]] = {
    "createSession": ("sessionCreated",),
    "resumeSession": ("sessionResumed",),
    "sendAudio": ("audioAccepted",),
    "controlBroadcast": ("broadcastPaused", "broadcastResumed", "broadcastMuted", "broadcastUnmuted"),
    "changeSourceLanguage": ("sourceLanguageChanged",),
    "endSession": ("sessionEnded",),
    "joinSession": ("sessionJoined",),
    "changeLanguage": ("languageChanged",),
    "setPlayback": ("playbackChanged",),
    "leaveSession": ("sessionLeft",),
    "hideCaptions": ("captionsHidden",),
    "showCaptions": ("captionsShown",),
    "withdraw": ("captionWithdrawn",),
    "correct": ("captionCorrected",),
    "getSessionStatus": ("sessionStatus",),
    "heartbeat": ("heartbeatAck",),
}
"""What answers an action, if no error does."""

PRODUCERS: dict[str, tuple[str, ...]] = {
    "audio": ("gateway",),
    "sessions": ("gateway",),
    "transcripts": ("transcribe", "gateway", "translate"),
    "translations": ("translate", "gateway"),
    "speech": ("synthesize",),
    "usage": ("transcribe", "translate", "synthesize"),
    "dead-letters": ("transcribe", "translate", "synthesize", "broadcast"),
}
"""Which processes write a topic."""

_PARTS: tuple[type[msgspec.Struct], ...] = (messages.Word, messages.Prosody, *SOCKET_PARTS)
_SPEAKER_FRAME = {
    "name": "speakerFrame",
    "title": "sendAudio as a binary frame",
    "summary": "Subprotocol dragoman.v1: position u64, capturedAt u64 (big endian), then s16le 16 kHz mono PCM.",
    "contentType": "application/octet-stream",
    "payload": {"type": "string", "format": "binary"},
}
_SPEECH_FRAME = {
    "name": "speechFrame",
    "title": "translatedAudio as a binary frame",
    "summary": "Subprotocol dragoman.v1: length u32 (big endian), translatedAudio without audioData, the audio.",
    "contentType": "application/octet-stream",
    "payload": {"type": "string", "format": "binary"},
}


def document(version: str, partitions: int, audio_retention_h: float, text_retention_h: float) -> dict[str, Any]:
    """The whole document, for one version of the project and the topics' sizes."""
    schemas = _schemas()
    kept = {topic.name: topic for topic in topics.topics(audio_retention_h, text_retention_h)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Dragoman",
            "version": version,
            "description": "Live speech translation: the socket between gateway and clients, and the Kafka topics.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "gateway": {"host": "localhost:8080", "protocol": "ws", "description": "The gateway; wss behind TLS."},
            "kafka": {"host": "localhost:9092", "protocol": "kafka", "description": "Every broker of the cluster."},
        },
        "channels": {"socket": _socket_channel(), **{name: _topic_channel(kept[name], partitions) for name in kept}},
        "operations": _socket_operations() | _topic_operations(),
        "components": {"messages": _messages(schemas), "schemas": schemas},
    }


def _ref(*path: str) -> dict[str, str]:
    return {"$ref": "#/" + "/".join(path)}


def _references(names: Iterable[str]) -> dict[str, dict[str, str]]:
    return {name: _ref("components", "messages", name) for name in names}


def _tags(kinds: Iterable[type[msgspec.Struct]]) -> list[str]:
    return [title(kind) for kind in kinds]


def _record_name(topic: str, kind: type[Message]) -> str:
    """`end` looks different on a topic whose records have bare values; socket messages may have a record's name."""
    return f"{topic}.{title(kind)}"


def _schemas() -> dict[str, Any]:
    whole = {*socket.ACTIONS.values(), *socket.SERVER_MESSAGES, *chain(*TOPIC_MESSAGES.values())}
    _, found = msgspec.json.schema_components(whole, ref_template="#/components/schemas/{name}")
    for kind in (*whole, *_PARTS):
        _describe(found[kind.__name__], kind)
    return dict(sorted(found.items()))


def _describe(schema: dict[str, Any], kind: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(kind):
        schema["properties"][field.encode_name]["description"] = field_sentences(kind)[field.name]


def _messages(schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"speakerFrame": _SPEAKER_FRAME, "speechFrame": _SPEECH_FRAME}
    for spoken in (*socket.ACTIONS.values(), *socket.SERVER_MESSAGES):
        found[title(spoken)] = {"name": title(spoken), "payload": _ref("components", "schemas", spoken.__name__)}
    for topic, kinds in TOPIC_MESSAGES.items():
        for kind in kinds:
            found[_record_name(topic, kind)] = _record(topic, kind, schemas)
    return found


def _record(topic: str, kind: type[Message], schemas: dict[str, Any]) -> dict[str, Any]:
    key = {"type": "string", "description": "The session id."}
    record: dict[str, Any] = {"name": title(kind), "bindings": {"kafka": {"key": key, "bindingVersion": "0.5.0"}}}
    if topic not in IN_HEADERS:
        return record | {"payload": _ref("components", "schemas", kind.__name__)}
    bare = BARE_VALUE.get(kind, "")
    described = schemas[kind.__name__]["properties"]
    headers = {name: _as_text(described[name]) for name in described if name != bare}
    value = described.get(bare, {"description": "Empty."})
    return record | {
        "contentType": "application/octet-stream",
        "headers": {"type": "object", "properties": headers, "required": schemas[kind.__name__]["required"]},
        "payload": {"type": "string", "format": "binary", "description": value["description"]},
    }


def _as_text(member: dict[str, Any]) -> dict[str, Any]:
    """The schema of a member that is written as ASCII text in a header."""
    described = {"description": member["description"]} if "description" in member else {}
    match member:
        case {"enum": values}:
            return described | {"type": "string", "enum": values}
        case {"type": "integer"}:
            return described | {"type": "string", "pattern": "^-?[0-9]+$"}
        case {"type": "boolean"}:
            return described | {"type": "string", "enum": ["true", "false"]}
    return described | {"type": "string"}


def _socket_channel() -> dict[str, Any]:
    names = [*socket.ACTIONS, *_tags(socket.SERVER_MESSAGES), "speakerFrame", "speechFrame"]
    return {
        "address": "/ws",
        "description": "One socket is one speaker or one listener of one session.",
        "servers": [_ref("servers", "gateway")],
        "messages": _references(names),
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
    }


def _topic_channel(topic: topics.WantedTopic, partitions: int) -> dict[str, Any]:
    policy = "compact" if topic.compacted else "delete"
    retention = {} if topic.compacted else {"retention.ms": topic.retention_ms}
    binding = {
        "topic": topic.name,
        "partitions": partitions,
        "topicConfiguration": {"cleanup.policy": [policy], **retention},
        "bindingVersion": "0.5.0",
    }
    return {
        "address": topic.name,
        "servers": [_ref("servers", "kafka")],
        "messages": _references(_record_name(topic.name, kind) for kind in TOPIC_MESSAGES[topic.name]),
        "bindings": {"kafka": binding},
    }


def _operation(action: str, channel: str, names: Iterable[str], summary: str) -> dict[str, Any]:
    listed = [_ref("channels", channel, "messages", name) for name in names]
    return {"action": action, "channel": _ref("channels", channel), "summary": summary, "messages": listed}


def _socket_operations() -> dict[str, Any]:
    found = {}
    for name, kind in socket.ACTIONS.items():
        operation = _operation("receive", "socket", [name], (kind.__doc__ or "").split("\n")[0])
        answers = [_ref("channels", "socket", "messages", answer) for answer in (*ANSWERS[name], "error")]
        found[name] = operation | {"reply": {"channel": _ref("channels", "socket"), "messages": answers}}
    asked = set(chain(*ANSWERS.values())) - {"sessionEnded", "sourceLanguageChanged"}
    unasked = [name for name in (*_tags(socket.SERVER_MESSAGES), "speechFrame") if name not in asked]
    found["speak"] = _operation("receive", "socket", ["speakerFrame"], "Audio of the socket's session.")
    found["tell"] = _operation("send", "socket", unasked, "What the gateway sends without being asked.")
    return found


def _topic_operations() -> dict[str, Any]:
    found = {}
    for topic, kinds in TOPIC_MESSAGES.items():
        names = [_record_name(topic, kind) for kind in kinds]
        for process in PRODUCERS[topic]:
            found[f"{process}.writes.{topic}"] = _operation("send", topic, names, f"{process} writes {topic}.")
    for stage, read in topics.STAGES.items():
        for topic in read:
            names = [_record_name(topic, kind) for kind in TOPIC_MESSAGES[topic]]
            found[f"{stage}.reads.{topic}"] = _operation("receive", topic, names, f"{stage} reads {topic}.")
    return found
