"""Socket messages survive the wire, and stay what the protocol says."""

from collections.abc import Callable
from typing import Any, get_args

import msgspec
import pytest

from schemas import socket
from schemas.socket import ACTIONS, SERVER_MESSAGES, Action, ClientMessage, ServerMessage

client_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(ClientMessage)
LEVELS = {"snrDb": 20.5, "clipping": 0.0, "levelDb": -23.0}


@pytest.mark.parametrize("kind", ACTIONS.values())
def test_every_action_comes_back_as_it_was(kind: type[Action], instances: Callable[..., Any]) -> None:
    for action in instances(kind):
        assert client_decoder.decode(msgspec.json.encode(action)) == action


@pytest.mark.parametrize("kind", SERVER_MESSAGES)
def test_every_server_message_comes_back_as_it_was(kind: type[ServerMessage], instances: Callable[..., Any]) -> None:
    for message in instances(kind):
        assert socket.server_message(msgspec.json.encode(message)) == message


@pytest.mark.parametrize("kind", [*ACTIONS.values(), *SERVER_MESSAGES])
def test_unknown_members_are_ignored(kind: type[msgspec.Struct], instances: Callable[..., Any]) -> None:
    for message in instances(kind):
        members = msgspec.json.decode(msgspec.json.encode(message)) | {"ofTomorrow": [{"deep": 1}]}
        assert msgspec.json.decode(msgspec.json.encode(members), type=kind) == message


@pytest.mark.parametrize("kind", [*ACTIONS.values(), *SERVER_MESSAGES])
def test_names_on_the_wire_are_camel_case(kind: type[msgspec.Struct]) -> None:
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    assert not [name for name in names if "_" in name or not name[0].islower()]


def test_every_message_of_the_module_is_listed() -> None:
    kinds = {kind for kind in vars(socket).values() if isinstance(kind, type) and issubclass(kind, ServerMessage)}
    assert kinds - {ServerMessage, socket.Answer} == set(SERVER_MESSAGES)
    kinds = {kind for kind in vars(socket).values() if isinstance(kind, type) and issubclass(kind, Action)}
    assert kinds - {Action} == set(get_args(ClientMessage)) == set(ACTIONS.values())


def test_an_action_of_another_name_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="makeCoffee"):
        client_decoder.decode(b'{"action":"makeCoffee"}')


def test_aliases_lead_to_actions_and_hide_none() -> None:
    for alias, name in socket.ACTION_ALIASES.items():
        assert name in ACTIONS
        assert alias not in ACTIONS


def test_an_answer_repeats_the_request_id_and_has_none_where_the_request_had_none() -> None:
    assert b"requestId" not in msgspec.json.encode(socket.HeartbeatAck(server_time=1))
    assert (
        msgspec.json.decode(msgspec.json.encode(socket.HeartbeatAck(server_time=1, request_id="a")))["requestId"] == "a"
    )


def test_a_partial_caption_has_no_place_in_the_history() -> None:
    caption = socket.Caption(
        segment=0,
        revision=512,
        final=False,
        language="es",
        text="hola",
        stable_chars=0,
        start_ms=0,
        end_ms=32,
        spoken_at=1,
        outcome="ok",
        reason="",
    )
    assert not {"id", "previous", "sourceText"} & set(msgspec.json.decode(msgspec.json.encode(caption)))


def test_every_error_code_says_whether_to_try_again() -> None:
    assert set(socket.RETRYABLE) == set(get_args(socket.ErrorCode))


def test_the_session_status_of_a_fresh_session_is_written_with_nulls() -> None:
    status = socket.SessionStatus(
        session_id="quiet-otter-123",
        state="live",
        speaker_connected=True,
        paused=False,
        muted=False,
        listeners=0,
        by_language={},
        duration_ms=0,
        audio_quality=None,
        lag_ms=socket.LagMs(),
    )
    members = msgspec.json.decode(msgspec.json.encode(status))
    assert members["audioQuality"] is None
    assert members["lagMs"] == {"transcribe": None, "translate": None, "synthesize": None, "broadcast": None}
    assert msgspec.convert(LEVELS, socket.AudioQuality).snr_db == 20.5


def test_the_speakers_binary_frame_begins_with_two_big_endian_integers() -> None:
    assert socket.AUDIO_HEADER.pack(1, 2) == bytes([0] * 7 + [1] + [0] * 7 + [2])
    assert socket.AUDIO_HEADER.size == 16
