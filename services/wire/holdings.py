"""HoldingsService: what a service holds of a person, for export, and to see that nothing is left after an erasure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from chassis.ports import Document
from chassis.rpc.errors import invalid
from chassis.rpc.requests import check_batch
from rapport.holdings.v1 import holdings_pb2 as pb

MOST_CUSTOMERS = 1_000
MOST_ACCOUNTS = 5_000
PACK_BYTES = 256 * 1024
"""Of one message of a stream, about; a holding that is larger has a message of its own."""
PACK_HOLDINGS = 500

DESCRIPTOR: Any = pb.DESCRIPTOR.services_by_name["HoldingsService"]


@dataclass(frozen=True, slots=True)
class Whose:
    """A person, as documents name one: the customer with those merged into it, and the accounts."""

    customers: tuple[str, ...]
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A collection in which a service keeps something of people; `meaning` says what, to who reads an export.

    `found` yields the documents of a person, each once, and holds no more than a page of them at a time. `told` is what
    a document says as an object of JSON, by `wire.plain`.
    """

    collection: str
    meaning: str
    found: Callable[[Whose], Iterator[Document]]
    told: Callable[[Document, Whose], Any]


class Holdings:
    """Implements HoldingsService over a service's collections. For any number of threads.

    `make` returns what is kept, for one call: codecs are for one thread at a time. Raises `RpcError` INVALID_ARGUMENT,
    and `Unavailable`.
    """

    def __init__(self, make: Callable[[], Sequence[Kept]]) -> None:
        self._make = make

    def list_holdings(self, request: pb.ListHoldingsRequest, context: object) -> Iterator[pb.ListHoldingsResponse]:
        """All documents of the person, packed into messages of bounded size."""
        whose = _whose(request)
        pack: list[pb.Holding] = []
        size = 0
        for holding in self._holdings(whose):
            pack.append(holding)
            size += len(holding.json)
            if size >= PACK_BYTES or len(pack) >= PACK_HOLDINGS:
                yield pb.ListHoldingsResponse(holdings=pack)
                pack, size = [], 0
        if pack:
            yield pb.ListHoldingsResponse(holdings=pack)

    def count_holdings(self, request: pb.CountHoldingsRequest, context: object) -> pb.CountHoldingsResponse:
        """How many documents there are of the person."""
        whose, kept = _whose(request), self._make()
        counts = {each.collection: sum(1 for _ in each.found(whose)) for each in kept}
        return pb.CountHoldingsResponse(
            documents={collection: count for collection, count in counts.items() if count},
            meanings={each.collection: each.meaning for each in kept},
        )

    def _holdings(self, whose: Whose) -> Iterator[pb.Holding]:
        for kept in self._make():
            for document in kept.found(whose):
                data = msgspec.json.encode(kept.told(document, whose)).decode()
                yield pb.Holding(collection=kept.collection, id=document["_id"], json=data)


def _whose(request: pb.ListHoldingsRequest | pb.CountHoldingsRequest) -> Whose:
    named: Mapping[str, tuple[Sequence[str], int]] = {
        "customer_ids": (request.customer_ids, MOST_CUSTOMERS),
        "account_keys": (request.account_keys, MOST_ACCOUNTS),
    }
    for field, (values, most) in named.items():
        check_batch(values, most, field)
        if not all(values):
            raise invalid(field, "none of them empty")
    return Whose(tuple(dict.fromkeys(request.customer_ids)), tuple(dict.fromkeys(request.account_keys)))
