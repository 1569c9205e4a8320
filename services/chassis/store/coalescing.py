"""Reading for many callers at once: loads that come while one is under way are joined into the next.

Reading one document costs a server's process more in the driver than everything else of a look-up. Callers that would
wait anyway share one read. It begins after each of them asked, so nobody gets anything older than what was stored then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from functools import partial

from chassis.ports import Document, Documents, Query

Load = Callable[[Collection[str]], dict[str, Document]]


class CoalescedReads:
    """Joins loads of documents by id, for any number of threads; everything else is passed on as it is.

    Callers share the documents that they get: nobody may change one.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._whole = _Joined(documents.load)
        self._parts: dict[tuple[str, ...], _Joined] = {}

    def load(self, ids: Collection[str], fields: tuple[str, ...] = ()) -> dict[str, Document]:
        """The documents that exist among `ids`; raises what the underlying load raises."""
        if not fields:
            return self._whole.load(ids)
        joined = self._parts.get(fields)
        if joined is None:
            joined = self._parts.setdefault(fields, _Joined(partial(self._documents.load, fields=fields)))
        return joined.load(ids)

    def compare_and_set(self, documents: Collection[Document]) -> set[str]:
        """As the underlying documents do."""
        return self._documents.compare_and_set(documents)

    def put_newer(self, documents: Collection[Document]) -> None:
        """As the underlying documents do."""
        self._documents.put_newer(documents)

    def put_first(self, documents: Collection[Document]) -> None:
        """As the underlying documents do."""
        self._documents.put_first(documents)

    def insert_new(self, documents: Collection[Document]) -> None:
        """As the underlying documents do."""
        self._documents.insert_new(documents)

    def find(self, query: Query) -> list[Document]:
        """As the underlying documents do."""
        return self._documents.find(query)

    def delete(self, ids: Collection[str]) -> None:
        """As the underlying documents do."""
        self._documents.delete(ids)


class _Joined:
    """Loads of one kind: at most one is under way, and one is being joined."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._joining = threading.Lock()
        self._turn = threading.Lock()
        self._next = _Read()

    def load(self, ids: Collection[str]) -> dict[str, Document]:
        """Join the next load, and return what it found of these ids."""
        with self._joining:
            read = self._next
            read.keys.update(ids)
        with self._turn:
            if not read.is_done:
                with self._joining:
                    self._next = _Read()
                read.run(self._load)
        if read.failure is not None:
            raise read.failure
        return {key: read.found[key] for key in ids if key in read.found}


class _Read:
    """One load for all who joined before it began; whoever gets the turn first runs it."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.found: dict[str, Document] = {}
        self.failure: Exception | None = None
        self.is_done = False

    def run(self, load: Load) -> None:
        try:
            self.found = load(self.keys)
        except Exception as failure:  # noqa: BLE001 - raised again for each who joined
            self.failure = failure
        self.is_done = True
