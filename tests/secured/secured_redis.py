"""Real Redis servers as operators have them: TLS only, an ACL user with the least rights, one that Sentinel watches."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.local.ports import free_ports
from dragoman.local.redis_server import prepare_redis
from dragoman.runtime.addresses import Login, RedisUrl, Tls
from dragoman.runtime.reach import redis_trouble
from tests.secured.certificates import Authority
from tests.servers import running

ROOT = Path(__file__).parents[2]
PASSWORD = "a-password-with-#-and-%-in-it"
NAME = "Talks"
"""What the Sentinels call it, with a capital."""


def acl_rule() -> str:
    """What docs/operations.md lets the user do."""
    text = (ROOT / "docs/operations.md").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("user dragoman on ")]
    return line.replace("PASSWORD", PASSWORD).removeprefix("user dragoman ")


@contextmanager
def secured_redis(folder: Path, authority: Authority) -> Iterator[str]:
    """`rediss://…` of one that shows and asks for a certificate, and lets in nobody but the user `dragoman`."""
    folder.mkdir()
    (port,) = free_ports(1)
    pair = authority.signed("redis")
    (folder / "users.acl").write_text(f"user dragoman {acl_rule()}\nuser default off\n")
    tls = ["--tls-port", str(port), "--tls-cert-file", pair.cert, "--tls-key-file", pair.key]
    tls += ["--tls-ca-cert-file", authority.ca, "--tls-auth-clients", "yes", "--aclfile", str(folder / "users.acl")]
    mine = authority.signed("somebody")
    url = f"rediss://127.0.0.1:{port}/0"
    at = RedisUrl(url, tls=Tls(authority.ca, mine.cert, mine.key), login=Login("dragoman", PASSWORD))
    argv = [*prepare_redis(folder, port), "--port", "0", *tls]
    with running(argv, folder / "redis.log", lambda: redis_trouble(at)):
        yield url


class Watched(NamedTuple):
    """A master, its replica and a Sentinel."""

    sentinels: str
    ports: tuple[int, int]
    """Of the master, and of the replica."""
    master: "subprocess.Popen[bytes]"


@contextmanager
def watched_redis(folder: Path) -> Iterator[Watched]:
    """Two with a password, of which a Sentinel with another one tells which is the master."""
    folder.mkdir()
    first, second, sentinel = free_ports(3)
    with ExitStack() as stack:
        processes = []
        for port, more in ((first, []), (second, ["--replicaof", "127.0.0.1", str(first)])):
            at = RedisUrl(f"redis://127.0.0.1:{port}/0", login=Login("", PASSWORD))
            argv = [
                *prepare_redis(folder / str(port), port),
                "--requirepass",
                PASSWORD,
                "--masterauth",
                PASSWORD,
                *more,
            ]
            process = running(argv, folder / f"{port}.log", lambda at=at: redis_trouble(at))
            processes.append(stack.enter_context(process))
        file = folder / "sentinel.conf"
        file.write_text(
            f"port {sentinel}\nbind 127.0.0.1\ndir {folder}\nrequirepass of-sentinel\n"
            f"sentinel monitor {NAME} 127.0.0.1 {first} 1\nsentinel auth-pass {NAME} {PASSWORD}\n"
            f"sentinel down-after-milliseconds {NAME} 1000\n"
        )
        argv = ["redis-server", str(file), "--sentinel"]
        stack.enter_context(running(argv, folder / "sentinel.log", lambda: _knows_both(sentinel)))
        yield Watched(f"127.0.0.1:{sentinel}", (first, second), processes[0])


async def _knows_both(port: int) -> str:
    async with Redis(port=port, password="of-sentinel") as sentinel:
        try:
            found = (await sentinel.sentinel_masters()).get(NAME, {})
        except (RedisError, OSError) as error:
            return f"the Sentinel does not answer: {error}"
        return "" if found.get("num-slaves") == 1 else "it does not know the replica yet"
