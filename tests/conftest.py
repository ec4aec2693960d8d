"""What all tests share: one real Kafka with the topics and one real Redis for the whole run, started at first need."""

import asyncio
import re
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from redis.asyncio import Redis
from xdist.scheduler.loadscope import LoadScopeScheduling

from dragoman.kafka.topics import apply_topics
from schemas.topics import topics
from tests.servers import kafka_server, redis_server, wait

PARTITIONS = 4
REDIS_AGE_S = 3
R = TypeVar("R", pytest.TestReport, pytest.CollectReport)

MARKERS = {
    "system": "runs the real programs on real Kafka and Redis",
    "browser": "drives the pages in a real browser",
    "engines": "runs real engines on real speech and text",
    "servers": "asks for a real Kafka or Redis",
}

REAL = {
    "kokoro",
    "piper",
    "pico",
    "festival",
    "espeak",
    "whisper",
    "pool",
    "firefox",
    "opus",
    "apertium",
    "processes",
    "amazon",
}
"""Engines that are no fakes, and what runs their programs."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="nothing may be left out: a skipped test fails")


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by what they need, so that `make unit` leaves out what takes servers, programs or a browser."""
    for item in items:
        if {"kafka", "redis_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
        folders = item.path.relative_to(item.config.rootpath).parts  # the project may lie in one of any name
        if REAL & {*folders, *re.split(r"[\[\]+-]", item.name)}:  # by folder, or by parameter
            item.add_marker("engines")
        for folder in {"system", "browser"} & set(folders):
            item.add_marker(folder)
    ranks = {
        item.path: rank
        for rank, name in reversed([*enumerate(MARKERS)])
        for item in items
        if item.get_closest_marker(name)
    }
    items.sort(key=lambda item: ranks.get(item.path, len(MARKERS)))  # side by side, what takes long is begun first


class ByFile(LoadScopeScheduling):
    """Side by side, a file is run by one process; so is all that starts whole systems, for which one is enough."""

    def _split_scope(self, nodeid: str) -> str:
        return run_together(nodeid)


def run_together(nodeid: str) -> str:
    """Tests of which this is the same are run by one process, one after the other."""
    file = Path(nodeid.partition("::")[0])
    return str(file.parent) if "system" in file.parts else str(file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    config.option.loadscopereorder = False  # by rank instead
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Of a test."""
    return whole(item.config, (yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Of a file."""
    return whole(collector.config, (yield))


def whole(config: pytest.Config, report: R) -> R:
    """What `make test` needs it installs: what is skipped there stays away unnoticed, and is a defect."""
    if report.outcome == "skipped" and config.getoption("whole"):
        report.outcome, report.longrepr = "failed", str(report.longrepr[2])  # type: ignore[index]  # file, line, reason
    return report


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real broker as `host:port`, with every topic in 4 partitions; tests tell their records apart by session id."""
    with kafka_server(tmp_path_factory.mktemp("kafka")) as address:
        wait(apply_topics(address, topics(24, 168), PARTITIONS, 1))
        yield address


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis as `redis://…`; tests tell their keys apart by session id.

    It is older than every session of the tests: it tells its age in whole seconds, and what is as old as it may be had
    something to lose.
    """
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        wait(_older(url, REDIS_AGE_S))
        yield url


async def _older(url: str, seconds: int) -> None:
    client = Redis.from_url(url, protocol=2)
    while (await client.info("server"))["uptime_in_seconds"] < seconds:  # noqa: ASYNC110  # another process
        await asyncio.sleep(0.1)
    await client.aclose()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of it."""
    client = Redis.from_url(redis_url, protocol=2)
    yield client
    await client.aclose()
