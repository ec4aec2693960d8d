"""What engines were used for, in lines and money."""

from pathlib import Path

import pytest

from dragoman.ops.ledger import Price, Prices, ledger, read_prices
from dragoman.runtime.errors import DragomanError
from schemas.messages import Outcome, Reason, Usage

PRICES = Prices("2026-10", "USD", {"cloud": {"transcribe": Price(second=0.5), "translate": Price(character=0.25)}})


def usage(
    stage: str, engine: str, target: str = "", outcome: Outcome = "ok", reason: Reason = "", **used: float
) -> Usage:
    return Usage(
        stage=stage,  # type: ignore[arg-type]
        engine=engine,
        language="en",
        target_language=target,
        segment=0,
        final=True,
        outcome=outcome,
        reason=reason,
        at=0,
        seconds=used.get("seconds", 0.0),
        characters=int(used.get("characters", 0)),
    )


def test_calls_are_summed_by_stage_engine_language_and_reason() -> None:
    lines = ledger(
        [
            usage("translate", "cloud", "es", characters=10),
            usage("translate", "cloud", "es", characters=30),
            usage("translate", "cloud", "es", "failed", "engine", characters=4),
            usage("translate", "cloud", "fr", characters=8),
            usage("translate", "", "de", "skipped", "no-audience"),
            usage("transcribe", "cloud", seconds=2.5),
        ],
        PRICES,
    )
    assert [(line.stage, line.engine, line.language, line.reason) for line in lines] == [
        ("transcribe", "cloud", "en", ""),
        ("translate", "", "de", "no-audience"),
        ("translate", "cloud", "es", ""),
        ("translate", "cloud", "es", "engine"),
        ("translate", "cloud", "fr", ""),
    ]
    assert [line.calls for line in lines] == [1, 1, 2, 1, 1]
    assert [line.money for line in lines] == [1.25, 0.0, 10.0, 1.0, 2.0]
    assert (lines[0].seconds, lines[2].characters) == (2.5, 40)


def test_an_engine_without_a_price_costs_nothing() -> None:
    (line,) = ledger([usage("synthesize", "piper", "es", characters=100, seconds=6)], PRICES)
    assert (line.money, line.characters, line.seconds) == (0.0, 100, 6.0)


def test_our_price_table_has_a_date_and_amazons_three_services() -> None:
    prices = read_prices()
    assert prices.date
    assert set(prices.engines["amazon"]) == {"transcribe", "translate", "synthesize"}
    hour, spoken = 3_600, 54_000
    amazon = prices.engines["amazon"]
    assert hour * amazon["transcribe"].second == pytest.approx(1.44)
    assert spoken * amazon["translate"].character == pytest.approx(0.81)
    assert spoken * amazon["synthesize"].character == pytest.approx(0.864)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"date": "", "currency": "", "engines": {"x": {"translate": {"word": 1}}}}']
)
def test_what_is_no_price_table_is_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text(text)
    with pytest.raises(DragomanError, match="is no price table"):
        read_prices(tmp_path / "prices.json")
