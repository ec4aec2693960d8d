"""What a client cannot see."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from dragoman.load.inside import DURABLE, durable_p95_s, forwarded
from gateway.metrics import DURABLE_SECONDS
from schemas.messages import Transcript, Usage


def metrics(*seconds: float) -> str:
    registry = CollectorRegistry()
    histogram = Histogram(DURABLE, "…", buckets=(0.02, 0.05, 0.1), registry=registry)
    for each in seconds:
        histogram.observe(each)
    return generate_latest(registry).decode()


def test_the_gateway_has_the_histogram_that_is_read():
    assert {metric.name for metric in DURABLE_SECONDS.collect()} == {DURABLE}
    assert 0.05 in DURABLE_SECONDS._upper_bounds, "the target is an edge, so that it can be told"


def test_the_p95_is_below_the_edge_under_which_95_of_100_are():
    slow_before = [5.0] * 100
    before = metrics(*slow_before)
    assert durable_p95_s(before, metrics(*slow_before, *[0.01] * 95, *[0.07] * 5)) == 0.02
    assert durable_p95_s(before, metrics(*slow_before, *[0.01] * 94, *[0.07] * 6)) == 0.1
    assert durable_p95_s(before, metrics(*slow_before, *[0.01] * 94, *[7.0] * 6)) is None, "off the scale"
    assert durable_p95_s(before, before) is None
    assert durable_p95_s("", "") is None


def transcript(segment: int, ready: int, **changes: Any) -> Transcript:
    members: dict[str, Any] = {
        "segment": segment,
        "until": segment + 10,
        "start": segment,
        "end": segment + 10,
        "spoken_at": 0,
        "final": True,
        "revision": 10,
        "language": "en",
        "engine": "scripted",
        "text": "words",
        "transcribed_at": ready,
    }
    return Transcript(**(members | changes))


def usage(segment: int, at: int, took_ms: int, **changes: Any) -> Usage:
    members: dict[str, Any] = {
        "stage": "translate",
        "engine": "scripted",
        "language": "en",
        "target_language": "es",
        "segment": segment,
        "final": True,
        "took_ms": took_ms,
        "outcome": "ok",
        "at": at,
    }
    return Usage(**(members | changes))


def test_a_transcript_is_forwarded_when_the_call_begins_that_translates_it():
    transcripts = [
        ("calm-otter-1-0a", transcript(0, 1_000)),
        ("calm-otter-1-0a", transcript(10, 3_000, final=False)),
        ("calm-otter-2-0b", transcript(0, 5_000)),
        ("somebody-else-3-0d", transcript(0, 5_000)),
    ]
    usages = [
        ("calm-otter-1-0a", usage(0, 1_530, 500)),
        ("calm-otter-1-0a", usage(0, 1_700, 600, target_language="ca")),
        ("calm-otter-1-0a", usage(10, 4_000, 100)),  # of no final
        ("calm-otter-2-0b", usage(0, 5_490, 500)),  # clocks differ by 10 ms
        ("calm-otter-2-0b", usage(0, 9_000, 1, revised=True)),
        ("calm-otter-2-0b", usage(0, 9_000, 1, stage="synthesize")),
        ("calm-otter-2-0c", usage(0, 9_000, 1)),
        ("somebody-else-3-0d", usage(0, 9_000, 1)),
    ]
    found = forwarded(transcripts, usages, ["calm-otter-1", "calm-otter-2"])
    assert (found.count, found.min, found.max) == (3, 0.0, 0.1)
    assert found.mean == pytest.approx(0.13 / 3)
    assert found.independent == 2, "finals: two languages of one are not independent"
