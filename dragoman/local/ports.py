"""Ports for servers that nobody names: outside the range from which the kernel takes ports for outgoing connections.

A server that is restarted must get its port again, so it may not be one that any connection can hold meanwhile.
"""

import errno
import random
import socket

_LOWEST, _HIGHEST = 20_000, 32_000  # Linux takes outgoing ports from 32768 up


def trouble_with(port: int, host: str = "127.0.0.1") -> str:
    """Why nothing of ours can listen on `host`:`port`, or nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what only lingers after a close is no trouble
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            return "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror or error})"
    return ""


def free_ports(count: int) -> list[int]:
    """`count` different ports of the loopback that are free now."""
    tried = random.SystemRandom().sample(range(_LOWEST, _HIGHEST), 1_000)
    return [port for port, _ in zip((port for port in tried if not trouble_with(port)), range(count), strict=False)]
