"""Ports on the loopback interface: free ones, remembered so that a restart has the same addresses."""

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path

from localstack.errors import PortTakenError

LOOPBACK = "127.0.0.1"

# Below every system's range for outgoing connections: a client that keeps trying a port of that range while its
# server is down can be given the very same port as its own, connects to itself, and keeps the server from coming back.
LOWEST, HIGHEST = 15000, 32000
TRIES = 1000


def is_free(port: int) -> bool:
    """Say whether a server could listen on the loopback `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(avoid: Iterable[int] = ()) -> int:
    """Return a port that is free now and not one of `avoid`."""
    avoided = set(avoid)
    for _ in range(TRIES):
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311 - chosen to be apart, not to be secret
        if port not in avoided and is_free(port):
            return port
    raise PortTakenError(
        f"No free port between {LOWEST} and {HIGHEST} after {TRIES} tries.",
        "Stop programs that listen on many ports, or name the ports to use.",
    )


class PortBook:
    """Ports by name, kept in a file where one is given."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._ports: dict[str, int] = {}
        if file is not None and file.exists():
            self._ports = {str(name): int(port) for name, port in json.loads(file.read_text()).items()}

    def claim(self, name: str, wanted: int | None = None) -> int:
        """Return the port for `name`: the `wanted` one, else the remembered one where still free, else a free one.

        Raises PortTakenError if the wanted port is in use.
        """
        port = self._ports.get(name) if wanted is None else wanted
        if wanted is not None and not is_free(wanted):
            raise PortTakenError(
                f"Port {wanted}, which was asked for {name}, is in use.",
                "Stop the program that listens there, or leave the choice of the port open.",
            )
        if port is None or not is_free(port):
            port = free_port(avoid=self._ports.values())
        self._remember(name, port)
        return port

    def _remember(self, name: str, port: int) -> None:
        if self._ports.get(name) == port:
            return
        self._ports[name] = port
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._file.with_suffix(".tmp")
            draft.write_text(json.dumps(self._ports, indent=2, sort_keys=True) + "\n")
            draft.replace(self._file)
