"""The process's one connection to the document store, and the indexes that mongoengine documents declare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import mongoengine
from mongoengine import Document as MongoEngineDocument
from mongoengine import connection as registry
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

from chassis.ports import Document
from chassis.store.faults import store_faults
from chassis.store.mongo import bound

# Offsets are committed after writes: what the store acknowledged must outlive its own kill -9, so it waits for the
# journal. (A URL may say otherwise, for a store that holds nothing of value.)
_OPTIONS: dict[str, Any] = {
    "w": "majority",
    "journal": True,
    "readPreference": "primary",
    "retryWrites": True,
    "tz_aware": True,
    "uuidRepresentation": "standard",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a store that can be reached, and for its answer; and whether a failed read is repeated."""

    reach_seconds: float
    answer_seconds: float
    repeat_reads: bool


# Every wait has an end, so that a store that is away is noticed, told in the health, and waited for by the runner.
FOR_BATCHES = Patience(reach_seconds=2.0, answer_seconds=10.0, repeat_reads=True)
# Below the deadline that callers give by default (2 s), so that they learn what was away.
FOR_CALLS = Patience(reach_seconds=0.8, answer_seconds=0.8, repeat_reads=False)


class Store:
    """A service's database. Mongoengine documents whose `db_alias` is this store's alias live in it."""

    def __init__(self, client: MongoClient[Document], database: str, alias: str) -> None:
        self._client = client
        self.alias = alias
        self.database: Database[Document] = client[database]

    def collection(self, name: str) -> Collection[Document]:
        """Return a collection of the database, for the batch path."""
        return bound(self.database[name])

    def collection_of(self, document_class: type[MongoEngineDocument]) -> Collection[Document]:
        """Return the collection that a mongoengine document declares, for the batch path."""
        return self.collection(document_class._get_collection_name())

    def ensure_indexes(self, document_classes: Iterable[type[MongoEngineDocument]]) -> None:
        """Create the collections' declared indexes where they are missing; raise `Unavailable` where the store is away.

        To be called once at start; `auto_create_index: False` in the classes' meta keeps it off all other calls.
        """
        with store_faults():
            for document_class in document_classes:
                document_class.ensure_indexes()

    def ping(self) -> None:
        """Return if the store answers; raise `Unavailable` if it does not."""
        with store_faults():
            self._client.admin.command("ping")

    def close(self) -> None:
        """Forget the alias; the connection ends with its last alias."""
        mongoengine.disconnect(self.alias)


def connect(url: str, database: str, alias: str, patience: Patience = FOR_BATCHES) -> Store:
    """Open a service's database under a mongoengine alias. The store need not be there yet.

    Options in the URL win over this module's. Connecting an alias anew closes what it was; equal URLs share a client.
    """
    mongoengine.disconnect(alias)
    named = {name.split("=")[0].lower() for name in url.partition("?")[2].split("&")}
    wanted = _OPTIONS | _timeouts(patience)
    options = {name: value for name, value in wanted.items() if name.lower() not in named}
    mongoengine.register_connection(alias, host=url, **options)
    # A database in the URL is where users are looked up; mongoengine would also keep documents in it.
    registry._connection_settings[alias]["name"] = database
    client = cast("MongoClient[Document]", mongoengine.get_connection(alias))
    return Store(client, database, alias)


def _timeouts(patience: Patience) -> dict[str, int | bool]:
    reach = int(patience.reach_seconds * 1000)
    return {
        "serverSelectionTimeoutMS": reach,
        "connectTimeoutMS": reach,
        "waitQueueTimeoutMS": reach,
        "socketTimeoutMS": int(patience.answer_seconds * 1000),
        "retryReads": patience.repeat_reads,
    }
