"""A real Redis on this machine, with the durability and the refusal to evict that the channels rely on."""

import shutil
from pathlib import Path

from dragoman.runtime.errors import DragomanError


def prepare_redis(folder: Path, port: int) -> list[str]:
    """Makes the folder of its files; returns the command that runs it on the loopback.

    Raises DragomanError when redis-server is missing.
    """
    if shutil.which("redis-server") is None:
        raise DragomanError("redis-server is missing: sudo apt-get install -y redis-server")
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "protected-mode": "no",  # only the loopback reaches it
        "dir": str(folder.absolute()),
        "daemonize": "no",
        "set-proc-title": "no",  # it would overwrite the environment that tells whose process it is
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
    }
    return ["redis-server", *(word for name, value in options.items() for word in (f"--{name}", value))]
