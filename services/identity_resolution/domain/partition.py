"""Who is one person, decided anew from all evidence on some accounts: a pure function of that evidence.

Every account begins alone. What people said comes first; then the ties, the strongest first, and each joins the two
sides that it ties unless a guard forbids it (single linkage, as Kruskal's algorithm builds a spanning forest, under
guards). The outcome does not depend on the order in which evidence arrived, but where ties of one strength compete:
there the older one wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from identity_resolution.domain.customers import NOT_TYING, Constraint, Customer, Shown
from identity_resolution.domain.evidence import ConstraintKind
from identity_resolution.domain.learnt import Learnt
from identity_resolution.domain.parting import Part, Parting, Tie
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.sides import Side


def partition(customers: Sequence[Customer], policy: Policy) -> list[Part]:
    """The persons among the accounts of these customers, in the order of their least accounts' keys.

    A must-link makes one of the persons that its accounts belong to by evidence, whole. So where people linked any, all
    is decided once without that, and again with these joined beforehand.
    """
    constraints, ties = _constraints(customers), sorted(_ties(customers, policy))
    parting = _decided(_singles(customers), constraints, ties, policy)
    linked = parting.link(constraints)
    if linked:
        known = {account for part in linked for account in part.side.accounts}
        others = [part for part in _singles(customers) if known.isdisjoint(part.side.accounts)]
        parting = _decided([*linked, *others], constraints, ties, policy)
    parts = parting.parts()
    parting.tell_all_sides(parts)
    return parts


def _decided(parts: Iterable[Part], constraints: Sequence[Constraint], ties: Sequence[Tie], policy: Policy) -> Parting:
    parting = Parting(parts, policy)
    parting.keep_apart(constraints)
    for tie in ties:
        parting.take(tie)
    return parting


def joined_by(learnt: Learnt, customers: Sequence[Customer], policy: Policy) -> list[Part]:
    """The persons among whole customers, of which only what is new may join some; with its links and refusals."""
    holders = {
        claim.identifier: [
            next(iter(each.links[claim.identifier])) for each in customers if claim.identifier in each.links
        ]
        for claim in learnt.claims
    }
    parting = Parting([Part(each.side().copy()) for each in customers], policy, holders)
    ties = [Tie.claim(learnt.account, identifier, learnt.shown, trust) for identifier, _, trust in learnt.claims]
    ties += [Tie.match(pair.key, pair.likeness.weight, learnt.shown) for pair in learnt.matches(policy.link)]
    for tie in sorted(ties):
        parting.take(tie)
    return parting.parts()


def _singles(customers: Sequence[Customer]) -> Iterator[Part]:
    """Each account as a part of its own, with all that guards look at but what it shows."""
    sides = {account: Side({account}) for each in customers for account in each.accounts}
    for customer in customers:
        for account, exclusives in customer.exclusives.items():
            sides[account].be_exclusive(exclusives)
        for pair, likeness in customer.pairs.items():
            for account in pair:
                if account in sides:
                    sides[account].contradict(pair, likeness.personal)
    return map(Part, sides.values())


def _constraints(customers: Sequence[Customer]) -> list[Constraint]:
    """What people said of the accounts, oldest first."""
    found = {id_: constraint for each in customers for id_, constraint in each.constraints.items()}
    return sorted(found.values(), key=lambda constraint: constraint.id)


def _ties(customers: Sequence[Customer], policy: Policy) -> Iterator[Tie]:
    """All that ties the accounts.

    Of one identifier, the accounts come first that can be told apart from others. So one of which nothing else is known
    finds all of them there, and is joined to none by chance.
    """
    accounts = {account for each in customers for account in each.accounts}
    told_apart, kept_apart = _told_apart(customers, policy), _kept_apart(customers)
    for customer in customers:
        for account, identifier, shown in _shown(customer):
            yield Tie.claim(
                account,
                identifier,
                shown,
                policy.trust_in(identifier),
                is_plain=account not in told_apart and (account, identifier) not in kept_apart,
            )
    known = {pair: likeness for each in customers for pair, likeness in each.pairs.items()}
    for pair, likeness in known.items():
        if likeness.weight >= policy.link and accounts.issuperset(pair):
            yield Tie.match(pair, likeness.weight, likeness.shown)


def _shown(customer: Customer) -> Iterator[tuple[str, str, Shown]]:
    """What the customer's accounts showed that may tie: what it holds, and what it could not hold."""
    for identifier, holders in customer.links.items():
        for account, shown in holders.items():
            yield account, identifier, shown
    for refusal in customer.refused.values():
        if refusal.is_pair or refusal.rule in NOT_TYING:
            continue
        if refusal.account not in customer.links.get(refusal.other, ()):
            yield refusal.account, refusal.other, refusal.shown


def _kept_apart(customers: Sequence[Customer]) -> set[tuple[str, str]]:
    """Accounts and identifiers that they show, as do others from whom people keep them apart."""
    constraints = [each for each in _constraints(customers) if each.kind is ConstraintKind.CANNOT_LINK]
    found: set[tuple[str, str]] = set()
    if not constraints:
        return found
    showing: dict[str, list[str]] = {}
    for customer in customers:
        for account, identifier, _ in _shown(customer):
            showing.setdefault(account, []).append(identifier)
    for constraint in constraints:
        sides: dict[str, set[int]] = {}
        shown = [
            (number, account, identifier)
            for number, side in enumerate(constraint.sides)
            for account in side
            for identifier in showing.get(account, ())
        ]
        for number, _, identifier in shown:
            sides.setdefault(identifier, set()).add(number)
        found.update((account, identifier) for _, account, identifier in shown if len(sides[identifier]) > 1)
    return found


def _told_apart(customers: Sequence[Customer], policy: Policy) -> set[str]:
    """Accounts of which more is known than what they show."""
    found: set[str] = set()
    for customer in customers:
        found.update(customer.side().against)
        for account, exclusives in customer.exclusives.items():
            if any(name in policy.conflicts for name, _ in exclusives):
                found.add(account)
    return found
