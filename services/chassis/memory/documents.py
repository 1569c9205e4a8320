"""Documents and a counter in memory, as BSON bytes: what goes in and comes out is changed exactly as a store would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import Any

import bson
from bson.codec_options import CodecOptions

from chassis.errors import Unavailable
from chassis.ports import Document, Query

_OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)
_MISSING_FIRST = (0, 0)


class MemoryDocuments:
    """The `Documents` port in memory, for one process; safe for threads.

    Nothing is shared with the caller: documents are copied in and out. While `available` is False every call raises
    `Unavailable`, as a store that is away would.
    """

    def __init__(self) -> None:
        self.available = True
        self._lock = threading.RLock()
        self._stored: dict[str, bytes] = {}

    def load(self, ids: Collection[str]) -> dict[str, Document]:
        """Return the documents that exist among `ids`."""
        with self._reachable():
            return {key: _decode(self._stored[key]) for key in ids if key in self._stored}

    def compare_and_set(self, documents: Collection[Document]) -> set[str]:
        """Write each document whose stored `rev` is one less than its own; return the ids that lost."""
        require_distinct(documents)

        def wins(stored: Document | None, new: Document) -> bool:
            return bool((stored["rev"] if stored else 0) == new["rev"] - 1)

        return self._write_if(documents, wins)

    def put_newer(self, documents: Collection[Document]) -> None:
        """Write each document unless the stored one has the same `version` or a higher one."""
        self._write_if(documents, lambda stored, new: stored is None or stored.get("version", -1) < new["version"])

    def insert_new(self, documents: Collection[Document]) -> None:
        """Write each document unless one with its `_id` exists."""
        self._write_if(documents, lambda stored, _: stored is None)

    def find(self, query: Query) -> list[Document]:
        """Return the documents that match, in the order asked for."""
        require_limit(query)
        with self._reachable():
            found = [document for document in map(_decode, self._stored.values()) if _matches(document, query)]
        return in_order(found, query)[: query.limit]

    def everything(self) -> dict[str, Document]:
        """Return all documents by id: for the assertions of tests."""
        with self._lock:
            return {key: _decode(value) for key, value in self._stored.items()}

    def delete(self, ids: Collection[str]) -> None:
        """Remove the documents that exist among `ids`."""
        with self._reachable():
            for key in ids:
                self._stored.pop(key, None)

    def _reachable(self) -> threading.RLock:
        if not self.available:
            raise Unavailable("the documents in memory were made unavailable")
        return self._lock

    def _write_if(self, documents: Collection[Document], wins: Callable[[Document | None, Document], bool]) -> set[str]:
        lost: set[str] = set()
        with self._reachable():
            for document in documents:
                key = document["_id"]
                stored = self._stored.get(key)
                if wins(_decode(stored) if stored is not None else None, document):
                    self._stored[key] = bson.encode(document)
                else:
                    lost.add(key)
        return lost


class MemoryCounter:
    """The `Counter` port in memory; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value = 0

    def next(self) -> int:
        """Return a number higher than every one handed out before."""
        with self._lock:
            self._value += 1
            return self._value


def require_distinct(documents: Collection[Document]) -> None:
    """Raise ValueError where two documents of one compare-and-set have the same `_id`, or one has no `rev` above 0."""
    if len({document["_id"] for document in documents}) != len(documents):
        raise ValueError("two documents of one compare-and-set have the same _id")
    if any(document["rev"] < 1 for document in documents):
        raise ValueError("a document to be written has a rev of 1 or higher")


def require_limit(query: Query) -> None:
    """Raise ValueError for a limit below 1, which stores read in different ways."""
    if query.limit < 1:
        raise ValueError(f"limit must be 1 or higher, not {query.limit}")


def in_order(documents: list[Document], query: Query) -> list[Document]:
    """Sort the documents as the query asks; a missing value sorts before every other, as MongoDB does it."""
    if not query.order_by:
        return documents

    def sort_key(document: Document) -> tuple[tuple[int, Any], ...]:
        values = (_value(document, name) for name in query.order_by)
        return tuple(_MISSING_FIRST if value is None else (1, value) for value in values)

    return sorted(documents, key=sort_key, reverse=query.descending)


def _decode(data: bytes) -> Document:
    return bson.decode(data, _OPTIONS)


def _value(document: Document, path: str) -> Any:  # noqa: ANN401 - a document holds anything
    value: Any = document
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _matches(document: Document, query: Query) -> bool:
    if not all(_equal(_value(document, name), wanted) for name, wanted in query.equals.items()):
        return False
    for name, wanted in query.is_in.items():
        value = _value(document, name)
        if not any(_equal(value, each) for each in wanted):
            return False
    if query.between is None:
        return True
    name, low, high = query.between
    value = _value(document, name)
    return value is not None and bool(low <= value < high)


def _equal(value: Any, wanted: Any) -> bool:  # noqa: ANN401 - a document holds anything
    """MongoDB's equality: a list matches where one of its elements does."""
    return bool(value == wanted) or (isinstance(value, list) and wanted in value)
