"""Customers, memberships and identifiers as documents. Kept in memory too: whoever decides is their only writer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

import msgspec

from chassis.ports import Document, Documents, Query
from chassis.store.cache import Cache
from identity_resolution.adapters import collections, decided
from identity_resolution.adapters.following import live_documents
from identity_resolution.adapters.markers import Hash, StoredMarkers, marker_documents
from identity_resolution.adapters.messages import customer_message
from identity_resolution.adapters.writing import delete, write
from identity_resolution.application.ports import Commit, Erasure, Late
from identity_resolution.domain.acts.erasing import neighbours, suggestions_about
from identity_resolution.domain.customers import (
    Constraint,
    Customer,
    IdentifierState,
    Likeness,
    Membership,
    Refusal,
    Showing,
    Shown,
)
from identity_resolution.domain.decisions import Relationship
from identity_resolution.domain.evidence import Command, Erase, Evidence, RelationshipKind
from identity_resolution.domain.named import Named, named
from identity_resolution.domain.staging import Fetch, Forgotten, Staging

MOST_RELATIONSHIPS = 1_000
"""Of one account."""

LIVE = "live"
MERGED = "merged"

T = TypeVar("T")
Showed = tuple[tuple[str, ...], IdentifierState]


class _Body(msgspec.Struct, array_like=True):
    """Everything of a customer that is not asked for by a query."""

    accounts: dict[str, str]
    links: dict[str, dict[str, Shown]]
    exclusives: dict[str, tuple[tuple[str, str], ...]]
    pairs: list[tuple[str, str, Likeness]]
    refused: list[Refusal]
    constraints: list[Constraint]
    absorbed: list[str]
    decisions: list[str]
    forgotten: int


# Keys keep their order: decisions must not depend on whether a customer was kept in memory or read again.
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode


class StoredCustomers:
    """The `Customers` port over the service's collections, which `documents` opens by name.

    Markers bear a keyed hash, by `hashed`, of whom they are of.
    """

    def __init__(
        self,
        documents: Callable[[str], Documents],
        hashed: Hash,
        *,
        customers_kept: int = 50_000,
        keys_kept: int = 200_000,
    ) -> None:
        self._documents = {name: documents(name) for name in collections.DECIDED}
        self._hash = hashed
        self._markers = StoredMarkers(self._documents[collections.MARKERS], hashed)
        self._latest_erasure: int | None = None
        self._kept_customers: Cache[Customer] = Cache(customers_kept)
        self._kept_memberships: Cache[str] = Cache(keys_kept)
        self._kept_identifiers: Cache[Showed] = Cache(keys_kept)

    def forget(self) -> None:
        """Keep nothing in memory: somebody else may have written."""
        self._latest_erasure = None
        self._kept_customers.clear()
        self._kept_memberships.clear()
        self._kept_identifiers.clear()

    def load(self, entries: Collection[Evidence], staging: Staging) -> None:
        """Put into the staging what is stored of all that the evidence names. Raises KeyError where one is missing."""
        accounts = {evidence.account for evidence in entries}
        accounts.update(pair.other for evidence in entries for pair in evidence.pairs)
        identifiers = {identifier for evidence in entries for identifier in evidence.identifiers}
        self._load(accounts, identifiers, staging)
        self._load_markers(entries, staging)
        staging.fetch = self._fetching(staging)

    def load_command(self, command: Command, staging: Staging) -> None:
        """Put into the staging what is stored of all that the command names, and of all that it may concern."""
        read = self._read
        staging.fetch = self._fetching(staging)
        staging.outcomes.update(read(collections.OUTCOMES, [command.request_id], decided.outcome))
        wanted = named(command.act)
        staging.decisions.update(read(collections.DECISIONS, wanted.decisions, decided.decision))
        made = [id_ for decision in staging.decisions.values() for id_ in decision.constraints]
        constraints = read(collections.CONSTRAINTS, [*wanted.constraints, *made], decided.constraint)
        staging.constraints.update((id_, each) for id_, (each, holds) in constraints.items() if holds)
        staging.suggestions.update(read(collections.SUGGESTIONS, wanted.suggestions, decided.suggestion))
        staging.relationships.update(read(collections.RELATIONSHIPS, wanted.relationships, decided.relationship))
        live = live_documents(self._documents[collections.CUSTOMERS], wanted.customers)
        staging.live.update({id_: document["_id"] for id_, document in live.items()})
        self._load_customers(set(staging.live.values()), staging)
        self._load(_accounts(wanted, staging), set(wanted.identifiers), staging)
        if wanted.with_neighbours:
            self._load_neighbours(list(staging.live.values()), staging)
        if isinstance(command.act, Erase):
            self._load_all_of(list(staging.live.values()), staging)

    def _fetching(self, staging: Staging) -> Fetch:
        """What a decision asks for that reaches further than what its entry names."""
        return lambda accounts, identifiers: self._load(set(accounts), set(identifiers), staging)

    def _load(self, accounts: set[str], identifiers: set[str], staging: Staging) -> None:
        """Load accounts and identifiers, and the customers of the accounts and of those that showed the identifiers.

        What the staging knows stands: it may have changed since it was stored.
        """
        unknown = identifiers - staging.identifiers.keys()
        shown = self._fetch(unknown, self._kept_identifiers, collections.IDENTIFIERS, _showed)
        for identifier, (showed, state) in shown.items():
            staging.identifiers[identifier] = showed
            staging.states[identifier] = state
        wanted = accounts.union(*(staging.identifiers.get(identifier, ()) for identifier in identifiers))
        missing = wanted - staging.memberships.keys()
        staging.memberships.update(self._fetch(missing, self._kept_memberships, collections.MEMBERSHIPS, _customer_of))
        self._load_customers({staging.memberships[each] for each in wanted if each in staging.memberships}, staging)

    def _load_customers(self, ids: set[str], staging: Staging) -> None:
        missing = ids - staging.customers.keys()
        found = self._fetch(missing, self._kept_customers, collections.CUSTOMERS, customer)
        staging.know([found[id_] for id_ in missing])

    def _load_neighbours(self, ids: Iterable[str], staging: Staging) -> None:
        """Load whom the evidence on these customers leads to, whatever became of it."""
        customers = [staging.customers[id_] for id_ in ids]
        accounts = {account for each in customers for pair in each.pairs for account in pair}
        identifiers = {identifier for each in customers for identifier in each.links}
        identifiers.update(each.other for one in customers for each in one.refused.values() if not each.is_pair)
        self._load(accounts, identifiers, staging)

    def _load_all_of(self, ids: Iterable[str], staging: Staging) -> None:
        """Load what else was decided or said of these customers, whatever became of it, and ids that lead to them."""
        for customer in [staging.customers[id_] for id_ in ids]:
            absorbed = live_documents(self._documents[collections.CUSTOMERS], customer.absorbed)
            staging.live.update({id_: document["_id"] for id_, document in absorbed.items()})
            staging.decisions.update(self._read(collections.DECISIONS, customer.decisions, decided.decision))
            said = {id_ for each in staging.decisions.values() for id_ in each.constraints}
            said.update(each.id for decision in staging.decisions.values() for each in decision.released)
            constraints = self._read(collections.CONSTRAINTS, said, decided.constraint)
            staging.constraints.update({id_: constraint for id_, (constraint, _) in constraints.items()})
            self._load(neighbours(customer), set(), staging)
            suggested = suggestions_about(customer, staging)
            staging.suggestions.update(self._read(collections.SUGGESTIONS, suggested, decided.suggestion))
            for account in customer.accounts:
                query = Query(equals={"account": account}, limit=MOST_RELATIONSHIPS)
                found = self._documents[collections.RELATIONSHIPS].find(query)
                staging.relationships.update((each.id, each) for each in map(decided.relationship, found))

    def _load_markers(self, entries: Collection[Evidence], staging: Staging) -> None:
        """Load those markers that matter: nobody was erased later than the latest, and who is known has come back."""
        if self._latest_erasure is None:
            self._latest_erasure = self._markers.latest()
        if self._latest_erasure < 0:
            return
        old = [each for each in entries if each.occurred_at <= self._latest_erasure]
        accounts = {each.account for each in old}
        accounts.update(pair.other for each in entries for pair in each.pairs if pair.other not in staging.memberships)
        identifiers = {identifier for each in old for identifier in each.identifiers}
        staging.erased_accounts.update(self._markers.accounts(accounts))
        staging.erased_identifiers.update(self._markers.identifiers(identifiers))

    def remember(self, staging: Staging) -> None:
        """Keep in memory what the staging knows: all of it is stored."""
        self._kept_memberships.put_all(staging.memberships)
        self._kept_identifiers.put_all(
            {
                identifier: (accounts, staging.states.get(identifier, IdentifierState.TYING))
                for identifier, accounts in staging.identifiers.items()
            }
        )
        self._kept_customers.put_all(
            {id_: customer for id_, customer in staging.customers.items() if not customer.merged_into}
        )

    def prepare(self, staging: Staging, position: int, latest: int) -> Commit:
        """The commit of all that has changed in the staging."""
        changes, forgotten = staging.changes, staging.changes.forgotten
        written: dict[str, list[Document]] = {
            collections.MARKERS: list(marker_documents(forgotten, position + 1, self._hash)) if forgotten else [],
            collections.DECISIONS: [decided.decision_document(each) for each in changes.decisions.values()],
            collections.CONSTRAINTS: [decided.constraint_document(*each) for each in changes.constraints.values()],
            collections.CUSTOMERS: [customer_document(each) for each in changes.customers.values()],
            collections.MEMBERSHIPS: [membership_document(each) for each in changes.memberships.values()],
            collections.IDENTIFIERS: [identifier_document(each) for each in changes.identifiers.values()],
            collections.SUGGESTIONS: [decided.suggestion_document(each) for each in changes.suggestions.values()],
            collections.RELATIONSHIPS: [
                document for each in changes.relationships.values() for document in decided.relationship_documents(each)
            ],
            collections.OUTCOMES: [decided.outcome_document(each) for each in changes.outcomes.values()],
        }
        documents = {name: documents for name, documents in written.items() if documents}
        erased = _erased(forgotten) if forgotten else {}
        return Commit(position, latest, documents, erased, _related(staging))

    def write(self, commit: Commit) -> None:
        """Write the commit's documents where what is stored is older, each before those that name it."""
        write(self._documents, commit)

    def stored(self, customers: Collection[str], accounts: Collection[str]) -> tuple[list[Document], list[Document]]:
        """The documents of these customers, and those of the memberships of these accounts, as they are now."""
        found = self._documents[collections.CUSTOMERS].load(customers)
        return list(found.values()), list(self._documents[collections.MEMBERSHIPS].load(accounts).values())

    def relationships(self, accounts: Collection[str]) -> dict[str, list[Relationship]]:
        """What holds of each of these accounts: a household from either side, all else from the one it is said of."""
        held: dict[str, list[Relationship]] = {}
        for account in accounts:
            query = Query(equals={"account": account, "is_over": False}, limit=MOST_RELATIONSHIPS)
            found = [decided.relationship(each) for each in self._documents[collections.RELATIONSHIPS].find(query)]
            held[account] = [
                each for each in found if each.account == account or each.kind is RelationshipKind.HOUSEHOLD
            ]
        return held

    def erase(self, late: Late) -> None:
        """Remove again what was removed, and brought back by whoever did not know."""
        if late.erased:
            delete(self._documents, late.erased, late.version)
            self.forget()

    def erased(self, customers: Collection[str], accounts: Collection[str]) -> tuple[list[Erasure], list[Erasure]]:
        """Those of the customers, and those of the accounts, that were erased."""
        return self._markers.erased_customers(customers), self._markers.erased_accounts(accounts)

    def _fetch(
        self, keys: Collection[str], cache: Cache[T], collection: str, read: Callable[[Document], T]
    ) -> dict[str, T]:
        found = cache.take(keys)
        missing = [key for key in keys if key not in found]
        if missing:
            found.update(self._read(collection, missing, read))
        return found

    def _read(self, collection: str, ids: Collection[str], read: Callable[[Document], T]) -> dict[str, T]:
        if not ids:
            return {}
        return {key: read(document) for key, document in self._documents[collection].load(ids).items()}


