"""Whether customers fit together so well that it does not matter which of their ties is tried first.

Guards look at a tie when it is tried, so what they forbid depends on what was joined before. But where nothing forbids
the whole, nothing forbids a part of it either: then every order makes all ties, and none needs to be tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import inf

from identity_resolution.domain.customers import Customer
from identity_resolution.domain.guards import all_compatible, cannot_links
from identity_resolution.domain.learnt import Claim, Learnt
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.sides import Side, contradictions


def all_fit(customers: Sequence[Customer], learnt: Learnt, policy: Policy) -> bool:
    """Whether no guard forbids anything among these customers and what is new of them, in whatever order.

    It may say no where all would be well.
    """
    sides = [each.side() for each in customers]
    return (
        _caps_hold(sides, learnt, policy)
        and _values_fit(sides, learnt.claims, policy, is_linked=any(each.constraints for each in customers))
        and _exclusives_fit(sides, learnt.exclusives, policy)
        and _are_not_kept_apart(sides)
        and _do_not_contradict(customers, sides, learnt, policy)
    )


def _caps_hold(sides: Sequence[Side], learnt: Learnt, policy: Policy) -> bool:
    """Whether they are not too many accounts and links for one customer."""
    caps = policy.caps
    return (
        sum(len(side.accounts) for side in sides) <= caps.accounts_per_customer
        and sum(side.links for side in sides) + len(learnt.claims) <= caps.links_per_customer
    )


def _values_fit(sides: Sequence[Side], claims: Sequence[Claim], policy: Policy, *, is_linked: bool) -> bool:
    """Whether they hold at most so many values of each type as may be held, were all shown at one time.

    What a side holds by itself is looked at only of types of which a person has one value; or where people may have
    linked what limits would have held back.
    """
    new: dict[str, int] = {}
    for identifier, type_, _ in claims:
        if all(identifier not in side.values.get(type_, ()) for side in sides):
            new[type_] = new.get(type_, 0) + 1
    types = dict.fromkeys(new)
    if is_linked or len(sides) > 1:
        types.update(dict.fromkeys(sides[0].values))
        types.update(dict.fromkeys(type_ for side in sides[1 if is_linked else 2 :] for type_ in side.values))
    for type_ in types:
        most = policy.most_held(type_)
        if most < inf and _count(sides, type_) + new.get(type_, 0) > most:
            return False
    return all(_count(sides, type_) + new.get(type_, 0) <= 1 for type_ in policy.conflicts)


def _count(sides: Sequence[Side], type_: str) -> int:
    """How many values of the type they hold together."""
    held = [side.values[type_] for side in sides if type_ in side.values]
    if len(held) < 2:
        return len(held[0]) if held else 0
    return len(set[str]().union(*held))


def _exclusives_fit(sides: Sequence[Side], new: Iterable[tuple[str, str]], policy: Policy) -> bool:
    if not new and not any(side.exclusives for side in sides):
        return True
    for name in policy.conflicts:
        tokens = {token for field, token in new if field == name}
        tokens.update(*(side.exclusives.get(name, ()) for side in sides))
        if len(tokens) > 1 and not all_compatible(tokens):
            return False
    return True


def _are_not_kept_apart(sides: Sequence[Side]) -> bool:
    constrained = [side for side in sides if side.apart]
    return all(next(cannot_links(one, other), None) is None for one, other in combinations(constrained, 2))


def _do_not_contradict(customers: Sequence[Customer], sides: Sequence[Side], learnt: Learnt, policy: Policy) -> bool:
    """Whether no two accounts contradict each other so much that the weakest tie among them would not hold."""
    worst = min([side.worst for side in sides])
    new = []
    if learnt.pairs:
        accounts = set[str]().union(*(side.accounts for side in sides))
        new = [each.likeness for each in learnt.pairs if accounts.issuperset(each.key)]
        worst = min([worst, *(likeness.personal for likeness in new)])
    contradicted = [side for side in sides if side.against]
    for one, other in combinations(contradicted, 2):
        worst = min([worst, *(personal for _, _, personal in contradictions(one, other))])
    if worst >= 0:
        return True
    types = {type_ for side in sides for type_ in side.values}
    trusts = [policy.trust_in_type(type_) for type_ in types] + [claim.trust for claim in learnt.claims]
    known = [likeness for customer in customers for likeness in customer.pairs.values()] + new
    matches = [likeness.weight for likeness in known if likeness.weight >= policy.link]
    return worst >= policy.hold - min([*trusts, *matches], default=policy.hold)
