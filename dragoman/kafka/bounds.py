"""How much room the topics may take: shared out so that all of them together stay within one size. No I/O."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dragoman.runtime.errors import DragomanError
from schemas.topics import AUDIO, SPEECH, TRANSCRIPTS, TRANSLATIONS, WantedTopic

GB: Final = 1_000_000_000
SMALLEST_SEGMENT_B: Final = 1_048_576
"""Kafka takes no smaller one, and a batch of a gateway fits into it."""
LARGEST_SEGMENT_B: Final = 64 * SMALLEST_SEGMENT_B
_SEGMENTS: Final = 4
"""In so many pieces a partition forgets: of more, none is large enough."""

_WEIGHTS: Final = {AUDIO: 10, SPEECH: 4, TRANSCRIPTS: 2, TRANSLATIONS: 2}
"""A session's audio is 32 kB a second, a language's speech 4 kB; texts come with all their revisions."""
_OTHERS: Final = 1


def least_bytes(topics: Sequence[WantedTopic], partitions: int) -> int:
    """What the topics take at least: Kafka keeps a segment that is full beside the one that is written."""
    return sum(not topic.compacted for topic in topics) * partitions * 2 * SMALLEST_SEGMENT_B


def bounded(topics: Sequence[WantedTopic], keep_bytes: int, partitions: int) -> list[WantedTopic]:
    """The topics with a bound each, `keep_bytes` in all. What is compacted has none: it is one record for each session.

    Kafka removes whole segments, the oldest first, once what is left behind it is `retention_bytes`: so a partition
    takes these and one segment more. Raises DragomanError when there is not enough for so many partitions.
    """
    least = least_bytes(topics, partitions)
    if keep_bytes < least:
        raise DragomanError(
            f"{keep_bytes / GB:.2f} GB are too little for {partitions} partitions of each topic: set DRAGOMAN_KEEP_GB "
            f"to {least / GB + 0.005:.2f} or more, or DRAGOMAN_PARTITIONS to less"
        )
    weights = {topic.name: _WEIGHTS.get(topic.name, _OTHERS) for topic in topics if not topic.compacted}
    to_share = (keep_bytes - least) // sum(weights.values())
    return [
        topic
        if topic.compacted
        else _bounded(topic, 2 * SMALLEST_SEGMENT_B + to_share * weights[topic.name] // partitions)
        for topic in topics
    ]


def _bounded(topic: WantedTopic, partition_bytes: int) -> WantedTopic:
    segment = min(max(partition_bytes // _SEGMENTS, SMALLEST_SEGMENT_B), LARGEST_SEGMENT_B)
    return replace(topic, retention_bytes=partition_bytes - segment, segment_bytes=segment)
