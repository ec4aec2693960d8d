"""Whether Kafka answers, asked from a thread without a client: what hangs may be the client."""

import socket
import struct
from typing import Final

from dragoman.runtime.addresses import Brokers, Tls

_API_VERSIONS: Final = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""The first question of every client, without a name: length, API, version, number of the question, no client id."""


def kafka_answers(brokers: str, timeout_s: float = 1.0) -> bool:
    """One of `brokers` (`host:port` with commas) answers a question; each has `timeout_s`, twice."""
    tls = brokers.tls if isinstance(brokers, Brokers) else None
    return any(_answers(broker, tls, timeout_s) for broker in brokers.split(","))


def _answers(broker: str, tls: Tls | None, timeout_s: float) -> bool:
    host, _, port = broker.strip().rpartition(":")
    host = host.strip("[]")
    try:
        plain = socket.create_connection((host, int(port)), timeout_s)
        with plain, tls.context().wrap_socket(plain, server_hostname=host) if tls else plain as connection:
            connection.sendall(_API_VERSIONS)
            return bool(connection.recv(1))
    except (OSError, ValueError):
        return False
