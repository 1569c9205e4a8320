"""Who is one person, decided anew from all evidence on some accounts: a pure function of that evidence.

Every account begins alone. What people said comes first; then the ties, the strongest first, and each joins the two
sides that it ties unless a guard forbids it (single linkage, as Kruskal's algorithm builds a spanning forest, under
guards). The outcome does not depend on the order in which evidence arrived, but where ties of one strength compete:
there the older one wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from identity_resolution.domain.customers import NOT_TYING, Constraint, Customer, Shown
from identity_resolution.domain.evidence import ConstraintKind
from identity_resolution.domain.learnt import Learnt
from identity_resolution.domain.parting import Part, Parting, Tie
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.sides import Side


def partition(customers: Sequence[Customer], policy: Policy) -> list[Part]:
    """The persons among the accounts of these customers, in the order of their least accounts' keys."""
    parting = Parting(_singles(customers), policy)
    parting.obey(_constraints(customers))
    for tie in sorted(_ties(customers, policy)):
        parting.take(tie)
    parts = parting.parts()
    parting.tell_all_sides(parts)
    return parts


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

    Of one identifier, the accounts come first that people vouched for, then those that can be told apart from others.
    So one of which nothing else is known finds all of them there, and is joined to none by chance.
    """
    accounts = {account for each in customers for account in each.accounts}
    vouched, told_apart = _named(customers, ConstraintKind.MUST_LINK), _told_apart(customers, policy)
    for customer in customers:
        for account, identifier, shown in _shown(customer):
            yield Tie.claim(
                account,
                identifier,
                shown,
                policy.trust_in(identifier),
                is_vouched=account in vouched,
                is_plain=account not in told_apart,
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


def _named(customers: Sequence[Customer], kind: ConstraintKind) -> set[str]:
    return {
        account
        for each in customers
        for constraint in each.constraints.values()
        if constraint.kind is kind
        for account in constraint.accounts()
    }


def _told_apart(customers: Sequence[Customer], policy: Policy) -> set[str]:
    """Accounts of which more is known than what they show."""
    found = _named(customers, ConstraintKind.CANNOT_LINK)
    for customer in customers:
        found.update(customer.side().against)
        for account, exclusives in customer.exclusives.items():
            if any(name in policy.conflicts for name, _ in exclusives):
                found.add(account)
    return found
