"""Names in Redis, and what publications are made of."""

import pytest

from schemas import channels

SESSION = "quiet-otter-123-a1b2c3"


def test_a_revision_is_told_by_its_mark() -> None:
    raw = b'\n\nrevised\n17-1\n9-1\n{"text":"a\\nb"}'
    assert channels.publication(raw) == channels.Publication("17-1", "9-1", b'{"text":"a\\nb"}', revised=True)


def test_all_keys_of_a_session_lie_in_one_slot_of_a_redis_cluster() -> None:
    """Redis hashes what stands between the first braces."""
    keys = [
        channels.captions_channel(SESSION, "es-MX"),
        channels.speech_channel(SESSION, "es", "ogg-opus"),
        channels.audience_key(SESSION),
        channels.languages_key(SESSION),
        channels.spoken_languages_key(SESSION),
        channels.session_key(SESSION),
        channels.outbox_key(SESSION),
        channels.lag_key(SESSION),
        channels.control_channel(SESSION),
    ]
    assert len(set(keys)) == len(keys)
    assert {key[key.index("{") + 1 : key.index("}")] for key in keys} == {SESSION}


def test_a_channel_is_named_after_its_product_language_and_format() -> None:
    assert channels.captions_channel(SESSION, "es") == "dragoman:{" + SESSION + "}:captions:es"
    assert channels.speech_channel(SESSION, "es", "pcm16") == "dragoman:{" + SESSION + "}:speech:es:pcm16"
    assert channels.code_key("quiet-otter-123") == "dragoman:code:quiet-otter-123"


def test_a_publication_is_its_id_the_previous_id_and_the_payload() -> None:
    assert channels.publication(b'32000-512\n0-1024\n{"text":"a\\nb"}') == channels.Publication(
        "32000-512", "0-1024", b'{"text":"a\\nb"}'
    )


def test_a_payload_may_hold_newlines() -> None:
    assert channels.publication(b"\n\n\n\x00\n").payload == b"\n\x00\n"


def test_a_partial_has_no_id() -> None:
    assert channels.publication(b"\n0-1024\n{}") == channels.Publication("", "0-1024", b"{}")


def test_what_is_no_publication_is_refused() -> None:
    with pytest.raises(ValueError, match="unpack"):
        channels.publication(b"one line")


@pytest.mark.parametrize(("header", "audio"), [(b"{}", b""), (b"", b"OggS"), ('{"a":"é"}'.encode(), bytes(range(256)))])
def test_a_binary_frame_comes_apart_again(header: bytes, audio: bytes) -> None:
    assert channels.unframed(channels.framed(header, audio)) == (header, audio)


@pytest.mark.parametrize("cut", [b"", b"\x00\x00", b"\x00\x00\x00\x05abcd", b"\xff\xff\xff\xff"])
def test_a_cut_frame_is_refused(cut: bytes) -> None:
    with pytest.raises(ValueError, match="shorter"):
        channels.unframed(cut)
