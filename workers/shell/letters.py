"""What is given up, as a dead letter."""

import structlog

from schemas import wire
from schemas.messages import MOST_BURIED_BYTES, DeadLetter
from workers import metrics

log = structlog.get_logger()


def letter_of(
    stage: str, topic: str, partition: int, offset: int, value: bytes, headers: wire.Headers, error: str, at: int
) -> DeadLetter:
    """Says so, and counts it. `offset`: -1 where the record never came into its topic; `at`: Unix ms."""
    metrics.DEAD.labels(stage).inc()
    log.error("record.dead", topic=topic, partition=partition, offset=offset, error=error.partition(":")[0])
    return DeadLetter(
        stage=stage,
        topic=topic,
        partition=partition,
        offset=offset,
        error=error,
        headers={name: (each or b"").decode("latin-1") for name, each in headers or ()},
        value=value[:MOST_BURIED_BYTES],
        at=at,
    )
