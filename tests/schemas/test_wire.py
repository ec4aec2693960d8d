"""Every message survives the way through its topic."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from schemas import messages, wire
from schemas.messages import TOPIC_MESSAGES, Audio, End, Message, Session, Speech, Transcript, Usage

CARRIED = [(topic, kind) for topic, kinds in TOPIC_MESSAGES.items() for kind in kinds]


def usage(**changed: Any) -> Usage:
    return Usage(
        **{"stage": "translate", "engine": "embedded", "language": "en", "segment": 0, "final": True}
        | {"outcome": "ok", "at": 1}
        | changed
    )


@pytest.mark.parametrize(("topic", "kind"), CARRIED)
def test_every_message_of_every_topic_comes_back_as_it_was(
    topic: str, kind: type[Message], instances: Callable[..., Any]
) -> None:
    for message in instances(kind, ascii_only=topic in ("audio", "speech")):
        value, headers = wire.encode(topic, message)
        assert wire.decode(topic, value, headers) == message


def test_every_message_type_has_a_topic() -> None:
    kinds = {kind for kind in vars(messages).values() if isinstance(kind, type) and issubclass(kind, Message)}
    assert kinds - {Message, messages.Segment} == {kind for _, kind in CARRIED}


def test_the_value_of_audio_is_bare_pcm_and_its_headers_are_readable_text() -> None:
    frame = Audio(kind="frame", position=1600, captured_at=5, language="en-GB", pcm=b"\x01\x02")
    value, headers = wire.encode("audio", frame)
    assert value == b"\x01\x02"
    assert dict(headers) == {
        "type": b"audio",
        "kind": b"frame",
        "position": b"1600",
        "captured_at": b"5",
        "language": b"en-GB",
        "since": b"0",
        "shown": b"false",
    }


def test_the_value_of_speech_is_the_bare_audio(instances: Callable[..., Any]) -> None:
    for speech in instances(Speech, ascii_only=True):
        assert wire.encode("speech", speech)[0] == speech.audio


def test_the_end_has_no_value_where_audio_is_expected() -> None:
    assert wire.encode("speech", End(position=1, language="es", ended_at=2))[0] == b""


@pytest.mark.parametrize("topic", ["transcripts", "translations", "sessions", "usage", "dead-letters"])
def test_unknown_members_of_json_are_ignored(topic: str, instances: Callable[..., Any]) -> None:
    for message in instances(TOPIC_MESSAGES[topic][0]):
        members = msgspec.json.decode(wire.encode(topic, message)[0])
        value = msgspec.json.encode(members | {"of_tomorrow": {"deep": [1]}})
        assert wire.decode(topic, value, []) == message


@pytest.mark.parametrize("topic", ["transcripts", "translations"])
def test_finals_from_before_it_was_measured_how_they_were_spoken_are_decoded(
    topic: str, instances: Callable[..., Any]
) -> None:
    for message in instances(TOPIC_MESSAGES[topic][0]):
        members = msgspec.json.decode(wire.encode(topic, message)[0])
        del members["prosody"]
        old = wire.decode(topic, msgspec.json.encode(members), [])
        assert old == msgspec.structs.replace(message, prosody=None)


@pytest.mark.parametrize("topic", ["audio", "speech"])
def test_unknown_headers_are_ignored(topic: str, instances: Callable[..., Any]) -> None:
    for message in instances(TOPIC_MESSAGES[topic][0], ascii_only=True):
        value, headers = wire.encode(topic, message)
        assert wire.decode(topic, value, [*headers, ("of_tomorrow", b"1")]) == message


def test_headers_may_come_as_a_mapping() -> None:
    frame = Audio(kind="pause", position=3, captured_at=4, language="en")
    value, headers = wire.encode("audio", frame)
    assert wire.decode("audio", value, dict(headers)) == frame


SECRET = "correct-horse-battery"
UNDECODABLE = {
    "no JSON": ("transcripts", SECRET.encode(), []),
    "no value": ("usage", None, []),
    "another topic's message": ("transcripts", wire.encode("usage", usage(engine=SECRET))[0], []),
    "a missing member": ("usage", msgspec.json.encode({"type": "usage", "engine": SECRET}), []),
    "a member of another type": ("usage", msgspec.json.encode({"type": "usage", "stage": SECRET}), []),
    "a thousand brackets": (
        "usage",
        b'{"type":"usage","' + SECRET.encode() + b'":' + b"[" * 5000 + b"]" * 5000 + b"}",
        [],
    ),
    "text that is not UTF-8": ("usage", b'{"type":"usage","engine":"\xff' + SECRET.encode() + b'"}', []),
    "no headers": ("audio", SECRET.encode(), []),
    "a header without a value": ("audio", b"", [("kind", None), ("language", SECRET.encode())]),
    "a header that is not ASCII": ("audio", b"", [("kind", "é".encode() + SECRET.encode())]),
    "a header that is no number": ("audio", b"", [("kind", b"frame"), ("position", SECRET.encode())]),
}


def test_half_a_sample_is_undecodable() -> None:
    value, headers = wire.encode("audio", Audio(kind="frame", position=0, captured_at=0, language="en", pcm=b"abcd"))
    assert wire.decode("audio", value, headers)
    with pytest.raises(wire.UndecodableError):
        wire.decode("audio", value[:3], headers)


@pytest.mark.parametrize("name", ["segment", "until", "start", "end", "revision"])
def test_a_position_below_zero_is_undecodable(name: str) -> None:
    """Redis would refuse the id that broadcast makes of it, again and again."""
    value, headers = wire.encode(
        "transcripts",
        Transcript(
            segment=0, until=1, start=0, end=1, spoken_at=0, final=True, revision=1, language="en", engine="x", text=""
        ),
    )
    broken = msgspec.json.encode(msgspec.json.decode(value) | {name: -1})
    with pytest.raises(wire.UndecodableError):
        wire.decode("transcripts", broken, headers)


@pytest.mark.parametrize(("topic", "value", "headers"), UNDECODABLE.values(), ids=UNDECODABLE.keys())
def test_a_broken_record_is_undecodable_and_the_error_holds_nothing_of_it(
    topic: str, value: bytes | None, headers: Any
) -> None:
    with pytest.raises(wire.UndecodableError) as caught:
        wire.decode(topic, value, headers)
    assert SECRET not in str(caught.value)
    assert topic in str(caught.value)


def test_a_topic_refuses_what_it_does_not_carry() -> None:
    with pytest.raises(TypeError, match="transcripts does not carry Usage"):
        wire.encode("transcripts", usage())


def test_the_position_after_the_last_sample_follows_from_the_pcm() -> None:
    assert Audio(kind="frame", position=100, captured_at=0, language="en", pcm=bytes(320)).until == 260


def test_a_session_without_its_newer_members_still_reads() -> None:
    old = {"type": "session", "session_id": "a-b-1-x", "code": "a-b-1", "source_language": "en", "partition": 3}
    value = msgspec.json.encode(old | {"created_at": 1, "updated_at": 2})
    session = wire.decode("sessions", value, [])
    assert isinstance(session, Session)
    assert (session.state, session.generation, session.glossary) == ("live", 1, {})


def test_words_keep_their_order_and_times(instances: Callable[..., Any]) -> None:
    spoken = max(instances(Transcript), key=lambda transcript: len(transcript.words))
    again = wire.decode("transcripts", *wire.encode("transcripts", spoken))
    assert isinstance(again, Transcript)
    assert again.words == spoken.words
    assert len(again.words) >= 2
