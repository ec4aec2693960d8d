"""A real Redis that takes no writes, as when its disk is full: it answers MISCONF until it is told to take them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from dragoman.local.ports import free_ports
from dragoman.local.reach import redis_trouble
from dragoman.local.redis_server import prepare_redis
from tests.servers import running

_REFUSES = "stop-writes-on-bgsave-error"


class RefusingRedis:
    """One that could not save its memory, and cannot: what it does then is a setting of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        """`folder` has its files; it is lost."""
        self.url = url
        self._admin = Redis.from_url(url)
        self.take()
        self._admin.config_set("save", "3600 1000000")
        shutil.rmtree(folder)
        self._admin.bgsave()
        while self._admin.info("persistence")["rdb_last_bgsave_status"] == "ok":
            pass

    def refuse(self) -> None:
        """From now on."""
        self._admin.config_set(_REFUSES, "yes")

    def take(self) -> None:
        """Writes again."""
        self._admin.config_set(_REFUSES, "no")


@contextmanager
def refusing_redis(folder: Path) -> Iterator[RefusingRedis]:
    """Running, and taking writes until the test says otherwise. Its files in `folder` are lost at once."""
    (port,) = free_ports(1)
    url, files = f"redis://127.0.0.1:{port}/0", folder / "files"
    with running(prepare_redis(files, port), folder / "redis.log", lambda: redis_trouble(url)):
        yield RefusingRedis(url, files)
