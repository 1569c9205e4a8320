"""Documents and a counter in memory, as BSON bytes: what goes in and comes out is changed exactly as a store would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import Any

import bson
from bson.codec_options import CodecOptions

from chassis.errors import Unavailable
from chassis.ports import Document, Query
from chassis.store.checks import in_order, require_distinct, require_limit, value_at

_OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)


class MemoryDocuments:
    """The `Documents` port in memory, for one process; safe for threads.

    Nothing is shared with the caller: documents are copied in and out. While `available` is False every call raises
    `Unavailable`, as a store that is away would.
    """

    def __init__(self) -> None:
        self.available = True
        self._lock = threading.RLock()
        self._stored: dict[str, bytes] = {}

    def load(self, ids: Collection[str], fields: tuple[str, ...] = ()) -> dict[str, Document]:
        """Return the documents that exist among `ids`, or only these fields of them."""
        with self._reachable():
            found = {key: _decode(self._stored[key]) for key in ids if key in self._stored}
        return {key: _part(document, fields) for key, document in found.items()} if fields else found

    def compare_and_set(self, documents: Collection[Document]) -> set[str]:
        """Write each document whose stored `rev` is one less than its own; return the ids that lost."""
        require_distinct(documents)

        def wins(stored: Document | None, new: Document) -> bool:
            return bool((stored.get("rev") if stored else 0) == new["rev"] - 1)

        return self._write_if(documents, wins)

    def put_newer(self, documents: Collection[Document]) -> None:
        """Write each document unless the stored one has the same `version` or a higher one."""
        self._write_if(documents, lambda stored, new: stored is None or stored.get("version", -1) < new["version"])

    def put_first(self, documents: Collection[Document]) -> None:
        """Do what `put_newer` does."""
        self.put_newer(documents)

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


def _decode(data: bytes) -> Document:
    return bson.decode(data, _OPTIONS)


def _part(document: Document, fields: tuple[str, ...]) -> Document:
    return {name: document[name] for name in ("_id", *fields) if name in document}


def _matches(document: Document, query: Query) -> bool:
    if not all(_equal(value_at(document, name), wanted) for name, wanted in query.equals.items()):
        return False
    for name, wanted in query.is_in.items():
        value = value_at(document, name)
        if not any(_equal(value, each) for each in wanted):
            return False
    if query.between is None:
        return True
    name, low, high = query.between
    value = value_at(document, name)
    return value is not None and bool(low <= value < high)


def _equal(value: Any, wanted: Any) -> bool:  # noqa: ANN401 - a document holds anything
    """MongoDB's equality: a list matches where one of its elements does."""
    return bool(value == wanted) or (isinstance(value, list) and wanted in value)
