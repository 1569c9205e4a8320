"""Customers as the server reads them: as the primary has them, and live, whatever id led to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from chassis.ports import Document, Documents
from identity_resolution.adapters import customers as stored
from identity_resolution.adapters.following import live_documents
from identity_resolution.adapters.refusals import nobody
from identity_resolution.domain.customers import Customer


class People:
    """Finds customers by ids and accounts."""

    def __init__(self, customers: Documents, memberships: Documents) -> None:
        self._customers = customers
        self._memberships = memberships

    def live(self, ids: Iterable[str]) -> dict[str, Document]:
        """The documents of the live customers of ids, which may have been merged away more than once."""
        return live_documents(self._customers, ids)

    def live_ids(self, ids: Iterable[str]) -> dict[str, str]:
        """The ids of the live customers of ids."""
        return {id_: document["_id"] for id_, document in self.live(ids).items()}

    def named(self, accounts: Collection[str]) -> dict[str, str]:
        """The customers that accounts are said to belong to; a moment later, these may have been merged away."""
        found = self._memberships.load(accounts) if accounts else {}
        return {account: document["customer"] for account, document in found.items()}

    def of_accounts(self, accounts: Collection[str]) -> dict[str, str]:
        """The ids of the live customers of accounts that are known."""
        named = self.named(accounts)
        live = self.live_ids(set(named.values()))
        return {account: live[id_] for account, id_ in named.items() if id_ in live}

    def customers(self, places: Mapping[str, str]) -> dict[str, Customer]:
        """The live customers of ids, which are given with the fields that name them, by these ids.

        Raises `RpcError` NOT_FOUND for the first that is nobody's.
        """
        live = self.live(places)
        for id_, field in places.items():
            if id_ not in live:
                raise nobody(field)
        read = {document["_id"]: stored.customer(document) for document in live.values()}
        return {id_: read[live[id_]["_id"]] for id_ in places}

    def customer(self, id_: str, field: str = "name") -> Customer:
        """The live customer of an id; raises as `customers`."""
        return self.customers({id_: field})[id_]
