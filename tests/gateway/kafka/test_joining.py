"""Which frames travel as one record."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.kafka.joining import LONGEST, joined
from schemas.messages import Audio

FRAME = 1600
"""Samples: a tenth of a second."""


def frame(n: int, **changes: Any) -> Audio:
    """The nth of a speaker whose samples say which they are."""
    pcm = b"".join(sample.to_bytes(2, "little") for sample in range(n * FRAME, (n + 1) * FRAME))
    whole = Audio(kind="frame", position=n * FRAME, captured_at=5_000 + n * 100, language="en", shown=True, pcm=pcm)
    return replace(whole, **changes)


def test_frames_that_follow_each_other_are_one_record_with_the_samples_of_all() -> None:
    (record,) = joined(frame(n) for n in range(2, 5))
    whole = record.message
    assert isinstance(whole, Audio)
    assert record.parts == 3
    assert replace(whole, pcm=b"") == frame(2, pcm=b"")
    assert whole.pcm == frame(2).pcm + frame(3).pcm + frame(4).pcm
    assert whole.until == frame(4).until


def test_a_record_is_no_longer_than_what_a_client_may_send_at_once() -> None:
    records = joined(frame(n) for n in range(23))
    assert [record.parts for record in records] == [10, 10, 3]
    assert all(isinstance(record.message, Audio) for record in records)
    assert max(len(record.message.pcm) // 2 for record in records if isinstance(record.message, Audio)) == LONGEST


@pytest.mark.parametrize(
    "second",
    [
        frame(1, position=1601),
        frame(1, position=1599),
        frame(1, captured_at=5_151),
        frame(1, captured_at=5_049),
        frame(1, language="es"),
        frame(1, since=1600),
        frame(1, shown=False),
        Audio(kind="pause", position=1600, captured_at=5_100, language="en", shown=True),
    ],
)
def test_what_does_not_follow_is_a_record_of_its_own(second: Audio) -> None:
    messages = [frame(0), second, frame(9)]
    assert [(record.message, record.parts) for record in joined(messages)] == [(message, 1) for message in messages]


def test_a_clock_that_wanders_is_followed_by_no_more_than_a_moment() -> None:
    """Each frame is 20 ms late after the one before it: not each is near enough to the first."""
    late = [frame(n, captured_at=5_000 + n * 120) for n in range(6)]
    assert [record.parts for record in joined(late)] == [3, 3]
