"""What `dragoman ops` tells Prometheus. `consumergroup` is what Kafka's own exporters call a stage's group."""

from collections.abc import Iterable
from math import nan

from prometheus_client import Gauge

from dragoman.ops.lag import PartitionLag

MESSAGES = Gauge(
    "dragoman_consumer_lag_messages",
    "Records that a stage has not settled.",
    ["consumergroup", "topic", "partition"],
)
SECONDS = Gauge(
    "dragoman_consumer_lag_seconds",
    "Age of the oldest record that a stage has not settled; of audio, since it was spoken.",
    ["consumergroup", "topic", "partition"],
)
SETTLED = Gauge(
    "dragoman_consumer_settled_offset",
    "Offset behind the last record that a stage has settled: it grows while the stage works.",
    ["consumergroup", "topic", "partition"],
)
SPEAKING = Gauge("dragoman_sessions_speaking", "Sessions that have a speaker now, over all gateways; NaN: unknown.")


def show(partitions: Iterable[PartitionLag]) -> None:
    """All partitions as they stand."""
    for lag in partitions:
        place = (lag.stage, lag.topic, str(lag.partition))
        MESSAGES.labels(*place).set(lag.messages)
        SECONDS.labels(*place).set(lag.seconds)
        SETTLED.labels(*place).set(lag.settled)


def forget() -> None:
    """Nothing is known: the figures are gone, so that an alert can say so."""
    for gauge in (MESSAGES, SECONDS, SETTLED):
        gauge.clear()


def show_speaking(sessions: int | None) -> None:
    """None: it is not known."""
    SPEAKING.set(nan if sessions is None else sessions)
