"""Results of which the messages of those asked for lately come from memory: what a server's look-ups read."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from chassis.ports import Document, Documents, Query
from chassis.stages.lookup import MESSAGE_FIELDS
from chassis.stages.state_cache import NEVER, StateCache
from chassis.store.coalescing import CoalescedReads


class CachedStates(CoalescedReads):
    """Documents of results. Messages alone may be a moment old, as `StateCache` promises; all else is the store's.

    Whoever waits for what becomes of a decision reads whole documents, and so gets the store's; from then on nobody
    gets anything older here. Only for reading: writes do not pass through the cache.
    """

    def __init__(self, documents: Documents, cache: StateCache) -> None:
        super().__init__(documents)
        self._cache = cache

    def load(self, ids: Collection[str], fields: tuple[str, ...] = ()) -> dict[str, Document]:
        """The documents that exist among `ids`; raises what the underlying load raises, unless all are in memory."""
        if fields != MESSAGE_FIELDS:
            found = super().load(ids, fields)
            self._cache.keep(NEVER, ids, _messages(found.values()))
            return found
        kept, token = self._cache.take(ids)
        documents: dict[str, Document] = {id_: {"_id": id_, "message": message} for id_, message in kept.items()}
        if len(kept) < len(ids):
            missing = [id_ for id_ in ids if id_ not in kept]
            found = super().load(missing, fields)
            self._cache.keep(token, missing, _messages(found.values()))
            documents.update(found)
        return documents

    def find(self, query: Query) -> list[Document]:
        """As the underlying documents do."""
        found = super().find(query)
        self._cache.keep(NEVER, [document["_id"] for document in found], _messages(found))
        return found


def _messages(documents: Iterable[Document]) -> dict[str, bytes]:
    """The messages by id, without those of groups that another answers for, or of which nothing is computed yet."""
    return {
        document["_id"]: document["message"]
        for document in documents
        if document.get("message") and "merged_into" not in document
    }
