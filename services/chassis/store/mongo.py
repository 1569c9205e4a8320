"""Documents and a counter in MongoDB, in few round trips: chunked reads, unordered bulk writes, compare-and-set."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import ASCENDING, DESCENDING, InsertOne, ReadPreference, ReplaceOne, WriteConcern
from pymongo.collection import Collection as MongoCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from chassis.ports import Document, Query
from chassis.store.checks import in_order, require_distinct, require_limit
from chassis.store.faults import duplicates, store_faults

WRITE_CHUNK_DOCUMENTS = 1000
WRITE_CHUNK_BYTES = 8 * 1024 * 1024
WRITE_TIMEOUT_MS = 10_000
FEW_KEYS = 32
"""As many as callers of one process may ask for at once."""

_Operation = InsertOne[Document] | ReplaceOne[Document]


class MongoDocuments:
    """The `Documents` port over a collection; reads from the primary, writes to a majority. Safe for threads.

    `read_chunk` bounds the keys of one `$in`. A call that raises `Unavailable` may have written some of its documents.
    """

    def __init__(self, collection: MongoCollection[Document], read_chunk: int = 1000) -> None:
        self._collection = bound(collection)
        self._read_chunk = read_chunk

    def load(self, ids: Collection[str], fields: tuple[str, ...] = ()) -> dict[str, Document]:
        """Return the documents that exist among `ids`, as the primary has them, or only these fields of them."""
        keys = list(ids)
        found: dict[str, Document] = {}
        with store_faults():
            if fields and 0 < len(keys) <= FEW_KEYS and (few := self._load_few(keys, fields)) is not None:
                return few
            for start in range(0, len(keys), self._read_chunk):
                chunk = keys[start : start + self._read_chunk]
                cursor = self._collection.find({"_id": {"$in": chunk}}, fields or None, batch_size=len(chunk) + 1)
                found.update((document["_id"], document) for document in cursor)
        return found

    def _load_few(self, keys: Sequence[str], fields: tuple[str, ...]) -> dict[str, Document] | None:
        """Load by a command of its own, which costs the driver a quarter less than a cursor: the way of look-ups.

        None where the documents do not fit into one reply.
        """
        wanted = {"_id": keys[0]} if len(keys) == 1 else {"_id": {"$in": keys}}
        reply = self._collection.database.command(
            "find",
            self._collection.name,
            filter=wanted,
            projection=dict.fromkeys(fields, 1),
            batchSize=len(keys) + 1,
            codec_options=self._collection.codec_options,
            read_preference=ReadPreference.PRIMARY,
        )["cursor"]
        if reply["id"]:
            return None
        return {document["_id"]: document for document in reply["firstBatch"]}

    def compare_and_set(self, documents: Collection[Document]) -> set[str]:
        """Write each document whose stored `rev` is one less than its own; return the ids that lost.

        An upsert whose filter names the revision either replaces the document or trips over its `_id` (E11000).
        """
        require_distinct(documents)
        lost: set[str] = set()
        for chunk in _chunks(documents):
            duplicated, upserted = self._write([_set_operation(document) for document in chunk])
            lost.update(chunk[index]["_id"] for index in duplicated)
            # With nothing stored under its `_id`, the upsert of a later revision brings back what was deleted.
            revived = [chunk[index] for index in upserted]
            self._withdraw(revived)
            lost.update(document["_id"] for document in revived)
        return lost

    def put_newer(self, documents: Collection[Document]) -> None:
        """Write each document unless the stored one has the same `version` or a higher one."""
        for chunk in _chunks(documents):
            duplicated, _ = self._write([_newer_operation(document) for document in chunk])
            # Of two racing first writes one trips over the other, which may be the older: the second try decides,
            # as by then the document exists.
            self._write([_newer_operation(chunk[index]) for index in duplicated])

    def put_first(self, documents: Collection[Document]) -> None:
        """Do what `put_newer` does: far quicker where nothing is stored under the `_id` yet, slower elsewhere."""
        for chunk in _chunks(documents):
            duplicated, _ = self._write([InsertOne(document) for document in chunk])
            self._write([_newer_operation(chunk[index]) for index in duplicated])

    def insert_new(self, documents: Collection[Document]) -> None:
        """Write each document unless one with its `_id` exists."""
        for chunk in _chunks(documents):
            self._write([InsertOne(document) for document in chunk])

    def find(self, query: Query) -> list[Document]:
        """Return the documents that match, in the order asked for."""
        require_limit(query)
        direction = DESCENDING if query.descending else ASCENDING
        sort = [(name, direction) for name in query.order_by]
        selections = list(_selections(query, self._read_chunk))
        found: dict[Any, Document] = {}
        with store_faults():
            for selection in selections:
                cursor = self._collection.find(
                    selection, sort=sort or None, limit=query.limit, batch_size=min(query.limit, self._read_chunk) + 1
                )
                found.update((document["_id"], document) for document in cursor)
        merged = list(found.values())
        return merged if len(selections) == 1 else in_order(merged, query)[: query.limit]

    def delete(self, ids: Collection[str]) -> None:
        """Remove the documents that exist among `ids`."""
        keys = list(ids)
        with store_faults():
            for start in range(0, len(keys), self._read_chunk):
                self._collection.delete_many({"_id": {"$in": keys[start : start + self._read_chunk]}})

    def _write(self, operations: Sequence[_Operation]) -> tuple[list[int], list[int]]:
        """Write in one round trip; return the indexes of duplicates and of upserts that made a document."""
        if not operations:
            return [], []
        with store_faults():
            try:
                details = self._collection.bulk_write(operations, ordered=False).bulk_api_result
            except BulkWriteError as error:
                details = dict(error.details)
            return duplicates(details), [each["index"] for each in details.get("upserted", ())]

    def _withdraw(self, documents: Collection[Document]) -> None:
        with store_faults():
            for document in documents:
                self._collection.delete_one({"_id": document["_id"], "rev": document["rev"]})


class MongoCounter:
    """The `Counter` port: one document of a collection, raised by compare-and-set. Safe for threads and processes."""

    def __init__(self, collection: MongoCollection[Document], name: str) -> None:
        self._collection = bound(collection)
        self._name = name

    def next(self) -> int:
        """Return a number higher than every one handed out before, to anybody."""
        with store_faults():
            while True:
                value = self._attempt()
                if value is not None:
                    return value

    def _attempt(self) -> int | None:
        """Raise the number by one, or return None where another was quicker."""
        stored = self._collection.find_one({"_id": self._name})
        if stored is None:
            try:
                self._collection.insert_one({"_id": self._name, "value": 1})
            except DuplicateKeyError:
                return None
            return 1
        value = int(stored["value"])
        update = self._collection.update_one({"_id": self._name, "value": value}, {"$set": {"value": value + 1}})
        return value + 1 if update.matched_count else None


def bound(collection: MongoCollection[Document]) -> MongoCollection[Document]:
    """Return the collection read from the primary and written to a majority, with times in UTC."""
    options: CodecOptions[Document] = CodecOptions(tz_aware=True)
    return collection.with_options(
        codec_options=options,
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern(w="majority", wtimeout=WRITE_TIMEOUT_MS),
    )


def _set_operation(document: Document) -> _Operation:
    rev = document["rev"]
    if rev == 1:
        return InsertOne(document)
    return ReplaceOne({"_id": document["_id"], "rev": rev - 1}, document, upsert=True)


def _newer_operation(document: Document) -> _Operation:
    older = {"$not": {"$gte": document["version"]}}
    return ReplaceOne({"_id": document["_id"], "version": older}, document, upsert=True)


def _chunks(documents: Collection[Document]) -> Iterator[list[Document]]:
    chunk: list[Document] = []
    size = 0
    for document in documents:
        weight = _weight(document)
        if chunk and (len(chunk) == WRITE_CHUNK_DOCUMENTS or size + weight > WRITE_CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(document)
        size += weight
    if chunk:
        yield chunk


def _weight(value: Any) -> int:  # noqa: ANN401 - a document holds anything
    """Return about how many bytes the value takes; exact enough to bound a request, and cheap."""
    kind = type(value)
    if kind is bytes or kind is str:
        return len(value) + 16
    if kind is dict:
        return sum(map(_weight, value.values())) + 16 * len(value)
    if kind is list:
        return sum(map(_weight, value)) + 8
    return 16


def _selections(query: Query, chunk: int) -> Iterator[dict[str, Any]]:
    """Yield the filters that together select what the query asks for: one, unless an `is_in` is longer than `chunk`."""
    conditions: list[dict[str, Any]] = [{name: value} for name, value in query.equals.items()]
    if query.between is not None:
        name, low, high = query.between
        conditions.append({name: {"$gte": low, "$lt": high}})
    listed = sorted(((name, list(values)) for name, values in query.is_in.items()), key=lambda item: len(item[1]))
    conditions.extend({name: {"$in": values}} for name, values in listed[:-1])
    if not listed:
        yield _all_of(conditions)
        return
    name, values = listed[-1]
    for start in range(0, max(1, len(values)), chunk):
        yield _all_of([*conditions, {name: {"$in": values[start : start + chunk]}}])


def _all_of(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    names = [name for condition in conditions for name in condition]
    if len(set(names)) == len(names):
        return {name: value for condition in conditions for name, value in condition.items()}
    return {"$and": conditions}
