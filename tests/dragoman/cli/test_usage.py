"""What engine calls sum up to, from the log."""

import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from click.testing import CliRunner

from dragoman.cli import main
from schemas import wire
from schemas.messages import Message, Session, Usage
from schemas.topics import SESSIONS, USAGE
from tests.servers import wait

NOW_MS = round(time.time() * 1_000)
HOUR_MS = 3_600_000


def session(code: str, partition: int, created_at: int) -> Session:
    return Session(
        session_id=f"{code}-x7",
        code=code,
        source_language="en",
        partition=partition,
        created_at=created_at,
        updated_at=created_at,
    )


NEW, OLD = session("thrifty-finch-101", 1, NOW_MS - 1_000), session("lavish-heron-202", 2, NOW_MS - 3 * HOUR_MS)


def used(characters: int) -> Usage:
    """In a language that no other test translates into."""
    return Usage(
        stage="translate",
        engine="amazon",
        language="en",
        target_language="tlh",
        segment=0,
        final=True,
        characters=characters,
        outcome="ok",
        at=0,
    )


@pytest.fixture(scope="module")
def spent(kafka: str) -> str:
    """A Kafka in which the new session has two calls of now, and the old one a call of three hours ago."""
    wait(_produce(kafka))
    return kafka


async def _produce(kafka: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for each, topic, message in (
            (NEW, SESSIONS, NEW),
            (OLD, SESSIONS, OLD),
            (NEW, USAGE, used(1_000)),
            (NEW, USAGE, used(3_000)),
            (OLD, USAGE, used(10_000)),
        ):
            await _send(producer, each, topic, message)


async def _send(producer: AIOKafkaProducer, of: Session, topic: str, message: Message) -> None:
    value, headers = wire.encode(topic, message)
    await producer.send_and_wait(
        topic,
        value,
        key=of.session_id.encode(),
        headers=headers,
        partition=of.partition,
        timestamp_ms=max(of.created_at, NOW_MS - 3 * HOUR_MS),
    )


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["usage", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def klingon(output: str) -> dict[str, Any]:
    (line,) = [line for line in json.loads(output)["lines"] if line["language"] == "tlh"]
    return dict(line)


def test_a_session_or_all_of_some_hours_are_summed_up_in_money(spent: str) -> None:
    one = json.loads(run(NEW.code, "--kafka", spent, "--json"))
    assert [(line["calls"], line["characters"]) for line in one["lines"]] == [(2, 4_000)]
    assert one["money"] == pytest.approx(0.06)
    assert one["date"]
    assert klingon(run("--since", "1", "--kafka", spent, "--json"))["characters"] == 4_000
    assert klingon(run("--since", "5", "--kafka", spent, "--json"))["characters"] == 14_000


def test_it_is_a_table_or_lines_for_a_spreadsheet_and_prices_may_be_ones_own(spent: str, tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text('{"date": "2027", "currency": "EUR", "engines": {"amazon": {"translate": {"character": 0.001}}}}')
    head, line, total = run(OLD.code, "--kafka", spent, "--prices", str(prices)).splitlines()
    assert head.split() == ["STAGE", "ENGINE", "LANGUAGE", "REASON", "CALLS", "SECONDS", "CHARACTERS", "EUR"]
    assert line.split() == ["translate", "amazon", "tlh", "ok", "1", "0.0", "10000", "10.0000"]
    assert total == "10.0000 EUR by prices of 2027"
    (row,) = csv.DictReader(run(OLD.code, "--kafka", spent, "--csv").splitlines())
    assert (row["stage"], row["calls"], row["characters"], float(row["money"])) == ("translate", "1", "10000", 0.15)
