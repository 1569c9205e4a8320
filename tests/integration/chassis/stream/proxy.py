"""A proxy before a broker that can lose the answer to a produce request, as a network may at the worst moment."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Self

PRODUCE = 0


class LosingProxy:
    """Forwards connections to `target`; `lose(n)` lets the next n produce requests through and cuts off the answers."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._lock = threading.Lock()
        self._to_lose = 0
        self.lost = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def lose(self, answers: int) -> None:
        with self._lock:
            self._to_lose = answers

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", self._target)) as broker:
            while (request := _frame(client)) is not None:
                broker.sendall(request)
                answer = _frame(broker)
                if answer is None or self._is_to_be_lost(request):
                    return
                client.sendall(answer)

    def _is_to_be_lost(self, request: bytes) -> bool:
        (kind,) = struct.unpack_from(">h", request, 4)
        with self._lock:
            if kind != PRODUCE or not self._to_lose:
                return False
            self._to_lose -= 1
            self.lost += 1
            return True


def _frame(connection: socket.socket) -> bytes | None:
    """Read a request or an answer: four bytes of length, and as many bytes."""
    head = _exactly(connection, 4)
    if head is None:
        return None
    body = _exactly(connection, struct.unpack(">i", head)[0])
    return None if body is None else head + body


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    found = b""
    while len(found) < count:
        part = connection.recv(count - len(found))
        if not part:
            return None
        found += part
    return found
