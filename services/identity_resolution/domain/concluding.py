"""Records the decision that an entry led to."""

from __future__ import annotations

from identity_resolution.domain.customers import Constraint
from identity_resolution.domain.decisions import Decision, DecisionKind
from identity_resolution.domain.evidence import Command
from identity_resolution.domain.staging import Staging, Work


def conclude_evidence(work: Work) -> None:
    """Record that evidence brought customers together, or parted some."""
    if _has_only_grown(work.staging):
        return
    decision = _decision(work, DecisionKind.REEVALUATION)
    if not _is_changed(work, decision):
        return
    after = [set(accounts) for _, accounts in decision.after]
    if all(any(each.issuperset(before) for each in after) for _, before in decision.before):
        decision = _decision(work, DecisionKind.MERGE)
    _record(work, decision)


def conclude_command(
    work: Work,
    command: Command,
    kind: DecisionKind,
    constraints: tuple[str, ...] = (),
    released: tuple[Constraint, ...] = (),
) -> str:
    """Record what a person decided; return its id.

    What people say is recorded also where it moved nobody. That they had something looked at again is not, nor what
    concerns no customer: then the id is empty.
    """
    decision = _decision(work, kind, command, constraints, released)
    if not decision.before or (kind is DecisionKind.REEVALUATION and not _is_changed(work, decision)):
        return ""
    _record(work, decision)
    return decision.id


def _decision(
    work: Work,
    kind: DecisionKind,
    command: Command | None = None,
    constraints: tuple[str, ...] = (),
    released: tuple[Constraint, ...] = (),
) -> Decision:
    staging, entered = work.staging, work.entered
    accounts = {account for before in staging.before.values() for account in before}
    ids = sorted({staging.memberships[account] for account in accounts})
    return Decision(
        id=entered.id,
        kind=kind,
        at=entered.at,
        version=entered.version,
        before=tuple(sorted(staging.before.items())),
        after=tuple((id_, tuple(sorted(staging.customers[id_].accounts))) for id_ in ids),
        owner=command.owner if command else "",
        reason=command.reason if command else "",
        request_id=command.request_id if command else "",
        joints=tuple(staging.joints),
        constraints=constraints,
        released=released,
    )


def _has_only_grown(staging: Staging) -> bool:
    """Whether there was one customer, which has got new accounts: so it is most often."""
    if len(staging.before) != 1:
        return False
    ((_, before),) = staging.before.items()
    accounts = staging.home(before[0]).accounts
    return all(account in accounts for account in before) and len(accounts) <= len(before) + len(staging.born)


def _is_changed(work: Work, decision: Decision) -> bool:
    """Whether accounts that were known have come together, or were parted."""
    before = {frozenset(accounts) for _, accounts in decision.before}
    return before != {frozenset(accounts).difference(work.staging.born) for _, accounts in decision.after}


def _record(work: Work, decision: Decision) -> None:
    work.staging.decide(decision)
    for id_, _ in decision.after:
        customer = work.staging.customers[id_]
        customer.decided(decision.id)
        work.staging.touch(customer, work.entered)