def _erased(forgotten: Forgotten) -> dict[str, list[str]]:
    """By collection the ids of what an erasure removes."""
    ids = {
        collections.CUSTOMERS: forgotten.customers,
        collections.MEMBERSHIPS: forgotten.accounts,
        collections.IDENTIFIERS: forgotten.identifiers,
        collections.DECISIONS: forgotten.decisions,
        collections.CONSTRAINTS: forgotten.constraints,
        collections.SUGGESTIONS: forgotten.suggestions,
        collections.RELATIONSHIPS: {
            side for id_ in forgotten.relationships for side in (id_, id_ + decided.OTHER_SIDE)
        },
    }
    return {name: sorted(named) for name, named in ids.items() if named}


def _related(staging: Staging) -> list[str]:
    """The accounts whose relationships change."""
    changes = staging.changes
    changed = list(changes.relationships.values())
    if changes.forgotten:
        changed += [staging.relationships[id_] for id_ in changes.forgotten.relationships]
    return sorted({account for each in changed for account in (each.account, each.other) if account})


def _accounts(wanted: Named, staging: Staging) -> set[str]:
    """All accounts that a command speaks of, also through what it names."""
    accounts = set(wanted.accounts)
    for decision in staging.decisions.values():
        accounts.update(account for _, before in decision.before for account in before)
    for constraint in staging.constraints.values():
        accounts.update(constraint.accounts())
    for suggestion in staging.suggestions.values():
        accounts.update(suggestion.pair)
    return accounts


