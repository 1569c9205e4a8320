"""Merging, splitting, and taking decisions back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from identity_resolution.domain.acts.commanded import Accounts, Commanded, CommandRefused, Result, links_across
from identity_resolution.domain.customers import Cause, Constraint, Customer
from identity_resolution.domain.decisions import Decision, DecisionKind
from identity_resolution.domain.evidence import ConstraintKind, Merge, Split, Undo

_KEPT_APART = frozenset({DecisionKind.MERGE, DecisionKind.MERGE_BY_PERSON, DecisionKind.REEVALUATION})
"""Decisions which, taken back, leave a cannot-link: else the same evidence would bring the same about again."""


def merge(work: Commanded, act: Merge) -> Result:
    """Make the customers one: all their accounts are one person's, and those come first by which they were named."""
    customers = list({each.id: each for each in map(work.live, act.customers)}.values())
    work.check_joinable(customers)
    births = {born: account for each in customers for account, born in each.accounts.items()}
    anchors = dict.fromkeys(births.get(id_, births[work.live(id_).id]) for id_ in act.customers)
    if len(anchors) < 2:
        raise CommandRefused("INVALID_FIELD", field="names")
    side = _linking(anchors, customers)
    work.check_size(customers, [side])
    work.begin(customers)
    constraint = work.constrain(ConstraintKind.MUST_LINK, [side])
    work.rearrange(Cause.MERGE)
    return work.result(DecisionKind.MERGE_BY_PERSON, [constraint])


def _linking(anchors: Iterable[str], customers: Sequence[Customer]) -> Accounts:
    """The anchors, and of all other accounts those that no must-link links to one that is named already."""
    links: dict[str, list[Constraint]] = {}
    for customer in customers:
        for constraint in links_across([customer], [(account,) for account in customer.accounts]):
            for account in constraint.accounts():
                links.setdefault(account, []).append(constraint)
    named: list[str] = []
    reached: set[str] = set()
    for account in [*anchors, *sorted(account for each in customers for account in each.accounts)]:
        if account in reached and account not in anchors:
            continue
        if account not in named:
            named.append(account)
        waiting = [account]
        while waiting:
            at = waiting.pop()
            if at not in reached:
                reached.add(at)
                waiting += [each for constraint in links.get(at, ()) for each in constraint.accounts()]
    return tuple(named)


def split(work: Commanded, act: Split) -> Result:
    """Keep accounts of a customer apart from its others; each side stays together, whatever the evidence."""
    customer = work.live(act.customer)
    away = tuple(sorted(set(act.accounts)))
    rest = tuple(sorted(customer.accounts.keys() - set(away)))
    if not away or not rest or not set(away) <= customer.accounts.keys():
        raise CommandRefused("INVALID_FIELD", field="account_keys")
    across = links_across([customer], [away, rest])
    concerned = [customer, *work.customers_of(account for each in across for account in each.accounts())]
    work.check_size(concerned, [away, rest, away, rest])
    work.begin(concerned)
    for constraint in across:
        work.release(constraint)
    made = [work.constrain(ConstraintKind.CANNOT_LINK, [away, rest])]
    made += [work.constrain(ConstraintKind.MUST_LINK, [side]) for side in (away, rest) if len(side) > 1]
    work.rearrange(Cause.SPLIT)
    return work.result(DecisionKind.SPLIT_BY_PERSON, made)


