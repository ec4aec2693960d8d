"""Where the running system is: said by an option or setting, else by the `run.json` of a `dragoman up`."""

from pathlib import Path
from typing import Final

import msgspec

from dragoman.runtime.called import called
from dragoman.runtime.errors import DragomanError

GATEWAY: Final = "ws://127.0.0.1:8080"


class Running(msgspec.Struct, frozen=True):
    """What a `dragoman up` says of itself; empty when none runs."""

    url: str = ""
    """Of the gateway."""
    kafka: str = ""
    """`host:port,…`."""
    redis: str = ""
    """`redis://…`."""


def kafka_address(given: str | None, data: Path) -> str:
    """`host:port,…`. Raises DragomanError when nothing says it."""
    if address := given or running(data).kafka:
        return address
    raise DragomanError(
        f"which Kafka? Give --kafka host:port, set DRAGOMAN_KAFKA, or --data of a running `{called()} up`"
    )


def redis_address(given: str | None, data: Path) -> str:
    """`redis://…`; empty when nothing says it."""
    return given or running(data).redis


def gateway_url(given: str | None, data: Path) -> str:
    """The gateway's address; without any word about it the usual one on this machine."""
    return given or running(data).url or GATEWAY


def running(data: Path) -> Running:
    """What runs on the data folder."""
    try:
        return msgspec.json.decode((data / "run.json").read_bytes(), type=Running)
    except (OSError, msgspec.MsgspecError):
        return Running()