def _customer_of(document: Document) -> str:
    owner: str = document["customer"]
    return owner


def _showed(document: Document) -> Showed:
    return tuple(document["accounts"]), IdentifierState(document["state"])


def customer(document: Document) -> Customer:
    """The customer that a document holds."""
    body = _decode(document["body"])
    return Customer(
        document["_id"],
        # What is read from the store may be a kind of number that is not taken back.
        int(document["version"]),
        int(document["told"]),
        int(document["at"]),
        document.get("merged_into", ""),
        body.accounts,
        body.links,
        body.exclusives,
        {(one, other): likeness for one, other, likeness in body.pairs},
        {(each.account, each.other): each for each in body.refused},
        {each.id: each for each in body.constraints},
        body.absorbed,
        body.decisions,
        body.forgotten,
    )


def customer_document(customer: Customer) -> Document:
    """The customer as it is to be stored: `message` is what is published and served, `body` what is decided from."""
    body = _Body(
        customer.accounts,
        customer.links,
        customer.exclusives,
        [(*pair, likeness) for pair, likeness in customer.pairs.items()],
        list(customer.refused.values()),
        list(customer.constraints.values()),
        customer.absorbed,
        customer.decisions,
        customer.forgotten,
    )
    document: Document = {
        "_id": customer.id,
        "version": customer.version,
        "state": MERGED if customer.merged_into else LIVE,
        "told": customer.told_version,
        "at": customer.told_at,
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
        "decision": membership.decision,
    }


def identifier_document(showing: Showing) -> Document:
    """Who showed an identifier, as it is to be stored."""
    return {
        "_id": showing.identifier,
        "version": showing.version,
        "accounts": list(showing.accounts),
        "state": showing.state.value,
    }
