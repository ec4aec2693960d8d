"""Ports for servers that nobody names: outside the range from which the kernel takes ports for outgoing connections.

A server that is restarted must get its port again, so it may not be one that any connection can hold meanwhile.
"""

import atexit
import errno
import random
import socket

_LOWEST, _HIGHEST = 20_000, 32_000  # Linux takes outgoing ports from 32768 up
_reserved: list[socket.socket] = []


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
    """`count` different ports that are free on every address; no other call gives them while this process runs."""
    tried = random.SystemRandom().sample(range(_LOWEST, _HIGHEST), 1_000)
    return [port for port, _ in zip(filter(_reserve, tried), range(count), strict=False)]


def _reserve(port: int) -> bool:
    """Binds the port and never listens on it.

    The server that is started on it, perhaps much later, may still bind it, since both allow that (SO_REUSEADDR); this
    function in any process may not, and the kernel gives it to no connection.
    """
    held = socket.socket()
    try:
        held.bind(("", port))
    except OSError:
        held.close()
        return False
    held.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
    )  # from here on: the binding itself had to be the only one
    _reserved.append(held)
    atexit.register(held.close)
    return True
