"""All topics together stay within the size that was said."""

import pytest

from dragoman.kafka.bounds import GB, LARGEST_SEGMENT_B, SMALLEST_SEGMENT_B, bounded, least_bytes
from dragoman.runtime.errors import DragomanError
from schemas.topics import AUDIO, SESSIONS, SPEECH, WantedTopic, topics

ALL = topics(24, 168)


def taken(topic: WantedTopic, partitions: int) -> int:
    """What Kafka lets a topic take: what is kept, and the segment that is written."""
    assert topic.retention_bytes is not None
    assert topic.segment_bytes is not None
    return (topic.retention_bytes + topic.segment_bytes) * partitions


@pytest.mark.parametrize("partitions", [1, 4, 16, 64])
@pytest.mark.parametrize("keep_gb", [1, 5, 20, 400])
def test_the_sum_is_what_was_said(partitions: int, keep_gb: int) -> None:
    made = bounded(ALL, keep_gb * GB, partitions)
    assert [topic.name for topic in made] == [topic.name for topic in ALL]
    total = sum(taken(topic, partitions) for topic in made if not topic.compacted)
    assert 0.99 * keep_gb * GB < total <= keep_gb * GB


def test_every_bound_is_one_that_kafka_takes_and_that_forgets_in_pieces() -> None:
    for keep_bytes in (least_bytes(ALL, 16), GB, 20 * GB):
        for topic in bounded(ALL, keep_bytes, 16):
            if not topic.compacted:
                assert topic.segment_bytes is not None
                assert topic.retention_bytes is not None
                assert SMALLEST_SEGMENT_B <= topic.segment_bytes <= LARGEST_SEGMENT_B
                assert topic.retention_bytes >= topic.segment_bytes


def test_audio_has_the_most_and_what_is_compacted_no_bound() -> None:
    made = {topic.name: topic for topic in bounded(ALL, 10 * GB, 16)}
    assert made[SESSIONS] == next(topic for topic in ALL if topic.name == SESSIONS)
    assert taken(made[AUDIO], 16) > 4 * GB
    assert taken(made[AUDIO], 16) > 2 * taken(made[SPEECH], 16)


def test_too_little_for_the_partitions_is_refused_with_what_to_set() -> None:
    least = least_bytes(ALL, 16)
    bounded(ALL, least, 16)
    with pytest.raises(DragomanError, match=r"16 partitions .*DRAGOMAN_KEEP_GB to 0\.21 or more"):
        bounded(ALL, least - 1, 16)
