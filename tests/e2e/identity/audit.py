"""What must be true of customers once all is quiet: checked against the log of evidence, and with networkx."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import networkx

from chassis.ports import Document
from chassis.records import Record
from identity_resolution.adapters.customers import customer
from identity_resolution.domain.customers import Constraint, Customer, pair_key
from identity_resolution.domain.evidence import ConstraintKind
from identity_resolution.domain.policy import Policy
from rapport.identity.v1 import events_pb2 as pb

Stored = Mapping[str, Mapping[str, Document]]
"""Documents by collection and id."""
Groups = set[frozenset[str]]


@dataclass(frozen=True)
class Decided:
    """What the store holds of decisions, as the domain has it."""

    stored: Stored
    customers: dict[str, Customer]

    @classmethod
    def read(cls, stored: Stored) -> Decided:
        """Decode it."""
        return cls(stored, {id_: customer(document) for id_, document in stored["customers"].items()})

    @property
    def live(self) -> list[Customer]:
        """The customers that have accounts."""
        return [each for each in self.customers.values() if not each.merged_into]

    @property
    def people(self) -> Groups:
        """The accounts of each live customer."""
        return {frozenset(each.accounts) for each in self.live}

    @cached_property
    def owners(self) -> dict[str, Customer]:
        """The live customer of each account."""
        return {account: each for each in self.live for account in each.accounts}


def faults(decided: Decided, log: Iterable[pb.EvidenceEntry], policy: Policy) -> list[str]:
    """Everything that is wrong with what was decided from the log, a sentence each."""
    entries = list(log)
    return [
        *memberships(decided),
        *merged_ones(decided),
        *whole(decided, [each.evidence for each in entries if each.WhichOneof("entry") == "evidence"]),
        *answered(decided, [each.command for each in entries if each.WhichOneof("entry") == "command"]),
        *connected(decided, policy),
    ]


def memberships(decided: Decided) -> Iterator[str]:
    """I4: an account has one customer, and its membership says which."""
    counted = Counter(account for each in decided.live for account in each.accounts)
    yield from (f"{account} belongs to {count} customers" for account, count in counted.items() if count != 1)
    owners = {account: each.id for account, each in decided.owners.items()}
    told = {account: each["customer"] for account, each in decided.stored["memberships"].items()}
    yield from (
        f"{account} is said to belong to {told.get(account)} and does to {owners.get(account)}"
        for account in sorted(owners.keys() | told.keys())
        if owners.get(account) != told.get(account)
    )
    for each in decided.live:
        if each.id != min(each.accounts.values(), default=""):
            yield f"{each.id} is not the least birth id of its accounts"


def merged_ones(decided: Decided) -> Iterator[str]:
    """I6: whoever was merged away leads to the live customer that has the account born with its id."""
    born = {birth: each.id for each in decided.live for birth in each.accounts.values()}
    for id_, each in decided.customers.items():
        end, hops = each, 0
        while end.merged_into and hops <= len(decided.customers):
            end, hops = decided.customers[end.merged_into], hops + 1
        if end.merged_into or end.id != born.get(id_):
            yield f"{id_} leads to {end.id}, and its account is of {born.get(id_)}"
        elif end is not each and id_ not in end.absorbed:
            yield f"{end.id} does not say that it has absorbed {id_}"


def whole(decided: Decided, evidence: Iterable[pb.Evidence]) -> Iterator[str]:
    """Nothing is lost: each claim is a link or a refusal of its account's customer, each likeness is known to both."""
    owners = decided.owners
    for each in evidence:
        home = owners.get(each.account_key)
        if home is None:
            yield f"{each.account_key} is nobody's"
            continue
        for claim in each.claims:
            if (
                each.account_key not in home.links.get(claim.key, ())
                and (each.account_key, claim.key) not in home.refused
            ):
                yield f"the claim of {each.account_key} to {claim.key} is neither a link nor a refusal"
        for pair in each.pairs:
            key = pair_key(each.account_key, pair.other_account_key)
            if any(key not in owners[account].pairs for account in key):
                yield f"the likeness of {key} is not known to the customers of both"
        known = set(home.exclusives.get(each.account_key, ()))
        if not known.issuperset((value.field, value.token) for value in each.exclusives):
            yield f"an exclusive value of {each.account_key} is lost"
    yield from (f"{each.id} has forgotten {each.forgotten}" for each in decided.live if each.forgotten)


def answered(decided: Decided, commands: Iterable[pb.Command]) -> Iterator[str]:
    """Every command has one outcome, which names a decision or an error, or says that nothing came of it."""
    outcomes = decided.stored["outcomes"]
    for id_ in sorted({each.request_id for each in commands} ^ outcomes.keys()):
        yield f"the command {id_} has {'an outcome and was not given' if id_ in outcomes else 'no outcome'}"
    for id_, outcome in outcomes.items():
        if outcome["decision"] and outcome["decision"] not in decided.stored["decisions"]:
            yield f"the outcome of {id_} names a decision that is not there"


