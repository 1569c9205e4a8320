"""Markers: what is left of erased customers, accounts and identifiers, by keyed hashes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from chassis.ports import Document, Documents
from identity_resolution.domain.staging import Forgotten

LATEST = "latest"
"""The marker of the latest erasure of all. Whoever asks about what happened after it need not look for any other."""

Hash = Callable[[str], str]


class Marked(NamedTuple):
    """The version of the erasure, and its time in milliseconds since 1970."""

    version: int
    erased_at: int


class StoredMarkers:
    """The collection of markers: {_id: keyed hash, version, erased_at}. Of one that was erased twice, the later."""

    def __init__(self, documents: Documents, hashed: Hash) -> None:
        self._documents = documents
        self._hash = hashed

    def latest(self) -> int:
        """When anybody was erased last; -1 where nobody was."""
        found = self._documents.load([LATEST]).get(LATEST)
        return int(found["erased_at"]) if found is not None else -1

    def customers(self, ids: Collection[str]) -> dict[str, Marked]:
        """Those of the customers that were erased."""
        return self._marked({self._hash(id_): id_ for id_ in ids})

    def accounts(self, keys: Collection[str]) -> dict[str, Marked]:
        """Those of the accounts that were erased."""
        return self._marked({self._hash(_account(key)): key for key in keys})

    def identifiers(self, keys: Collection[str]) -> dict[str, Marked]:
        """Those of the identifiers that were erased."""
        return self._marked({self._hash(_identifier(key)): key for key in keys})

    def _marked(self, ids: dict[str, str]) -> dict[str, Marked]:
        found = self._documents.load(ids.keys()) if ids else {}
        return {ids[id_]: Marked(int(each["version"]), int(each["erased_at"])) for id_, each in found.items()}


def marker_documents(forgotten: Forgotten, version: int, hashed: Hash) -> Iterator[Document]:
    """The markers that an erasure leaves. A customer's is the keyed hash of its id, as receipts tell it."""
    named = [*forgotten.customers, *map(_account, forgotten.accounts), *map(_identifier, forgotten.identifiers)]
    for id_ in (LATEST, *sorted(map(hashed, named))):
        yield {"_id": id_, "version": version, "erased_at": forgotten.at}


def _account(key: str) -> str:
    """An account and an identifier may have the same key: that of an e-mail address, say."""
    return f"account/{key}"


def _identifier(key: str) -> str:
    return f"identifier/{key}"
