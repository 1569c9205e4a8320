"""Markers: what is left of erased customers, accounts and identifiers, by keyed hashes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from chassis.ports import Document, Documents
from chassis.tombstones import Tombstone
from identity_resolution.application.ports import Erasure
from identity_resolution.domain.staging import Forgotten

LATEST = "latest"
"""The marker of the latest erasure of all. Whoever asks about what happened after it need not look for any other."""

Hash = Callable[[str], str]


class StoredMarkers:
    """The collection of markers: {_id: keyed hash, version, erased_at}. Of one that was erased twice, the later."""

    def __init__(self, documents: Documents, hashed: Hash) -> None:
        self._documents = documents
        self._hash = hashed

    def latest(self) -> int:
        """When anybody was erased last; -1 where nobody was."""
        found = self._documents.load([LATEST]).get(LATEST)
        return int(found["erased_at"]) if found is not None else -1

    def accounts(self, keys: Collection[str]) -> dict[str, int]:
        """Those of the accounts that were erased, and when."""
        return {each.key: each.at for each in self._marked(keys, _account)}

    def identifiers(self, keys: Collection[str]) -> dict[str, int]:
        """Those of the identifiers that were erased, and when."""
        return {each.key: each.at for each in self._marked(keys, _identifier)}

    def forgotten(self, keys: Collection[str]) -> dict[str, int]:
        """Those of the accounts that admission has forgotten, with the version of the erasure."""
        return {each.key: each.version for each in self._marked(keys, _forgotten)}

    def note_forgotten(self, erasures: Collection[Tombstone]) -> None:
        """Note that admission has forgotten the accounts."""
        self._documents.put_newer(
            [
                {"_id": self._hash(_forgotten(each.key)), "version": each.version, "erased_at": each.erased_at}
                for each in erasures
            ]
        )

    def erased_customers(self, ids: Collection[str]) -> list[Erasure]:
        """Those of the customers that were erased."""
        return self._marked(ids, str)

    def erased_accounts(self, keys: Collection[str]) -> list[Erasure]:
        """Those of the accounts that were erased."""
        return self._marked(keys, _account)

    def _marked(self, keys: Collection[str], named: Callable[[str], str]) -> list[Erasure]:
        ids = {self._hash(named(key)): key for key in keys}
        found = self._documents.load(ids.keys()) if ids else {}
        return [Erasure(ids[id_], int(each["version"]), int(each["erased_at"])) for id_, each in found.items()]


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


def _forgotten(key: str) -> str:
    """Of an account that admission has forgotten."""
    return f"forgotten/{key}"