def told(decided: Decided, customers: Iterable[Record], assignments: Iterable[Record]) -> list[str]:
    """I8: of each customer and each account the highest version that was published is what is stored."""
    newest: dict[str, tuple[int, bytes]] = {}
    for record in customers:
        message = pb.Customer.FromString(record.value or b"")
        newest[message.customer_id] = max(
            newest.get(message.customer_id, (0, b"")), (message.version, record.value or b"")
        )
    owners: dict[str, tuple[int, str]] = {}
    for record in assignments:
        moved = pb.Assignment.FromString(record.value or b"")
        owners[moved.account_key] = max(owners.get(moved.account_key, (0, "")), (moved.version, moved.customer_id))
    stored = {id_: (each["told"], each["message"]) for id_, each in decided.stored["customers"].items()}
    belongs = {id_: (each["version"], each["customer"]) for id_, each in decided.stored["memberships"].items()}
    return [
        *(
            f"{id_} is told of otherwise"
            for id_ in sorted(stored.keys() | newest)
            if stored.get(id_) != newest.get(id_)
        ),
        *(
            f"{id_} is told of otherwise"
            for id_ in sorted(belongs.keys() | owners)
            if belongs.get(id_) != owners.get(id_)
        ),
    ]


def found_again(decided: Decided, people: Iterable[Sequence[str]]) -> tuple[float, float]:
    """Pairwise precision and recall of the customers, as far as the accounts of these people go."""
    person_of = {account: number for number, accounts in enumerate(people) for account in accounts}
    both = Counter((decided.owners[account].id, number) for account, number in person_of.items())
    owners, persons = Counter(decided.owners[account].id for account in person_of), Counter(person_of.values())
    right, found, true = (_pairs(counts.values()) for counts in (both, owners, persons))
    return right / found, right / true


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def connected(decided: Decided, policy: Policy) -> Iterator[str]:
    """I5: given the recorded links and refusals, the customers are the components of the graph that they make."""
    components = tied(decided, policy)
    for people in sorted(map(sorted, components - decided.people)):
        names = sorted({decided.owners[account].id for account in people})
        yield f"I5: {', '.join(people)} are tied, and are customers {', '.join(names)}"
    for people in sorted(map(sorted, decided.people - components)):
        yield f"I5: {', '.join(people)} are one customer, and not tied"


def tied(decided: Decided, policy: Policy) -> Groups:
    """The components, by networkx, of accounts and what ties them.

    An identifier is one node for all customers that hold it, but for one where an account's claim to it is refused:
    there it ties that customer's accounts and nobody else. A match ties unless it is refused on either side. A
    must-link ties all that it names, unless a cannot-link stands between.
    """
    graph: networkx.Graph[object] = networkx.Graph()
    for each in decided.live:
        graph.add_nodes_from(each.accounts)
        refused = {refusal.other for refusal in each.refused.values() if not refusal.is_pair}
        for identifier, shown in each.links.items():
            node = (identifier, each.id if identifier in refused else "")
            graph.add_edges_from((account, node) for account in shown)
    refused_pairs = {
        pair_key(refusal.account, refusal.other)
        for each in decided.live
        for refusal in each.refused.values()
        if refusal.is_pair
    }
    for each in decided.live:
        graph.add_edges_from(
            pair for pair, like in each.pairs.items() if like.weight >= policy.link and pair not in refused_pairs
        )
    graph.add_edges_from(_must_links(decided))
    accounts = decided.owners.keys()
    return {frozenset(part & accounts) for part in networkx.connected_components(graph)}


def _must_links(decided: Decided) -> Iterator[tuple[str, str]]:
    owners = decided.owners
    constraints = {id_: each for one in decided.live for id_, each in one.constraints.items()}
    apart = [each for each in constraints.values() if each.kind is ConstraintKind.CANNOT_LINK]
    sides: dict[str, dict[str, set[int]]] = defaultdict(dict)
    for constraint in apart:
        for number, side in enumerate(constraint.sides):
            for account in side:
                sides[owners[account].id].setdefault(constraint.id, set()).add(number)
    for constraint in constraints.values():
        if constraint.kind is ConstraintKind.MUST_LINK:
            yield from _together(constraint, owners, sides)


def _together(
    constraint: Constraint, owners: Mapping[str, Customer], sides: Mapping[str, Mapping[str, set[int]]]
) -> Iterator[tuple[str, str]]:
    """The accounts of a must-link, in a chain through those of one customer first, where nothing keeps them apart."""
    for one, other in pairwise(sorted(constraint.accounts(), key=lambda account: owners[account].id)):
        mine, theirs = (sides.get(owners[account].id, {}) for account in (one, other))
        if all(len(mine[id_] | theirs[id_]) == 1 for id_ in mine.keys() & theirs.keys()):
            yield one, other
