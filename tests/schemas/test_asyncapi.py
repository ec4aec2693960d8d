"""The AsyncAPI document is whole, and describes what is really on the wire."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from schemas import asyncapi, socket, topics, wire
from schemas.messages import TOPIC_MESSAGES, Message

DOCUMENT = asyncapi.document("1", partitions=16, audio_retention_h=24, text_retention_h=168)
CARRIED = [(topic, kind) for topic, kinds in TOPIC_MESSAGES.items() for kind in kinds]
SOCKET_KINDS = [*socket.ACTIONS.values(), *socket.SERVER_MESSAGES]


def walk(part: Any) -> Iterator[Any]:
    yield part
    for child in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from walk(child)


def resolved(reference: str) -> Any:
    part: Any = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        part = part[name]
    return part


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """Of a schema whose references are those of the document."""
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def test_every_reference_leads_somewhere() -> None:
    references = [part["$ref"] for part in walk(DOCUMENT) if isinstance(part, dict) and "$ref" in part]
    assert len(references) > 100
    for reference in references:
        assert resolved(reference)


def test_operations_name_messages_of_their_own_channel() -> None:
    """AsyncAPI 3.0: references of an operation lead to the channel's messages, not to the components'."""
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in ("send", "receive")
        for side in (operation, operation.get("reply", operation)):
            for message in side["messages"]:
                assert message["$ref"].startswith(side["channel"]["$ref"] + "/messages/")


@pytest.mark.parametrize("checker", [Draft7Validator, Draft202012Validator])
def test_every_schema_is_a_json_schema(checker: Any) -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        checker.check_schema(schema)
    for message in DOCUMENT["components"]["messages"].values():
        checker.check_schema(message.get("headers", {}))
        checker.check_schema(message["payload"])


def test_every_message_of_the_socket_is_in_its_channel() -> None:
    tags = {kind.__struct_config__.tag for kind in SOCKET_KINDS}
    assert set(DOCUMENT["channels"]["socket"]["messages"]) == tags | {"speakerFrame", "speechFrame"}


def test_every_topic_is_a_channel_with_its_messages_partitions_and_retention() -> None:
    for topic in topics.topics(24, 168):
        channel = DOCUMENT["channels"][topic.name]
        assert len(channel["messages"]) == len(TOPIC_MESSAGES[topic.name])
        binding = channel["bindings"]["kafka"]
        assert binding["partitions"] == 16
        kept = {} if topic.compacted else {"retention.ms": topic.retention_ms}
        policy = {"cleanup.policy": ["compact" if topic.compacted else "delete"]}
        assert binding["topicConfiguration"] == policy | kept


def test_every_action_has_an_answer_and_every_topic_a_writer() -> None:
    assert set(asyncapi.ANSWERS) == set(socket.ACTIONS)
    assert set(asyncapi.PRODUCERS) == set(TOPIC_MESSAGES)


def test_every_server_message_is_an_answer_or_told_unasked() -> None:
    operations = DOCUMENT["operations"]
    told = {message["$ref"].split("/")[-1] for message in operations["tell"]["messages"]}
    answered = {name for names in asyncapi.ANSWERS.values() for name in names}
    assert told | answered == {str(kind.__struct_config__.tag) for kind in socket.SERVER_MESSAGES} | {"speechFrame"}


def test_every_member_is_described() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        members = {name: member for name, member in schema["properties"].items() if name not in ("type", "action")}
        assert all(member.get("description") for member in members.values())


@pytest.mark.parametrize("kind", SOCKET_KINDS)
def test_socket_messages_are_as_described(kind: type[msgspec.Struct], instances: Callable[..., Any]) -> None:
    schema = validator(DOCUMENT["components"]["schemas"][kind.__name__])
    for message in instances(kind):
        schema.validate(msgspec.json.decode(msgspec.json.encode(message)))


@pytest.mark.parametrize(("topic", "kind"), CARRIED)
def test_records_are_as_described(topic: str, kind: type[Message], instances: Callable[..., Any]) -> None:
    described = DOCUMENT["components"]["messages"][f"{topic}.{kind.__struct_config__.tag}"]
    in_headers = topic in wire.IN_HEADERS
    schema = validator(described["headers"] if in_headers else described["payload"])
    for message in instances(kind, ascii_only=in_headers):
        value, headers = wire.encode(topic, message)
        written = {name: text.decode() for name, text in headers} if in_headers else msgspec.json.decode(value)
        schema.validate(written)
        assert set(written) <= set(described["headers"]["properties"] if in_headers else written)


def test_the_document_is_the_same_every_time() -> None:
    again = asyncapi.document("1", partitions=16, audio_retention_h=24, text_retention_h=168)
    assert msgspec.json.encode(again) == msgspec.json.encode(DOCUMENT)
