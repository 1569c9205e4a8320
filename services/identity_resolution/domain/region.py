"""Whom a decision concerns: customers, and those whom guards keep apart from them, who may be free to join now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from identity_resolution.domain.customers import NOT_TYING, Customer
from identity_resolution.domain.evidence import ConstraintKind
from identity_resolution.domain.review import Questions, are_constrained, questions
from identity_resolution.domain.staging import Staging, Work

MOST_DECIDED_ANEW = 400
"""What one piece of evidence has decided anew, as `Customer.size` counts; among more, it has its own ties decided."""


@dataclass(frozen=True, slots=True)
class Region:
    """Live customers that are to be decided anew together, and what was asked about them before anything changed.

    `is_far` says that it matters to questions about others whom they join; `is_cut_off`, that some who are kept apart
    from them are left out.
    """

    customers: list[Customer]
    asked: Questions
    is_far: bool
    is_cut_off: bool


def region_around(work: Work, concerned: Iterable[Customer], *, is_constrained: bool = False) -> Region:
    """These customers, and those kept apart from them, from these in turn, and so on, until they are too many.

    With `is_constrained`, people say now who is one or is not.
    """
    found = {each.id: each for each in concerned}
    size = sum(each.size() for each in found.values())
    waiting = list(found.values())
    left_out: set[str] = set()
    seen: set[str] = set()
    for customer in waiting:
        for other in _kept_apart(work.staging, customer, seen):
            if other.id in found or other.id in left_out:
                continue
            if size + other.size() > MOST_DECIDED_ANEW:
                left_out.add(other.id)
                continue
            found[other.id] = other
            size += other.size()
            waiting.append(other)
    customers = list(found.values())
    is_far = is_constrained or are_constrained(customers)
    return Region(customers, questions(work, customers, is_far=is_far), is_far, bool(left_out))


def fits(customers: Iterable[Customer]) -> bool:
    """Whether these are few enough to be decided anew because of one piece of evidence."""
    return sum(each.size() for each in customers) <= MOST_DECIDED_ANEW


def _kept_apart(staging: Staging, customer: Customer, seen: set[str]) -> Iterator[Customer]:
    """Those with whom the customer shares a tie that was refused, or a must-link that cannot be had.

    But for those of identifiers and accounts seen before, which are added to `seen`.
    """
    if not customer.side().contested:
        return
    refused = [each for each in customer.refused.values() if each.rule not in NOT_TYING]
    identifiers = dict.fromkeys(each.other for each in refused if not each.is_pair)
    accounts = dict.fromkeys(account for each in refused if each.is_pair for account in (each.account, each.other))
    for constraint in customer.constraints.values():
        if constraint.kind is ConstraintKind.MUST_LINK:
            accounts.update(dict.fromkeys(constraint.accounts()))
    new = [each for each in identifiers if each not in seen]
    new_accounts = [each for each in accounts if each not in seen]
    seen.update(new, new_accounts)
    unknown = [each for each in new if each not in staging.identifiers]
    unknown_accounts = [each for each in new_accounts if each not in staging.memberships]
    if unknown or unknown_accounts:
        staging.fetch(unknown_accounts, unknown)
    for identifier in new:
        yield from staging.holders(identifier)
    for account in new_accounts:
        yield staging.home(account)
