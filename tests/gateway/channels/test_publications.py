"""Publications as frames."""

import base64
import json

import pytest

from gateway.channels.publications import Published, UnpublishableError
from gateway.wire import frames
from schemas.channels import unframed
from tests.gateway.publisher import caption, ended, speech


def test_a_final_carries_its_place() -> None:
    published = Published(caption(160, "hola"), "160-1", "0-1")
    message = json.loads(published.text[2:] if published.text[1] < 126 else published.text[4:])
    assert (message["id"], message["previous"], message["text"]) == ("160-1", "0-1", "hola")
    assert published.binary == published.text


def test_a_partial_has_no_place() -> None:
    published = Published(caption(160, "ho", final=False), "", "")
    assert published.partial
    assert b'"id"' not in published.text


def test_speech_is_binary_or_base64() -> None:
    published = Published(speech(0, b"OggS"), "0-1", "")
    header, audio = unframed(published.binary[4:])
    assert (audio, json.loads(header)["id"]) == (b"OggS", "0-1")
    assert base64.b64encode(b"OggS") in published.text
    assert published.binary.startswith(frames.binary(published.binary[4:])[:4])


def test_speech_without_audio_has_none_in_json() -> None:
    assert b"audioData" not in Published(speech(0, b""), "0-1", "").text


def test_an_end_is_an_end_in_any_channel() -> None:
    assert Published(ended("calm-otter-123"), "0-1", "").ended


@pytest.mark.parametrize("payload", [b"", b"\x00\x00\x00\xffxx", b"{}", b'{"type": "error"}', b"garbage", b"{\xff}"])
def test_what_the_channel_does_not_carry_is_refused(payload: bytes) -> None:
    with pytest.raises(UnpublishableError):
        Published(payload, "0-1", "")


def test_a_revision_says_so_and_is_no_partial_even_without_a_history() -> None:
    published = Published(caption(160, "hola"), "", "", "7-1")
    told = json.loads(published.text[published.text.index(b"{") :])
    assert (told["revised"], told["revisionId"], told["id"], told["previous"]) == (True, "7-1", "", "")
    assert not published.partial
    assert published.caption is None


@pytest.mark.parametrize(
    ("entry", "known", "place"),
    [
        (("160-1", "0-1", ""), "", "160-1/0-0"),
        (("160-1", "0-1", ""), "7-1", "160-1/7-1"),
        (("160-1", "0-1", "9-1"), "7-1", "160-1/7-1"),  # in the place of an entry: others before it may be due
        (("160-1", "160-1", "9-1"), "7-1", "160-1/9-1"),
        (("160-1", "160-1", "9-1"), "12-1", "160-1/12-1"),  # a gap that was filled, among a newcomer's history
        (("", "", "9-1"), "", "/9-1"),
    ],
)
def test_an_event_says_where_to_go_on(entry: tuple[str, str, str], known: str, place: str) -> None:
    published = Published(caption(160, "hola"), *entry, known)
    head, data = published.event.split(b"\n", 1)
    assert head == f"id: {place}".encode()
    assert json.loads(data.removeprefix(b"data: "))["text"] == "hola"


def test_a_partial_leaves_a_reader_where_it_is() -> None:
    assert Published(caption(160, "ho", final=False), "", "", known="7-1").event.startswith(b"data: ")
