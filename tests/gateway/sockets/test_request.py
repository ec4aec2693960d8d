"""What text frames ask for."""

import msgspec
import pytest

from gateway.errors import RefusedError
from gateway.sockets.request import read
from schemas.socket import ACTIONS, Heartbeat, SendAudio


def test_every_action_is_read_back() -> None:
    for name, kind in ACTIONS.items():
        filled = {
            field.encode_name: {str: "x", int: 1, bool: True}.get(field.type, "pause")
            for field in msgspec.structs.fields(kind)
            if field.required
        }
        assert type(read(msgspec.json.encode({"action": name, **filled}).decode())) is kind


def test_the_old_name_of_send_audio_is_one() -> None:
    text = '{"audioData": "", "timestamp": 5, "sessionId": "a", "action": "audioChunk"}'
    assert read(text) == SendAudio(session_id="a", audio_data="", timestamp=5)


def test_unknown_members_are_ignored() -> None:
    assert read('{"action": "heartbeat", "new": {"deep": [1, null]}}') == Heartbeat()


@pytest.mark.parametrize("request_id", ["7", '"seven"'])
def test_a_refusal_carries_the_request_id(request_id: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read(f'{{"action": "sendAudio", "requestId": {request_id}}}')
    assert str(refused.value.request_id) == request_id.strip('"')


@pytest.mark.parametrize("request_id", ["true", "[1]", "{}", "null", "1.5"])
def test_an_id_that_is_none_is_left_out(request_id: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read(f'{{"action": "nothing", "requestId": {request_id}}}')
    assert refused.value.request_id is None


def test_a_refusal_names_the_member_and_not_its_content() -> None:
    with pytest.raises(RefusedError) as refused:
        read('{"action": "createSession", "sourceLanguage": "en", "glossary": {"secret": {"es": 5}}}')
    assert "glossary" in refused.value.message
    assert "secret" not in refused.value.message
