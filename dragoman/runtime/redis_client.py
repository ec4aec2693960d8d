"""The one way to a Redis: by its URL, or by asking Sentinels which one is the master now."""

from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool

from dragoman.runtime.addresses import Login, RedisUrl, addresses


def redis_client(url: str, *, waits: bool = False, **options: Any) -> "Redis":
    """A client that connects at first need; `options` are redis-py's.

    `waits`: who finds all `max_connections` in use waits `timeout` seconds for one. Raises ValueError for what is no
    URL of a Redis.
    """
    at = url if isinstance(url, RedisUrl) else RedisUrl(url)
    options |= _login(at.login) | _tls(at)
    if at.sentinels:
        return _master(at, waits, options)
    pool_class = BlockingConnectionPool if waits else ConnectionPool
    return Redis.from_pool(pool_class.from_url(str(at), **options))


class _Master(Redis):
    """Whichever Redis is the master; closing it closes the connections to the Sentinels, too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        await self.connection_pool.sentinel_manager.aclose()  # type: ignore[attr-defined]


class _BlockingSentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Who finds no connection free waits for one."""


def _master(at: RedisUrl, waits: bool, options: dict[str, Any]) -> "Redis":
    in_url: dict[str, Any] = {**parse_url(str(at))}
    # Its class is the pool's matter, and a name of Sentinel's may have capitals, which a host's loses.
    safe = {"ssl": True} if in_url.pop("connection_class", None) else {}
    in_url.pop("host", None)
    name = urlsplit(at).netloc.rpartition("@")[2].partition(":")[0]
    if not name:
        raise ValueError("it has no name of a master that Sentinels watch")
    seconds = {name: options[name] for name in ("socket_timeout", "socket_connect_timeout") if name in options}
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]
        addresses(at.sentinels), sentinel_kwargs=seconds | safe | _tls(at) | _login(at.sentinels_login)
    )
    pool_class = _BlockingSentinelPool if waits else SentinelConnectionPool
    client: Redis = sentinel.master_for(name, _Master, pool_class, **(options | safe | in_url))
    return client


def _login(login: Login) -> dict[str, str]:
    """A password alone is that of the user `default`."""
    return {name: said for name, said in (("username", login.user), ("password", login.password)) if said}


def _tls(at: RedisUrl) -> dict[str, str]:
    if not at.startswith("rediss:"):
        return {}
    named = {"ssl_ca_certs": at.tls.ca, "ssl_certfile": at.tls.cert, "ssl_keyfile": at.tls.key}
    return {name: file for name, file in named.items() if file}
