"""A publisher for servers: what one call could not send says nothing about what the next one sends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Protocol, Self

from chassis.records import Message


class Closing(Protocol):
    """A publisher that may fail for good, as `KafkaPublisher` does."""

    @property
    def failure(self) -> str | None:
        """Why it is closed for good, or None."""

    def publish(self, messages: Iterable[Message]) -> None:
        """As `Publisher` does; raises where it has failed for good."""

    def close(self) -> None:
        """Close it."""


class RenewedPublisher:
    """Implements `Publisher` with one that `make` makes when it is first needed, and anew where that failed for good.

    For messages of which none builds on another: a lost one may be followed by others. The call that failed raises what
    the publisher raises, and whether its messages arrived is not known. Safe for threads.
    """

    def __init__(self, make: Callable[[], Closing]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._publisher: Closing | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._publisher is not None:
            self._publisher.close()

    def publish(self, messages: Iterable[Message]) -> None:
        """Return once every message is acknowledged by the broker, in order per partition."""
        self._working().publish(messages)

    def _working(self) -> Closing:
        with self._lock:
            if self._publisher is not None and self._publisher.failure is not None:
                self._publisher.close()
                self._publisher = None
            if self._publisher is None:
                self._publisher = self._make()
            return self._publisher
