"""Why two customers are not one: ties between them that were refused, and what would forbid one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from identity_resolution.domain.customers import NOT_TYING, Constraint, Customer, Refusal, Shown
from identity_resolution.domain.decisions import Joint
from identity_resolution.domain.guards import Forbidden, all_against, cannot_links
from identity_resolution.domain.policy import Policy


def refused_between(one: Customer, other: Customer) -> list[Refusal]:
    """Ties of the one's accounts to the other that were refused, and the other way round, oldest first.

    Also of identifiers that both showed and that tie nobody. Of one that both hold, which both sides note, the later
    note: by then there was somebody to be tied to.
    """
    found: dict[tuple[str, str], Refusal] = {}
    for side in ((one, other), (other, one)):
        for each in _towards(*side):
            is_held = (
                not each.is_pair and each.rule not in NOT_TYING and each.account in side[0].links.get(each.other, ())
            )
            key = ("", each.other) if is_held else (each.account, each.other)
            found[key] = max(each, found.get(key, each), key=_age)
    return sorted(found.values(), key=_age)


def _age(refusal: Refusal) -> tuple[int, str, str]:
    return refusal.shown.position, refusal.account, refusal.other


def cannot_links_between(one: Customer, other: Customer) -> list[Constraint]:
    """What people said that keeps the two apart, oldest first."""
    ids = sorted(forbidden.detail for forbidden in cannot_links(one.side(), other.side()))
    return [one.constraints[id_] for id_ in ids]


def held_back_between(one: Customer, other: Customer, policy: Policy) -> list[Refusal]:
    """All that would forbid the rules to make the two one: by the strongest tie, or by a match where there is none."""
    tie = max(_ties(one, other, policy), key=lambda tie: (tie.weight, tie.account, tie.other), default=None)
    if tie is None:
        unknown = Joint(min(one.accounts), min(other.accounts), policy.link, Shown(0, 0), is_pair=True)
        return _refused(unknown, all_against(one.side(), other.side(), policy.link, policy))
    pair = (tie.account, tie.other) if tie.is_pair else None
    return _refused(tie, all_against(one.side(), other.side(), tie.weight, policy, pair))


def likely_alike(one: Customer, other: Customer, most: int) -> tuple[list[str], list[str]]:
    """The accounts of each, at most so many, that are worth comparing: first those known to be like the other's."""
    pairs = [
        (likeness.weight, pair)
        for pair, likeness in one.pairs.items()
        if (pair[0] in other.accounts or pair[1] in other.accounts)
    ]
    known = dict.fromkeys(account for _, pair in sorted(pairs, reverse=True) for account in pair)
    return _first(one, known, most), _first(other, known, most)


def _first(customer: Customer, known: dict[str, None], most: int) -> list[str]:
    mine = [account for account in known if account in customer.accounts]
    return [*mine, *(account for account in sorted(customer.accounts) if account not in known)][:most]


def _towards(one: Customer, other: Customer) -> Iterator[Refusal]:
    refused_by_other = {each.other for each in other.refused.values() if not each.is_pair}
    for refusal in one.refused.values():
        if refusal.is_pair:
            if refusal.account in other.accounts or refusal.other in other.accounts:
                yield refusal
        elif refusal.other in other.links or refusal.other in refused_by_other:
            yield refusal


def _ties(one: Customer, other: Customer, policy: Policy) -> Iterator[Joint]:
    """All evidence that the two are one."""
    for pair, likeness in one.pairs.items():
        if likeness.weight >= policy.link and (pair[0] in other.accounts or pair[1] in other.accounts):
            yield Joint(*pair, likeness.weight, likeness.shown, is_pair=True)
    for refusal in refused_between(one, other):
        if not refusal.is_pair:
            yield Joint(refusal.account, refusal.other, policy.trust_in(refusal.other), refusal.shown)
    for identifier in one.links.keys() & other.links.keys():
        account, shown = min(one.links[identifier].items())
        yield Joint(account, identifier, policy.trust_in(identifier), shown)


def _refused(tie: Joint, forbidden: Iterable[Forbidden]) -> list[Refusal]:
    return [Refusal(tie.account, tie.other, *each, tie.shown, tie.is_pair) for each in forbidden]