def undo(work: Commanded, act: Undo) -> Result:
    """Take a decision back: as if what it said had not been said, and what it brought together is kept apart."""
    decision = work.work.staging.decisions.get(act.decision)
    if decision is None:
        raise CommandRefused("RESOURCE_NOT_FOUND", field="name")
    if decision.undone_by:
        raise CommandRefused("ALREADY_UNDONE", decision=decision.undone_by)
    if act.accounts:
        return _undo_in_part(work, decision, act.accounts)
    staging, now = work.work.staging, work.work.entered.at
    said = [staging.constraints[id_] for id_ in decision.constraints if id_ in staging.constraints]
    unsaid = [each for each in decision.released if not 0 < each.expires_at <= now]
    groups = _brought_together(decision) if decision.kind in _KEPT_APART else []
    if decision.kind is DecisionKind.MERGE_BY_PERSON and said:
        groups = _of_named(groups, [account for each in said for account in each.accounts()])
    groups = [sides for sides in groups if _are_together(work, sides)]
    if not said and not unsaid and not groups:
        raise CommandRefused("NOTHING_TO_UNDO", decision=decision.id)
    concerned = work.customers_of(account for sides in groups for side in sides for account in side)
    across = [each for each in _links_across(concerned, groups) if each not in said]
    for constraint in (*said, *unsaid, *across):
        concerned += work.customers_of(constraint.accounts())
    parted = [side for sides in groups for side in sides]
    work.check_size(concerned, [*parted, *(side for each in unsaid for side in each.sides)])
    work.begin(concerned)
    for constraint in (*said, *across):
        work.release(constraint)
    for constraint in unsaid:
        work.hold(constraint)
    made = [each.id for each in unsaid]
    made += [work.constrain(ConstraintKind.CANNOT_LINK, sides) for sides in groups]
    work.rearrange(Cause.UNDO)
    _note_undone(work, decision)
    return work.result(DecisionKind.UNDO, made)


def _note_undone(work: Commanded, decision: Decision) -> None:
    entered = work.work.entered
    work.work.staging.decide(replace(decision, undone_by=entered.id, version=entered.version))


def _undo_in_part(work: Commanded, decision: Decision, named: Accounts) -> Result:
    """Have only these accounts go back to where they came from; all others stay together."""
    before = _brought_together(decision)
    everybody = {account for sides in before for side in sides for account in side}
    if not everybody.issuperset(named) or everybody.issubset(named):
        raise CommandRefused("INVALID_FIELD", field="account_keys")
    groups = [_in_part(sides, named) for sides in before]
    groups = [sides for sides in groups if _are_together(work, sides)]
    if not groups:
        raise CommandRefused("NOTHING_TO_UNDO", decision=decision.id)
    concerned = work.customers_of(account for sides in groups for side in sides for account in side)
    across = _links_across(concerned, groups)
    linked = [side for sides in groups if links_across(concerned, sides) for side in sides if len(side) > 1]
    concerned += work.customers_of(account for each in across for account in each.accounts())
    parted = [side for sides in groups for side in sides]
    work.check_size(concerned, [*parted, *parted])
    work.begin(concerned)
    for constraint in across:
        work.release(constraint)
    made = [work.constrain(ConstraintKind.CANNOT_LINK, sides) for sides in groups]
    made += [work.constrain(ConstraintKind.MUST_LINK, [side]) for side in linked]
    work.rearrange(Cause.UNDO)
    if not any(_are_together(work, sides) for sides in before):
        _note_undone(work, decision)
    return work.result(DecisionKind.UNDO, made)


def _brought_together(decision: Decision) -> list[list[Accounts]]:
    """For each customer that the decision made of several, these as they were before."""
    found: dict[tuple[Accounts, ...], None] = {}
    for _, after in decision.after:
        joined = tuple(before for _, before in decision.before if not set(before).isdisjoint(after))
        if len(joined) > 1:
            found[joined] = None
    return list(map(list, found))


def _of_named(groups: Iterable[Sequence[Accounts]], named: Collection[str]) -> list[list[Accounts]]:
    """The sides that a person has named; whom evidence brought along is no matter of theirs."""
    of_named = [[side for side in sides if not set(named).isdisjoint(side)] for sides in groups]
    return [sides for sides in of_named if len(sides) > 1]


def _in_part(sides: Sequence[Accounts], named: Accounts) -> list[Accounts]:
    """The accounts named, each with those of its own side, and all others; fewer than two sides where none is named."""
    back = [tuple(sorted(set(named).intersection(side))) for side in sides]
    rest = tuple(sorted({account for side in sides for account in side}.difference(named)))
    return [side for side in (*back, rest) if side]


def _links_across(customers: Sequence[Customer], groups: Iterable[Sequence[Accounts]]) -> list[Constraint]:
    """The must-links on these customers that name accounts of more than one side of a group, oldest first."""
    found = {each.id: each for sides in groups for each in links_across(customers, sides)}
    return [found[id_] for id_ in sorted(found)]


def _are_together(work: Commanded, sides: Collection[Accounts]) -> bool:
    """Whether accounts of two sides belong to one customer."""
    customers = [{each.id for each in work.customers_of(side)} for side in sides]
    return sum(map(len, customers)) > len(set[str]().union(*customers))
