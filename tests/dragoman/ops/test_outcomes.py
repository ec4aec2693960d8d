"""What engines did in the last ten minutes."""

import msgspec
import pytest

from dragoman.ops.ledger import Price, Prices
from dragoman.ops.outcomes import HOUR_MS, STEP_MS, WINDOW_MS, EngineUse, OutcomeCounts, StageOutcomes
from schemas.messages import Usage

PRICES = Prices("2026-10", "USD", {"cloud": {"translate": Price(character=0.25)}})
NOW = 1_800_000_000_000
CALL = Usage(
    stage="translate", engine="cloud", language="en", target_language="es", segment=0, final=True, characters=8,
    took_ms=30, outcome="ok", at=NOW - 1000,
)  # fmt: skip


def tally(*changes: dict[str, object]) -> OutcomeCounts:
    made = OutcomeCounts(PRICES)
    for change in changes:
        made.take(msgspec.structs.replace(CALL, **change), NOW)
    return made


def test_calls_are_summed_by_engine_with_what_they_cost() -> None:
    made = tally({}, {"final": False}, {"outcome": "failed", "reason": "engine"}, {"engine": "firefox"})
    assert made.engines(NOW) == [
        EngineUse(stage="translate", engine="cloud", calls=3, failed=1, took_ms=90, money=6.0),
        EngineUse(stage="translate", engine="firefox", calls=1, took_ms=30),
    ]
    assert made.money_an_hour(NOW) == pytest.approx(6.0 * HOUR_MS / WINDOW_MS)
    assert made.money_an_hour(NOW) == made.money_an_hour(NOW), "asking changes nothing"


def test_outcomes_are_those_of_finals_in_their_time() -> None:
    skipped = {"engine": "", "outcome": "skipped", "reason": "no-audience"}
    made = tally({}, {}, {"final": False}, {"revised": True}, skipped, {"outcome": "failed", "reason": "engine"})
    holes = {"skipped no-audience": 1, "failed engine": 1}
    assert made.outcomes(NOW) == {"translate": StageOutcomes(stage="translate", ok=2, holes=holes)}
    assert [use.engine for use in made.engines(NOW)] == ["cloud"], "what was not asked is no engine"


def test_after_ten_minutes_nothing_is_left_of_it() -> None:
    made = tally({}, {"at": NOW - WINDOW_MS - 60_000})
    assert [use.calls for use in made.engines(NOW)] == [1]
    assert made.engines(NOW + WINDOW_MS + 10_000) == []
    assert made.outcomes(NOW + WINDOW_MS + 10_000) == {}


def test_it_holds_no_more_than_its_window_also_while_nobody_asks() -> None:
    made, steps = tally(), 3 * WINDOW_MS // STEP_MS
    for now in range(NOW, NOW + steps * STEP_MS, STEP_MS):
        made.take(msgspec.structs.replace(CALL, at=now), now)
        made.take(msgspec.structs.replace(CALL, at=NOW - WINDOW_MS - 1), now)
    assert len(made._uses) == len(made._ends) == WINDOW_MS // STEP_MS
    assert min(made._uses) > NOW // STEP_MS, "what came too late counts no more"
