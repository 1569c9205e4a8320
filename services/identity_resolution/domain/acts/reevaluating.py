"""Looking again at what was decided: under the rules as they are, or without an identifier."""

from __future__ import annotations

from collections.abc import Iterable

from identity_resolution.domain.acts.commanded import Commanded, Result
from identity_resolution.domain.customers import NOT_TYING, Cause, Customer, IdentifierState, Rule
from identity_resolution.domain.decisions import DecisionKind
from identity_resolution.domain.evidence import BlockIdentifier, Reevaluate
from identity_resolution.domain.sharing import tie_nobody, why_shared
from identity_resolution.domain.staging import Work


def reevaluate(work: Commanded, act: Reevaluate) -> Result:
    """Decide anew about customers and those whom their evidence leads to, under the rules as they are."""
    staging, link = work.work.staging, work.work.policy.link
    customers = list({each.id: each for each in map(work.live, act.customers)}.values())
    matched = [pair for each in customers for pair, likeness in each.pairs.items() if likeness.weight >= link]
    named = [account for each in customers for account in each.accounts]
    named += [account for pair in matched for account in pair]
    identifiers = _identifiers(work.work, customers)
    shared = {each: limit for each in identifiers if (limit := _why_shared(work.work, each))}
    again = [each for each in identifiers if not shared.get(each) and _ties_again(work.work, customers, each)]
    named += [account for each in again for account in staging.identifiers.get(each, ())]
    concerned = work.customers_of(named)
    work.check_size(concerned)
    for identifier, limit in shared.items():
        tie_nobody(work.work, identifier, IdentifierState.SHARED, Rule.VALUE_LIMIT, limit)
    _tie_again(work, again, named)
    return work.result(DecisionKind.REEVALUATION)


def block(work: Commanded, act: BlockIdentifier) -> Result:
    """Have an identifier tie nobody any more; or tie again, unless too many show it."""
    staging, identifier = work.work.staging, act.identifier
    named = staging.identifiers.get(identifier, ())
    customers = work.customers_of(named)
    work.check_size(each for each in customers if identifier in each.links or act.unblock)
    if not act.unblock:
        tie_nobody(work.work, identifier, IdentifierState.BLOCKED, Rule.BLOCKED, "")
        return work.result(DecisionKind.REEVALUATION)
    limit = why_shared(work.work, identifier, named)
    _tie_again(work, [identifier], named)
    if limit:
        tie_nobody(work.work, identifier, IdentifierState.SHARED, Rule.VALUE_LIMIT, limit)
    return work.result(DecisionKind.REEVALUATION)


def _identifiers(work: Work, customers: Iterable[Customer]) -> list[str]:
    """All that the customers showed."""
    found: dict[str, None] = {}
    for customer in customers:
        found.update(dict.fromkeys(sorted(customer.links)))
        found.update(dict.fromkeys(each.other for each in customer.refused.values() if not each.is_pair))
    unknown = [each for each in found if each not in work.staging.identifiers]
    if unknown:
        work.staging.fetch((), unknown)
    return list(found)


def _why_shared(work: Work, identifier: str) -> str:
    """The limit by which an identifier is to tie nobody that ties people now."""
    if work.staging.states.get(identifier) or identifier in work.policy.blocked:
        return ""
    return why_shared(work, identifier, work.staging.identifiers.get(identifier, ()))


def _ties_again(work: Work, customers: Iterable[Customer], identifier: str) -> bool:
    """Whether an identifier that tied nobody may tie people now."""
    state = work.staging.states.get(identifier)
    if state is IdentifierState.BLOCKED or identifier in work.policy.blocked:
        return False
    if state is IdentifierState.SHARED:
        return not why_shared(work, identifier, work.staging.identifiers.get(identifier, ()))
    return any(
        refusal.other == identifier and refusal.rule in NOT_TYING
        for customer in customers
        for refusal in customer.refused.values()
    )


def _tie_again(work: Commanded, identifiers: Iterable[str], named: Iterable[str]) -> None:
    """Have identifiers tie again, and decide anew about the customers of these accounts."""
    staging = work.work.staging
    work.begin(work.customers_of(named), under_other_rules=True)
    for identifier in identifiers:
        accounts = staging.identifiers.get(identifier, ())
        staging.show(identifier, accounts, work.work.entered)
        for customer in work.customers_of(accounts):
            customer.restore(identifier)
            staging.touch(customer, work.work.entered)
    work.rearrange(Cause.REEVALUATION)
