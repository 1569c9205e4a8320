"""What the service holds of a person.

Some documents name accounts and are found from others: blocks from details, identifiers from accounts and customers,
decisions and suggestions from customers. An erasure therefore removes what is found before what it is found from, so
that where nothing is found, nothing is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from chassis.ports import Document, Documents
from identity_resolution.adapters import accounts, blocks, collections, customers, decided, details
from identity_resolution.domain.customers import Customer
from identity_resolution.domain.decisions import Decision, suggestion_id
from identity_resolution.domain.matching import blocking
from identity_resolution.domain.matching.rules import MatchingRules
from rapport.identity.v1.events_pb2 import Customer as CustomerMessage
from wire.holdings import Kept, Whose
from wire.kept import by_field, by_id, loaded, of_accounts, of_customers, rows
from wire.plain import Plain, plain

Open = Callable[[str], Documents]


def kept(documents: Open, matching: MatchingRules, hashed: Callable[[str], str]) -> Sequence[Kept]:
    """All collections in which something of people is kept. `hashed` makes the ids of blocks of their keys."""
    held = _Held(documents, matching, hashed)
    return (*_of_accounts(documents), *_shared(held), *_decided(documents, held))


def _of_accounts(documents: Open) -> Iterator[Kept]:
    """What is found by the accounts' keys and the customers' ids."""
    yield Kept(
        collections.CUSTOMERS,
        "the accounts held to be this person, what ties them and how alike they are to others; ids merged into it",
        by_id(documents(collections.CUSTOMERS), of_customers),
        lambda each, _: {
            "published": plain(CustomerMessage.FromString(each["message"])),
            "stored": plain(customers.customer(each)),
        },
    )
    yield rows(
        collections.MEMBERSHIPS,
        "the customer that each account belongs to, since when and why",
        by_id(documents(collections.MEMBERSHIPS), of_accounts),
    )
    yield Kept(
        collections.ACCOUNTS,
        "of each account: ids of its newest interactions, identifiers that it showed, hashes of details",
        by_id(documents(collections.ACCOUNTS), of_accounts),
        lambda each, _: plain(accounts.account(each)),
    )
    yield Kept(
        collections.DETAILS,
        "of each account: names, dates, addresses as they are compared, and how alike it is to others",
        by_id(documents(collections.DETAILS), of_accounts),
        lambda each, _: plain(details.known(each)),
    )


def _shared(held: _Held) -> Iterator[Kept]:
    """What several people may share: of the others only how many there are."""
    yield Kept(
        collections.IDENTIFIERS,
        "identifiers that the accounts showed, most of them hashed",
        held.identifiers,
        lambda each, whose: {"state": each["state"], **_own(each["accounts"], whose)},
    )
    yield Kept(
        collections.BLOCKS,
        "hashes of details by which accounts are found that may be one person's",
        held.blocks,
        lambda each, whose: _own(blocks.members(each), whose),
    )


def _decided(documents: Open, held: _Held) -> Iterator[Kept]:
    yield Kept(
        collections.DECISIONS,
        "what brought accounts together or parted them, who decided it and why",
        held.decisions,
        lambda each, _: plain(decided.decision(each)),
    )
    yield Kept(
        collections.CONSTRAINTS,
        "what people said of accounts that are, or are not, one person",
        held.constraints,
        lambda each, _: {"said": plain(decided.constraint(each)[0]), "holds": each["holds"]},
    )
    yield Kept(
        collections.SUGGESTIONS,
        "pairs of accounts that may be one person",
        held.suggestions,
        lambda each, _: plain(decided.suggestion(each)),
    )
    yield Kept(
        collections.RELATIONSHIPS,
        "households, employers and the like that people have told of an account",
        held.relationships,
        lambda each, _: plain(decided.relationship(each)),
    )
    yield rows(
        collections.OUTCOMES,
        "what came of people's commands, by their request ids",
        by_id(documents(collections.OUTCOMES), held.requests),
    )


def _own(accounts: Iterable[str], whose: Whose) -> dict[str, Plain]:
    everybody = list(accounts)
    own = [account for account in everybody if account in whose.accounts]
    return {"accounts": [*own], "others": len(everybody) - len(own)}


class _Held:
    """Finds documents that are named by others."""

    def __init__(self, documents: Open, matching: MatchingRules, hashed: Callable[[str], str]) -> None:
        self._open = documents
        self._matching = matching
        self._hash = hashed
        self._relationships = by_field(documents(collections.RELATIONSHIPS), "account", "_id", of_accounts)

    def identifiers(self, whose: Whose) -> Iterator[Document]:
        """Identifiers that one of the accounts showed, whether they tie or not."""
        own = frozenset(whose.accounts)
        keys = {key for each in self._customers(whose) for key in _identifiers(each)}
        for document in self._load(collections.ACCOUNTS, whose.accounts):
            keys.update(accounts.account(document).shown)
        return (each for each in self._load(collections.IDENTIFIERS, keys) if not own.isdisjoint(each["accounts"]))

    def blocks(self, whose: Whose) -> Iterator[Document]:
        """Blocks of the accounts' details, and of the identifiers by which they were compared."""
        own = frozenset(whose.accounts)
        keys = {
            key
            for document in self._load(collections.DETAILS, whose.accounts)
            for key in blocking.keys(details.known(document).details, self._matching)
        }
        for document in self._load(collections.ACCOUNTS, whose.accounts):
            keys.update(accounts.account(document).shown)
        found = self._load(collections.BLOCKS, map(self._hash, keys))
        return (each for each in found if not own.isdisjoint(blocks.members(each)))

    def decisions(self, whose: Whose) -> Iterator[Document]:
        """Decisions that made the customers, or accounts' memberships, what they are."""
        ids = {id_ for customer in self._customers(whose) for id_ in customer.decisions}
        moved = self._load(collections.MEMBERSHIPS, whose.accounts)
        ids.update(each["decision"] for each in moved if each["decision"])
        return self._load(collections.DECISIONS, ids)

    def requests(self, whose: Whose) -> Sequence[str]:
        """The request ids of the decisions."""
        return sorted({each.request_id for each in self._decisions(whose)} - {""})

    def constraints(self, whose: Whose) -> Iterator[Document]:
        """Constraints that hold, and those that decisions made."""
        ids = {id_ for customer in self._customers(whose) for id_ in customer.constraints}
        ids.update(id_ for decision in self._decisions(whose) for id_ in decision.constraints)
        return self._load(collections.CONSTRAINTS, ids)

    def suggestions(self, whose: Whose) -> Iterator[Document]:
        """Suggestions about one of the accounts."""
        own = frozenset(whose.accounts)
        ids = {suggestion_id(*pair) for customer in self._customers(whose) for pair in _pairs(customer)}
        for document in self.identifiers(whose):
            everybody = document["accounts"]
            ids.update(suggestion_id(one, other) for one in everybody if one in own for other in everybody)
        return self._load(collections.SUGGESTIONS, ids)

    def relationships(self, whose: Whose) -> Iterator[Document]:
        """Relationships of the accounts, each of them also as the other side finds it."""
        for document in self._relationships(whose):
            yield document
            id_, other_side, _ = document["_id"].partition(decided.OTHER_SIDE)
            other = id_ if other_side else id_ + decided.OTHER_SIDE
            found = self._load(collections.RELATIONSHIPS, [other])
            yield from (each for each in found if each["account"] not in whose.accounts)

    def _customers(self, whose: Whose) -> Iterator[Customer]:
        return map(customers.customer, self._load(collections.CUSTOMERS, whose.customers))

    def _decisions(self, whose: Whose) -> Iterator[Decision]:
        return map(decided.decision, self.decisions(whose))

    def _load(self, collection: str, ids: Iterable[str]) -> Iterator[Document]:
        return loaded(self._open(collection), sorted(ids))


def _identifiers(customer: Customer) -> Iterator[str]:
    yield from customer.links
    yield from (each.other for each in customer.refused.values() if not each.is_pair)


def _pairs(customer: Customer) -> Iterator[tuple[str, str]]:
    yield from customer.pairs
    yield from ((each.account, each.other) for each in customer.refused.values() if each.is_pair)
