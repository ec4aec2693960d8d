"""Sessions in which something was missed, and what is filled of it."""

from schemas.messages import Outcome, Reason, Translation, Wanted
from tests.workers.texts import Room, tags, transcript, translation
from tests.workers.translate.glossed import Bench, Remembered
from workers.stage import Bury, Emit
from workers.translate.engine import Translator

FIRST, SECOND, THIRD = (transcript(segment, text) for segment, text in ((0, "one"), (16_000, "two"), (32_000, "three")))
REVISED = transcript(16_000, "a tile", revised=True, revision=24_000)


def unread(
    segment: int, outcome: Outcome = "skipped", reason: Reason = "no-audience", revision: int = 16_000
) -> Translation:
    return translation(segment, "", outcome=outcome, reason=reason, revision=revision)


def bench_of(past: Remembered, *engines: Translator, room: Room | None = None, **more: object) -> Bench:
    bench = Bench(room or Room(reading=tags("es"), known=tags("es")), *engines, past=past, **more)  # type: ignore[arg-type]
    past.bench = bench
    return bench


def filled(bench: Bench) -> list[tuple[int, str]]:
    return [(made.segment, made.text) for made in bench.emitted(Translation) if made.revised]


def buried(bench: Bench) -> list[Bury]:
    return [item for item in bench.outbound if isinstance(item, Bury)]


def given_back(bench: Bench) -> list[Wanted]:
    return [item.message for item in bench.outbound if isinstance(item, Emit) and isinstance(item.message, Wanted)]
