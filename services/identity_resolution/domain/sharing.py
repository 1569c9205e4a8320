"""Identifiers that tie nobody: because too many show them, or because people or rules say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from identity_resolution.domain.customers import Cause, Customer, IdentifierState, Rule
from identity_resolution.domain.policy import exceeded, most_at_once, type_of
from identity_resolution.domain.rearranging import rearrange
from identity_resolution.domain.region import fits, region_around
from identity_resolution.domain.review import ask, questions
from identity_resolution.domain.staging import Staging, Work

ACCOUNTS_NOTED = 500
"""Accounts noted of one identifier. One that more show is shared, whatever the rules say."""

MOST_KEPT_APART = 20
"""Customers that may hold one identifier though they are different people. One that more hold tells nobody apart."""


def why_shared(work: Work, identifier: str, accounts: Sequence[str], at: int | None = None) -> str:
    """The limit that the accounts which show an identifier exceed, with one more at that time; or else nothing."""
    type_ = type_of(identifier)
    windows = work.policy.limits_of(type_).per_value
    count = len(accounts) + (at is not None)
    if count > ACCOUNTS_NOTED:
        return f"{type_}: {ACCOUNTS_NOTED} ever"
    if count > MOST_KEPT_APART and len(work.staging.holders(identifier)) > MOST_KEPT_APART:
        return f"{type_}: {MOST_KEPT_APART} customers"
    if count <= most_at_once(windows):
        return ""
    times = [each for account in accounts for each in _shown(work.staging, account, identifier)]
    # Of some that showed it, the time is forgotten; they count as others do that showed it long ago.
    times += [0] * (len(accounts) - len(times))
    limit = exceeded([*times, at] if at is not None else times, windows)
    return f"{type_}: {limit}" if limit else ""


def _shown(staging: Staging, account: str, identifier: str) -> list[int]:
    customer = staging.home(account)
    shown = customer.links.get(identifier, {}).get(account)
    if shown is None:
        refusal = customer.refused.get((account, identifier))
        shown = refusal.shown if refusal is not None else None
    return [shown.at] if shown is not None else []


def tie_nobody(work: Work, identifier: str, state: IdentifierState, rule: Rule, detail: str) -> None:
    """Have the identifier tie nobody from now on; whom it held together, or kept apart, is decided anew.

    Those who are too many to be decided anew together are so one after the other: each as the ones before have left it.
    """
    staging, accounts = work.staging, work.staging.identifiers.get(identifier, ())
    concerned = [each for each in _homes(staging, accounts) if _matters_to(each, identifier)]
    staging.show(identifier, accounts, work.entered, state)
    asked = questions(work, concerned, is_far=False)
    members = [min(each.accounts) for each in concerned]
    groups = [members] if fits(concerned) else [[account] for account in members]
    for group in groups:
        if group:
            region = region_around(work, _homes(staging, group))
            _drop(work, region.customers, identifier, rule, detail)
            rearrange(work, region, Cause.REEVALUATION)
    _drop(work, _homes(staging, accounts), identifier, rule, detail)
    if len(groups) > 1:
        everybody = [account for each in concerned for account in each.accounts]
        ask(work, asked, questions(work, _homes(staging, everybody), is_far=False))


def _homes(staging: Staging, accounts: Iterable[str]) -> list[Customer]:
    """The customers of the accounts, each once."""
    return list({each.id: each for each in map(staging.home, accounts)}.values())


def _drop(work: Work, customers: Iterable[Customer], identifier: str, rule: Rule, detail: str) -> None:
    for customer in customers:
        if identifier in customer.links or identifier in customer.side().contested:
            customer.drop(identifier, rule, detail)
            work.staging.touch(customer, work.entered)


def _matters_to(customer: Customer, identifier: str) -> bool:
    """Whether the identifier has tied the customer's accounts, or may have kept it apart from others."""
    return len(customer.links.get(identifier, ())) > 1 or bool(customer.side().contested)
