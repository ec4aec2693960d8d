"""Where the running system is: said by an option or setting, else by the `run.json` of a `dragoman up`."""

import json
from pathlib import Path

from dragoman.runtime.errors import DragomanError

GATEWAY = "ws://127.0.0.1:8080"


def kafka_address(given: str | None, data: Path) -> str:
    """`host:port,…`. Raises DragomanError when nothing says it."""
    if address := given or running(data).get("kafka", ""):
        return address
    raise DragomanError("which Kafka? Give --kafka host:port, set DRAGOMAN_KAFKA, or --data of a running `dragoman up`")


def gateway_url(given: str | None, data: Path) -> str:
    """The gateway's address; without any word about it the usual one on this machine."""
    return given or running(data).get("url", "") or GATEWAY


def running(data: Path) -> dict[str, str]:
    """What the `dragoman up` that uses the data folder said of itself; empty when none runs."""
    try:
        found = json.loads((data / "run.json").read_text())
    except (OSError, ValueError):
        return {}
    return {name: found[name] for name in ("kafka", "url") if isinstance(found.get(name), str)}
