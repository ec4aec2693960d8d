"""The address that a client is charged by."""

import pytest

from dragoman.runtime.errors import DragomanError
from gateway.limits.addresses import charged, trusted_networks

PROXIES = trusted_networks("10.0.0.0/8, 192.0.2.7,fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5, 10.9.9.9", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5:51234", "203.0.113.5"),
        ("fd00::1", "[2001:db8:1:2:3::4]:51234", "2001:db8:1:2::/64"),
        ("192.0.2.7", ' "203.0.113.5" ', "203.0.113.5"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
    ],
)
def test_a_trusted_proxy_is_believed(peer: str, forwarded: str, client: str) -> None:
    assert charged(peer, forwarded, PROXIES) == client


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("203.0.113.5", "10.0.0.1", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1, 10.1.1.1, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, , 203.0.113.5,", "203.0.113.5"),
        ("10.0.0.1", "999.1.1.1", "10.0.0.1"),
    ],
)
def test_a_client_cannot_make_its_address_up(peer: str, forwarded: str, client: str) -> None:
    """Only what a trusted proxy appended counts; the rest of the header came from the client."""
    assert charged(peer, forwarded, PROXIES) == client


def test_nobody_is_trusted_unless_it_is_said() -> None:
    assert charged("127.0.0.1", "203.0.113.5", trusted_networks("")) == "127.0.0.1"


def test_addresses_of_one_ipv6_network_are_one_client() -> None:
    assert charged("2001:db8:1:2::1", "", ()) == charged("2001:db8:1:2:ffff::1%eth0", "", ()) == "2001:db8:1:2::/64"


def test_ipv4_is_the_same_client_when_it_comes_mapped() -> None:
    assert charged("::ffff:203.0.113.5", "", ()) == "203.0.113.5"
    assert charged("::ffff:10.0.0.1", "203.0.113.5", PROXIES) == "203.0.113.5"


def test_a_peer_without_an_address_is_unknown() -> None:
    assert charged("", "203.0.113.5", PROXIES) == "unknown"


@pytest.mark.parametrize("setting", ["10.0.0.0/33", "10.0.0.1/8", "proxy.example"])
def test_networks_that_are_none_are_refused_in_one_line(setting: str) -> None:
    with pytest.raises(DragomanError, match="DRAGOMAN_TRUSTED_PROXIES") as refused:
        trusted_networks(setting)
    assert "\n" not in str(refused.value)
