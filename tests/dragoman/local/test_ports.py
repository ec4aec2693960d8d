import socket

import pytest

from dragoman.local.ports import free_ports, trouble_with


def test_a_port_on_which_someone_listens_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert trouble_with(listener.getsockname()[1]) == "is taken"


def test_a_port_that_is_taken_on_one_address_is_taken_on_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert trouble_with(listener.getsockname()[1], "0.0.0.0") == "is taken"


def test_an_address_of_another_machine_is_not_called_taken() -> None:
    assert "cannot be used" in trouble_with(8080, "192.0.2.1")


def test_free_ports_are_different_and_below_those_of_outgoing_connections() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert max(ports) < 32768
    assert not any(trouble_with(port) for port in ports)


def test_what_was_given_away_is_given_to_nobody_else_before_a_server_listens_on_it() -> None:
    (port,) = free_ports(1)
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    assert port not in free_ports(100)


def test_the_server_for_which_a_port_was_taken_may_listen_on_it_and_be_started_again() -> None:
    (port,) = free_ports(1)
    for _ in range(2):
        with socket.create_server(("127.0.0.1", port)) as server, socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()


def test_before_a_server_listens_whoever_connects_is_refused() -> None:
    (port,) = free_ports(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
