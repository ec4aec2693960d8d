"""What a client cannot see, from the gateway's metrics and the topics' records. Pure: somebody else fetches them."""

from collections.abc import Collection, Iterable
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from dragoman.load.distribution import Distribution
from schemas.messages import Transcript, Usage

DURABLE: Final = "dragoman_gateway_durable_seconds"


def durable_p95_s(before: str, after: str) -> float | None:
    """Upper bound of the p95 of the time from accepting audio to its being durable, between two looks at the metrics.

    A histogram knows the edges of its buckets only. None: nothing was sent meanwhile, or it is off the scale.
    """
    begun, over = _buckets(before), _buckets(after)
    counts = {edge: many - begun.get(edge, 0.0) for edge, many in over.items()}
    total = counts.get(float("inf"), 0.0)
    edges = [edge for edge, many in sorted(counts.items()) if total and many >= 0.95 * total]
    return edges[0] if edges and edges[0] != float("inf") else None


def _buckets(text: str) -> dict[float, float]:
    """Of all processes and labels together: edge in seconds to how many were not above it."""
    found: dict[float, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == f"{DURABLE}_bucket":
                edge = float(sample.labels["le"])
                found[edge] = found.get(edge, 0.0) + sample.value
    return found


def forwarded(
    transcripts: Iterable[tuple[str, object]], usages: Iterable[tuple[str, object]], codes: Collection[str]
) -> Distribution:
    """From each final transcript to the beginning of each call that translates it, seconds, in the sessions of `codes`.

    Messages are with their session's id. By the clocks of two workers, which may differ by some milliseconds. What
    fills holes later is left out.
    """
    found: dict[tuple[str, int], list[float]] = {}
    ready = {
        (session, message.segment): message.transcribed_at
        for session, message in transcripts
        if session.rpartition("-")[0] in codes  # an id is the code and what makes it the only one
        and isinstance(message, Transcript)
        and message.final
        and not message.revised
        and message.transcribed_at
    }
    for session, message in usages:
        if (
            isinstance(message, Usage)
            and (message.stage, message.final, message.outcome, message.revised) == ("translate", True, "ok", False)
            and (final := (session, message.segment)) in ready
        ):
            found.setdefault(final, []).append(max(0, message.at - message.took_ms - ready[final]) / 1000)
    return Distribution.of([seconds for each in found.values() for seconds in each], len(found))
