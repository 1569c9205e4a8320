"""Customers, memberships and identifiers as documents. Kept in memory too: whoever decides is their only writer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

import msgspec

from chassis.ports import Document, Documents
from chassis.store.cache import Cache
from identity_resolution.adapters.messages import customer_message
from identity_resolution.application.ports import Commit
from identity_resolution.domain.customers import Customer, Membership, Ownership, Refusal
from identity_resolution.domain.decide import Staging

LIVE = "live"
MERGED = "merged"

T = TypeVar("T")


class _Body(msgspec.Struct, array_like=True):
    """Everything of a customer that is not asked for by a query."""

    accounts: dict[str, str]
    links: dict[str, list[str]]
    absorbed: list[str]
    refused: list[tuple[str, str, str]]
    refused_forgotten: int


_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(_Body).decode


class StoredCustomers:
    """The `Customers` port over three collections."""

    def __init__(
        self,
        customers: Documents,
        memberships: Documents,
        identifiers: Documents,
        *,
        customers_kept: int = 50_000,
        keys_kept: int = 200_000,
    ) -> None:
        self._customers = customers
        self._memberships = memberships
        self._identifiers = identifiers
        self._kept_customers: Cache[Customer] = Cache(customers_kept)
        self._kept_memberships: Cache[str] = Cache(keys_kept)
        self._kept_identifiers: Cache[str] = Cache(keys_kept)

    def forget(self) -> None:
        """Keep nothing in memory: somebody else may have written."""
        self._kept_customers.clear()
        self._kept_memberships.clear()
        self._kept_identifiers.clear()

    def load(self, accounts: Collection[str], identifiers: Collection[str], staging: Staging) -> None:
        """Put into the staging what is stored of these, and their customers. Raises KeyError where one is missing."""
        memberships = _fetch(accounts, self._kept_memberships, self._memberships, _customer_of)
        ownerships = _fetch(identifiers, self._kept_identifiers, self._identifiers, _customer_of)
        ids = {*memberships.values(), *ownerships.values()}
        customers = _fetch(ids, self._kept_customers, self._customers, customer)
        staging.know(memberships, ownerships, [customers[id_] for id_ in ids])

    def remember(self, staging: Staging) -> None:
        """Keep in memory what the staging knows: all of it is stored."""
        self._kept_memberships.put_all(staging.memberships)
        self._kept_identifiers.put_all(staging.identifiers)
        self._kept_customers.put_all(
            {id_: customer for id_, customer in staging.customers.items() if not customer.merged_into}
        )

    def prepare(self, staging: Staging, position: int, latest: int) -> Commit:
        """The commit of all that has changed in the staging."""
        return Commit(
            position,
            latest,
            [customer_document(customer) for customer in staging.changed_customers.values()],
            [membership_document(membership) for membership in staging.changed_memberships.values()],
            [identifier_document(ownership) for ownership in staging.changed_identifiers.values()],
        )

    def write(self, commit: Commit) -> None:
        """Write the commit's documents where what is stored is older: customers first, since the others name them."""
        self._customers.put_newer(commit.customers)
        self._memberships.put_newer(commit.memberships)
        self._identifiers.put_newer(commit.identifiers)

    def stored(self, customers: Collection[str], accounts: Collection[str]) -> tuple[list[Document], list[Document]]:
        """The documents of these customers, and those of the memberships of these accounts, as they are now."""
        return list(self._customers.load(customers).values()), list(self._memberships.load(accounts).values())


def _fetch(keys: Collection[str], cache: Cache[T], documents: Documents, read: Callable[[Document], T]) -> dict[str, T]:
    found = cache.take(keys)
    missing = [key for key in keys if key not in found]
    if missing:
        found.update((key, read(document)) for key, document in documents.load(missing).items())
    return found


def _customer_of(document: Document) -> str:
    owner: str = document["customer"]
    return owner


def customer(document: Document) -> Customer:
    """The customer that a document holds."""
    body = _decode(document["body"])
    return Customer(
        document["_id"],
        document["version"],
        document["at"],
        document.get("merged_into", ""),
        body.accounts,
        body.links,
        body.absorbed,
        [Refusal(*refusal) for refusal in body.refused],
        body.refused_forgotten,
    )


def customer_document(customer: Customer) -> Document:
    """The customer as it is to be stored: `message` is what is published and served, `body` what is decided from."""
    body = _Body(
        customer.accounts,
        customer.links,
        customer.absorbed,
        [(refusal.account, refusal.identifier, refusal.rule) for refusal in customer.refused],
        customer.refused_forgotten,
    )
    document: Document = {
        "_id": customer.id,
        "version": customer.version,
        "state": MERGED if customer.merged_into else LIVE,
        "at": customer.changed_at,
        "message": customer_message(customer),
        "body": _encode(body),
    }
    if customer.merged_into:
        document["merged_into"] = customer.merged_into
    return document


def membership_document(membership: Membership) -> Document:
    """The membership as it is to be stored; times in milliseconds since 1970."""
    return {
        "_id": membership.account,
        "version": membership.version,
        "customer": membership.customer,
        "birth_id": membership.birth_id,
        "previous": membership.previous,
        "cause": membership.cause.value,
        "at": membership.at,
    }


def identifier_document(ownership: Ownership) -> Document:
    """The identifier's owner as it is to be stored."""
    return {"_id": ownership.identifier, "version": ownership.version, "customer": ownership.customer}
