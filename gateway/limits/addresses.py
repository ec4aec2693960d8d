"""The address that a client is charged by."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from dragoman.runtime.errors import DragomanError

Network = IPv4Network | IPv6Network
UNKNOWN = "unknown"
_HOME_BITS = 64
"""What a provider gives one household or one machine (RFC 6177): whoever has it has all its addresses."""


def trusted_networks(setting: str) -> tuple[Network, ...]:
    """The networks of `trusted_proxies`. Raises DragomanError with one line."""
    try:
        return tuple(ip_network(part.strip()) for part in setting.split(",") if part.strip())
    except ValueError as error:
        raise DragomanError(
            f"DRAGOMAN_TRUSTED_PROXIES is {setting!r}: it must be networks such as 10.0.0.0/8,fd00::/8 ({error})"
        ) from error


def charged(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The first address from the right that is no trusted proxy's: the client may have made up those to its left."""
    hops = [hop for hop in forwarded.split(",") if hop.strip()]
    address = _parsed(peer)
    while address and hops and any(address in network for network in trusted):
        nearer = _parsed(hops.pop())
        if nearer is None:
            break  # what cannot be read is charged to who passed it on
        address = nearer
    if address is None:
        return UNKNOWN
    return str(IPv6Network((int(address), _HOME_BITS), strict=False)) if address.version == 6 else str(address)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address as peers and proxies write it: also `[2001:db8::1]:443`, `192.0.2.1:80`, `fe80::1%eth0`."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
