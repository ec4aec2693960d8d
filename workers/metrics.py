"""What a worker tells on /metrics. Engine calls and latency follow from the records that its stage emits."""

from prometheus_client import Counter, Gauge, Histogram

from schemas.messages import Segment, Speech, Transcript, Translation, Usage
from workers.stage import Emit

RECORDS = Counter("dragoman_records_read_total", "Records read", ["stage", "topic"])
EMITTED = Counter("dragoman_records_produced_total", "Records produced", ["stage", "topic"])
DEAD = Counter("dragoman_dead_letters_total", "Records given up", ["stage"])
DROPPED = Counter("dragoman_records_dropped_total", "Partials and usage lost while Kafka was away", ["stage", "topic"])
OUTLIVED = Counter("dragoman_partials_left_out_total", "Partials out of a backlog, older than a few seconds", ["stage"])
SENT_AGAIN = Counter(
    "dragoman_records_sent_again_total",
    "Records that Kafka did not take and that are sent until it does, by what it said: away, or it must be allowed to",
    ["stage", "topic", "error"],
)
LANES = Gauge("dragoman_lanes", "Lanes in memory", ["stage"])
OPEN = Gauge("dragoman_open_records", "Records read and not settled", ["stage"])
OLDEST = Gauge("dragoman_oldest_open_seconds", "Age of the oldest record that was read and is not settled", ["stage"])
AGAIN = Counter("dragoman_records_again_total", "Records that came again after a rebalance", ["stage"])
LANE_FAILURES = Counter("dragoman_lane_failures_total", "Unexpected errors of a stage, each in one lane", ["stage"])
HOLES_WAITING = Gauge("dragoman_holes_waiting", "Holes of jumps that are not filled yet, as this worker saw them last")
HOLES_FILLED = Counter("dragoman_holes_filled_total", "Holes of jumps that were transcribed afterwards")
HOLES_GIVEN_UP = Counter(
    "dragoman_holes_given_up_total", "Holes of jumps of which something stays missing, or all", ["reason"]
)
CALLS = Counter(
    "dragoman_engine_calls_total", "Engine calls, also those not made", ["stage", "engine", "outcome", "reason"]
)
CALL_SECONDS = Histogram(
    "dragoman_engine_call_seconds",
    "How long engine calls took",
    ["stage", "engine"],
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
LINGERED = Counter(
    "dragoman_linger_segments_total", "Segments made only for listeners who were away and may come back", ["stage"]
)
BREAKER = Gauge(
    "dragoman_engine_breaker", "0: calls pass, 1: one is let through, 2: none is made", ["engine", "operation"]
)
VOICES = Counter(
    "dragoman_voices_chosen_total",
    "Voices chosen for a language of a session: `pinned`, `first` of the order, the `only` one that is not rough, for"
    " want of `room` for a better one, or because speech fell `behind`",
    ["language", "engine", "reason"],
)
VOICE_COST = Gauge(
    "dragoman_voice_cost_seconds", "Processor for a second of speech, as measured at the start", ["engine"]
)
FILLS = Counter(
    "dragoman_fills_total",
    "Finals translated later than live; or left: `failed`, `unwanted` by now, or `unread`, too far back in the log",
    ["outcome"],
)
FILLS_WAITING = Gauge("dragoman_fills_waiting", "Finals that wait to be translated later than live")
SPOKEN_TO_HERE = Histogram(
    "dragoman_since_spoken_seconds",
    "From the end of the words to the stage's final",
    ["stage"],
    buckets=(0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 120),
)


def count(stage: str, emit: Emit, now: int) -> None:
    """Counts what a stage emits at `now`, Unix ms."""
    message = emit.message
    EMITTED.labels(stage, emit.topic).inc()
    if isinstance(message, Usage):
        CALLS.labels(stage, message.engine, message.outcome, message.reason).inc()
        if message.engine and not message.revised:
            CALL_SECONDS.labels(stage, message.engine).observe(message.took_ms / 1000)
        if message.lingering and message.final and message.outcome == "ok":
            LINGERED.labels(stage).inc()
    elif isinstance(message, Segment) and message.final and message.outcome == "ok" and not _later(message):
        SPOKEN_TO_HERE.labels(stage).observe(max(0, now - message.spoken_at) / 1000)


def _later(message: Segment) -> bool:
    """It was made long after the words, or while what comes before it is heard."""
    revised = isinstance(message, Transcript | Translation) and message.revised
    return revised or (isinstance(message, Speech) and message.part > 0)
