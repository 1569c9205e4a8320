"""Ports that are free, and stay the same."""

import socket
from pathlib import Path

import pytest

from localstack.errors import PortTakenError
from localstack.ports import HIGHEST, LOOPBACK, LOWEST, PortBook, free_port, is_free


def listening() -> socket.socket:
    server = socket.socket()
    server.bind((LOOPBACK, free_port()))
    server.listen()
    return server


def test_a_port_somebody_listens_on_is_not_free() -> None:
    """A listener makes its port taken, its end makes it free."""
    with listening() as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_free_ports_lie_below_those_for_outgoing_connections() -> None:
    """No client can be given the port by the system while its server is down."""
    assert all(LOWEST <= free_port() <= HIGHEST < 32768 for _ in range(50))


def test_a_name_keeps_its_port_over_restarts(tmp_path: Path) -> None:
    """Another book over the same file has the same ports."""
    file = tmp_path / "ports.json"
    ports = {name: PortBook(file).claim(name) for name in ("kafka", "store")}
    assert len(set(ports.values())) == 2
    assert {name: PortBook(file).claim(name) for name in ("kafka", "store")} == ports


def test_a_remembered_port_that_is_taken_is_replaced(tmp_path: Path) -> None:
    """Somebody else's listener on the remembered port leads to another one, which is remembered instead."""
    with listening() as server:
        taken = server.getsockname()[1]
        file = tmp_path / "ports.json"
        file.write_text(f'{{"kafka": {taken}}}')
        other = PortBook(file).claim("kafka")
        assert other != taken
        assert PortBook(file).claim("kafka") == other


def test_a_port_asked_for_is_given_or_refused() -> None:
    """A wanted port is never replaced by another one."""
    wanted = free_port()
    assert PortBook().claim("kafka", wanted) == wanted
    with listening() as server, pytest.raises(PortTakenError, match="kafka"):
        PortBook().claim("kafka", server.getsockname()[1])
