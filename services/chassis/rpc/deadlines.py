"""How long the call that this thread serves may still take, so that the calls it makes in turn take no longer."""

from __future__ import annotations

import threading
from typing import Protocol


class _Timed(Protocol):
    def time_remaining(self) -> float | None: ...


class _Current(threading.local):
    context: _Timed | None = None


_current = _Current()


class serving:  # noqa: N801 - reads as a word where it is used: `with serving(context)`
    """Marks the block as serving the call of that context. A class, as it stands in the path of every call."""

    __slots__ = ("_context",)

    def __init__(self, context: _Timed) -> None:
        self._context = context

    def __enter__(self) -> None:
        _current.context = self._context

    def __exit__(self, *_: object) -> None:
        _current.context = None


def remaining() -> float | None:
    """Return the seconds left of the call that this thread serves, at least 0; None where there is no limit."""
    context = _current.context
    left = context.time_remaining() if context is not None else None
    # grpc tells "no deadline" as one that is centuries away.
    return None if left is None or left > 1e8 else max(0.0, left)
