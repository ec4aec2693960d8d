"""The same record is always the same entries."""

import pytest

from schemas.channels import captions_channel, speech_channel
from schemas.messages import Message
from tests.workers.driving import SESSION, record
from tests.workers.texts import end, transcript, translation
from workers.broadcast.entries import entries

ES = captions_channel(SESSION, "es")


@pytest.mark.parametrize("message", [translation(16_000), transcript(16_000, language="es")])
def test_a_final_is_one_entry_whose_place_is_its_segment_and_revision(message: Message) -> None:
    first, again = entries(record("translations", 1, message)), entries(record("translations", 9, message))
    assert first == again
    assert [(entry.channel, entry.segment, entry.number, entry.last) for entry in first] == [
        (ES, 16_000, 16_000, False)
    ]


def test_a_partial_is_none() -> None:
    assert entries(record("translations", 1, translation(0, final=False))) == []


@pytest.mark.parametrize(
    ("topic", "channels"),
    [
        ("translations", [ES]),
        ("speech", [speech_channel(SESSION, "es", "ogg-opus"), speech_channel(SESSION, "es", "pcm16")]),
    ],
)
def test_an_end_is_the_last_entry_of_each_channel_of_its_topic(topic: str, channels: list[str]) -> None:
    found = entries(record(topic, 1, end(32_000, "es")))
    assert [(entry.channel, entry.segment, entry.last) for entry in found] == [
        (name, 32_000, True) for name in channels
    ]
