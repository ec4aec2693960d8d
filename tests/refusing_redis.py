"""A real Redis that takes no writes, as when its disk is full: it answers MISCONF as long as it cannot save itself."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from dragoman.local.ports import free_ports
from dragoman.local.redis_server import prepare_redis
from dragoman.runtime.reach import redis_trouble
from tests.servers import running


class RefusingRedis:
    """One whose files are in `folder`, on this machine."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._admin = Redis.from_url(url)
        self._in_the_way = folder / "dump.rdb"

    def refuse(self) -> None:
        """A folder stands where it would save itself."""
        self._in_the_way.unlink(missing_ok=True)
        self._in_the_way.mkdir()
        self._admin.config_set("save", "3600 1000000")
        self._save("err")

    def take(self) -> None:
        """It can save itself, and takes writes."""
        self._in_the_way.rmdir()
        self._save("ok")
        self._admin.config_set("save", "")

    def _save(self, wanted: str) -> None:
        self._admin.bgsave()
        while self._admin.info("persistence")["rdb_last_bgsave_status"] != wanted:
            time.sleep(0.01)


@contextmanager
def refusing_redis(folder: Path) -> Iterator[RefusingRedis]:
    """Running, and taking writes until the test says otherwise."""
    (port,) = free_ports(1)
    url = f"redis://127.0.0.1:{port}/0"
    with running(prepare_redis(folder, port), folder / "output.log", lambda: redis_trouble(url)):
        yield RefusingRedis(url, folder)
