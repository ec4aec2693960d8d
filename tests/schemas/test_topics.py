"""Partitions never move, and every stage reads topics that exist."""

from collections import Counter

from schemas import topics
from schemas.messages import TOPIC_MESSAGES


def test_the_partition_of_a_session_is_the_same_for_ever() -> None:
    """CRC-32 (check value 0xCBF43926): the figure is noted in sessions, a change would move live ones."""
    assert topics.partition_of("123456789", 16) == 6
    assert topics.partition_of("123456789", 64) == 38
    assert topics.partition_of("quiet-otter-123-a1b2c3", 16) == 11


def test_sessions_spread_over_all_partitions() -> None:
    counts = Counter(topics.partition_of(f"quiet-otter-{n}-abcdef", 16) for n in range(1600))
    assert set(counts) == set(range(16))
    assert max(counts.values()) < 160


def test_every_topic_that_carries_messages_is_created_and_no_other() -> None:
    assert [topic.name for topic in topics.topics(24, 168)] == list(TOPIC_MESSAGES)


def test_audio_and_speech_are_kept_for_the_audios_time_and_texts_for_theirs() -> None:
    kept = {topic.name: topic.retention_ms for topic in topics.topics(audio_retention_h=0.5, text_retention_h=2)}
    assert kept["audio"] == kept["speech"] == 1_800_000
    assert kept["transcripts"] == kept["translations"] == kept["usage"] == kept["dead-letters"] == 7_200_000


def test_only_sessions_are_compacted_and_these_never_expire() -> None:
    compacted = [topic for topic in topics.topics(24, 168) if topic.compacted]
    assert [(topic.name, topic.retention_ms) for topic in compacted] == [("sessions", -1)]


def test_every_stage_reads_topics_that_exist() -> None:
    assert {topic for read in topics.STAGES.values() for topic in read} <= set(TOPIC_MESSAGES)
