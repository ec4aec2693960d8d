"""The socket that the gateway listens on, and what links to it begin with."""

import socket

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings

BACKLOG = 4096
"""Connections that may wait to be accepted: a hall of people scans one QR code within seconds."""


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket whose options its connections inherit. Raises DragomanError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)  # the kernel hides less of who does not read
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 5_000)  # ms; resets who reads nothing
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 32 * 1024)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise DragomanError(
            f"cannot listen on {host} port {port} ({error.strerror}): stop what uses it or set DRAGOMAN_PORT"
        ) from error
    return listening


def public_url(settings: Settings, port: int) -> str:
    """What links begin with: the setting, or an address that a phone in the same network can open."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme = "https" if settings.tls_cert else "http"
    host = settings.host
    if host in ("0.0.0.0", "::", ""):
        host = _outward_address()
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _outward_address() -> str:
    """The address that this machine would use towards the world; no packet is sent (RFC 5737 address)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
