"""The same record is always the same entries."""

import msgspec
import pytest

from schemas.channels import captions_channel, speech_channel
from schemas.messages import Message, Speech, Wanted
from tests.workers.driving import SESSION, record
from tests.workers.texts import end, transcript, translation
from workers.broadcast.entries import caption, entries

ES = captions_channel(SESSION, "es")


@pytest.mark.parametrize("message", [translation(16_000), transcript(16_000, language="es")])
def test_a_final_is_one_entry_whose_place_is_its_segment_and_revision(message: Message) -> None:
    first, again = entries(record("translations", 1, message)), entries(record("translations", 9, message))
    assert [entry._replace(overtaken_at=1) for entry in again] == first
    assert [(entry.channel, entry.segment, entry.number, entry.last) for entry in first] == [
        (ES, 16_000, 16_000, False)
    ]


@pytest.mark.parametrize(
    "message", [translation(16_000, revised=True), transcript(16_000, language="es", revised=True)]
)
def test_a_revised_final_is_one_whose_place_is_its_offset(message: Message) -> None:
    (entry,) = entries(record("translations", 9, message))
    assert (entry.channel, entry.segment, entry.number, entry.offset) == (ES, 16_000, 16_000, 9)
    assert msgspec.json.decode(entry.payload)["revised"] is True


def test_a_final_of_now_has_its_place_in_the_history_alone() -> None:
    (entry,) = entries(record("translations", 9, translation(16_000)))
    assert entry.offset is None
    assert "revised" not in msgspec.json.decode(entry.payload)


def test_a_caption_says_what_audio_it_accounts_for_once_that_is_final() -> None:
    (entry,) = entries(record("translations", 9, translation(16_000, until=40_000)))
    assert msgspec.json.decode(entry.payload)["until"] == 40_000
    assert b"until" not in caption(translation(16_000, final=False))


def spoken(part: int, *, last: bool) -> Speech:
    said = translation(16_000)
    shared = {name: getattr(said, name) for name in said.__struct_fields__ if hasattr(Speech, name)}
    made = {"part": part, "last": last, "format": "pcm16", "sample_rate": 16_000, "duration_ms": 900}
    return Speech(**shared | made, synthesized_at=said.translated_at, audio=b"")


def place(part: int, *, last: bool) -> int:
    (entry,) = entries(record("speech", 1, spoken(part, last=last)))
    return entry.number


def test_speech_in_one_part_has_the_place_that_it_had_before_there_were_parts() -> None:
    """Listeners hold it, and a record that an older worker published may come again."""
    assert place(0, last=True) == 16_000 * 256


def test_behind_speech_in_one_part_the_same_in_parts_is_not_newer_but_it_is_newer_than_the_first_of_these() -> None:
    assert place(0, last=False) < place(1, last=False) < place(2, last=True) == place(0, last=True)


def test_a_language_that_is_asked_for_is_none() -> None:
    assert entries(record("transcripts", 1, Wanted(language="es", at=1))) == []


def test_a_partial_is_none() -> None:
    assert entries(record("translations", 1, translation(0, final=False))) == []


@pytest.mark.parametrize(
    ("topic", "channels"),
    [
        ("translations", [ES]),
        (
            "speech",
            [
                speech_channel(SESSION, "es", name, voice)
                for voice in ("", "female", "male")
                for name in ("ogg-opus", "pcm16")
            ],
        ),
    ],
)
def test_an_end_is_the_last_entry_of_each_channel_of_its_topic(topic: str, channels: list[str]) -> None:
    found = entries(record(topic, 1, end(32_000, "es")))
    assert [(entry.channel, entry.segment, entry.last) for entry in found] == [
        (name, 32_000, True) for name in channels
    ]
