"""One broker and one Redis with everything that operators switch on, for the whole folder."""

from collections.abc import Iterator

import pytest

from tests.secured.certificates import Authority
from tests.secured.secured_kafka import SecuredKafka, secured_kafka
from tests.secured.secured_redis import secured_redis


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The one that signed what the servers show."""
    return Authority(tmp_path_factory.mktemp("authority") / "tls")


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[SecuredKafka]:
    """Kafka."""
    with secured_kafka(tmp_path_factory.mktemp("secured"), authority) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def safe_redis(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[str]:
    """Redis, `rediss://…`."""
    with secured_redis(tmp_path_factory.mktemp("secured") / "redis", authority) as url:
        yield url
