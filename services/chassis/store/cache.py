"""A bounded cache of decoded objects, checked out while in use.

What it holds may be stale: every write is a compare-and-set, so a stale object loses and is dropped, never written.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """The most recently used objects by key, at most `size` of them. For one thread."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._objects: OrderedDict[str, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._objects)

    def take(self, keys: Collection[str]) -> dict[str, T]:
        """Check out what is held among the keys: out of the cache, so that a failure leaves nothing half done."""
        held = self._objects
        return {key: held.pop(key) for key in keys if key in held}

    def put_all(self, objects: Mapping[str, T]) -> None:
        """Hold these as the most recent; the oldest give way."""
        for key, value in objects.items():
            self._objects[key] = value
            self._objects.move_to_end(key)
        while len(self._objects) > self._size:
            self._objects.popitem(last=False)

    def clear(self) -> None:
        """Hold nothing."""
        self._objects.clear()
