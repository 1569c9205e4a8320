"""What services say that they hold of a person, beside what their stores do hold."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import bson

from chassis.memory.documents import MemoryDocuments
from chassis.ports import Document, Query
from chassis.service import ServerContext, Service
from rapport.holdings.v1.holdings_pb2 import CountHoldingsRequest, Holding, ListHoldingsRequest
from wire.holdings import DESCRIPTOR, Holdings

Place = tuple[str, str]
"""A collection, and the id of a document in it."""


def holdings(service: Service, context: ServerContext) -> Holdings:
    """What answers HoldingsService for a service."""
    served = {descriptor.full_name: implementation for descriptor, implementation in service.server(context)}
    implementation = served[DESCRIPTOR.full_name]
    assert isinstance(implementation, Holdings)
    return implementation


def listed(held: Holdings, customers: Sequence[str], accounts: Sequence[str]) -> list[Holding]:
    """All holdings that are listed; each must be a JSON object, and as many as are counted."""
    request = ListHoldingsRequest(customer_ids=customers, account_keys=accounts)
    found = [each for answer in held.list_holdings(request, None) for each in answer.holdings]
    assert all(isinstance(json.loads(each.json), dict) for each in found)
    counting = CountHoldingsRequest(customer_ids=customers, account_keys=accounts)
    counted = held.count_holdings(counting, None)
    assert dict(counted.documents) == _sizes(each.collection for each in found)
    return found


def places(found: Iterable[Holding]) -> list[Place]:
    """Where the holdings are, in order."""
    return sorted((each.collection, each.id) for each in found)


def naming(stores: Mapping[str, MemoryDocuments], keys: Iterable[str], *, without: Collection[str] = ()) -> list[Place]:
    """The documents in which one of the keys stands, in whatever form they are, looked through byte by byte."""
    wanted = [key.encode() for key in keys]
    return sorted(
        (name, id_)
        for name, store in stores.items()
        if name not in without
        for id_, document in store.everything().items()
        if any(key in bson.encode(document) for key in wanted)
    )


class Watched(MemoryDocuments):
    """Documents that note how many of them were read at once, and how often."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[int] = []

    def load(self, ids: Collection[str], fields: tuple[str, ...] = ()) -> dict[str, Document]:
        found = super().load(ids, fields)
        self.read.append(len(found))
        return found

    def find(self, query: Query) -> list[Document]:
        found = super().find(query)
        self.read.append(len(found))
        return found


def _sizes(names: Iterable[str]) -> dict[str, Any]:
    sizes: dict[str, int] = {}
    for name in names:
        sizes[name] = sizes.get(name, 0) + 1
    return sizes
