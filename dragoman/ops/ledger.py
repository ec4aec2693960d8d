"""What engines were used for, and what that costs. No I/O but the price table.

A call counts what was given to the engine, also where it failed: seconds of audio, characters of text. What it was
asked twice for one text (a placeholder that was lost) is in the records once. Engines without a price cost nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dragoman.runtime.errors import DragomanError
from schemas.messages import Usage

PRICES = Path(__file__).with_name("prices.json")


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a stage of an engine costs."""

    second: float = 0.0
    """Of audio."""
    character: float = 0.0
    """Of text."""


class Prices(msgspec.Struct, frozen=True):
    """A price table."""

    date: str
    """When the prices held."""
    currency: str
    """In which they are."""
    engines: dict[str, dict[str, Price]]
    """By engine and stage."""
    note: str = ""
    """Where they come from."""


@dataclass(frozen=True)
class LedgerLine:
    """All calls of one kind."""

    stage: str
    engine: str
    """Empty: calls that were not made."""
    language: str
    """BCP-47 tag of what was heard, in transcribe; else of what was made."""
    reason: str
    """Why they were not made, or failed; empty: they were right."""
    calls: int
    seconds: float
    """Of audio, heard or made."""
    characters: int
    """Given to the engine."""
    money: float


def read_prices(path: Path = PRICES) -> Prices:
    """Raises DragomanError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Prices)
    except (OSError, msgspec.DecodeError) as error:
        raise DragomanError(f"{path} is no price table: {error}") from error


def ledger(usages: Iterable[Usage], prices: Prices) -> list[LedgerLine]:
    """A line for each stage, engine, language and reason, in that order."""
    summed: dict[tuple[str, str, str, str], list[Usage]] = {}
    for usage in usages:
        key = usage.stage, usage.engine, usage.target_language or usage.language, usage.reason
        summed.setdefault(key, []).append(usage)
    return [
        LedgerLine(
            *key,
            calls=len(those),
            seconds=sum(each.seconds for each in those),
            characters=sum(each.characters for each in those),
            money=sum(cost(each, prices) for each in those),
        )
        for key, those in sorted(summed.items())
    ]


def cost(usage: Usage, prices: Prices) -> float:
    """Of one call, by a price table."""
    price = prices.engines.get(usage.engine, {}).get(usage.stage, Price())
    return price.second * usage.seconds + price.character * usage.characters
