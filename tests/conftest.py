"""What all tests share: one real Kafka with the topics and one real Redis for the whole run, started at first need."""

from collections.abc import Iterator

import pytest

from dragoman.ops.topics import apply_topics
from schemas.topics import topics
from tests.servers import kafka_server, redis_server, wait

PARTITIONS = 4

MARKERS = {
    "engines": "runs real engines on real speech and text",
    "servers": "asks for a real Kafka or Redis",
    "system": "runs the real programs on real Kafka and Redis",
    "browser": "drives the pages in a real browser",
}


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by what they need, so that `make unit` leaves out what takes servers, programs or a browser."""
    for item in items:
        if {"kafka", "redis_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
        if "embedded" in item.nodeid:
            item.add_marker("engines")
        for folder in {"system", "browser"} & set(item.path.parts):
            item.add_marker(folder)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real broker as `host:port`, with every topic in 4 partitions; tests tell their records apart by session id."""
    with kafka_server(tmp_path_factory.mktemp("kafka")) as address:
        wait(apply_topics(address, topics(24, 168), PARTITIONS, 1))
        yield address


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis as `redis://…`; tests tell their keys apart by session id."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url
