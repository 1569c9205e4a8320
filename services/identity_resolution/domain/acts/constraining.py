"""Saying of accounts that they are one person, or are not."""

from __future__ import annotations

from dataclasses import replace

from identity_resolution.domain.acts.commanded import Accounts, Commanded, CommandRefused, Result, links_across
from identity_resolution.domain.customers import Cause
from identity_resolution.domain.decisions import DecisionKind, SuggestionState
from identity_resolution.domain.evidence import AddConstraint, ConstraintKind, DecideSuggestion, RemoveConstraint


def add_constraint(work: Commanded, act: AddConstraint) -> Result:
    """Have a constraint hold."""
    return _constrained(work, act.kind, act.accounts, act.expires_at)


def remove_constraint(work: Commanded, act: RemoveConstraint) -> Result:
    """Have a constraint hold no longer."""
    constraint = work.work.staging.constraints.get(act.constraint)
    if constraint is None:
        raise CommandRefused("RESOURCE_NOT_FOUND", field="name")
    customers = work.customers_of(constraint.accounts())
    work.check_size(customers)
    work.begin(customers)
    work.release(constraint)
    work.rearrange(Cause.CONSTRAINT)
    return work.result(DecisionKind.CONSTRAINT)


def decide_suggestion(work: Commanded, act: DecideSuggestion) -> Result:
    """Make a constraint of a suggestion."""
    staging, entered = work.work.staging, work.work.entered
    suggestion = staging.suggestions.get(act.suggestion)
    if suggestion is None:
        raise CommandRefused("RESOURCE_NOT_FOUND", field="name")
    if suggestion.state is not SuggestionState.PENDING:
        raise CommandRefused("SUGGESTION_DECIDED", state=suggestion.state.value)
    kind = ConstraintKind.MUST_LINK if act.accepted else ConstraintKind.CANNOT_LINK
    result = _constrained(work, kind, suggestion.pair)
    state = SuggestionState.ACCEPTED if act.accepted else SuggestionState.REJECTED
    staging.suggest(replace(suggestion, state=state, at=entered.at, version=entered.version))
    return result


def _constrained(work: Commanded, kind: ConstraintKind, named: Accounts, expires_at: int = 0) -> Result:
    accounts = tuple(dict.fromkeys(named))
    if len(accounts) < 2:
        raise CommandRefused("INVALID_FIELD", field="account_keys")
    customers = work.customers_of(accounts)
    if kind is ConstraintKind.MUST_LINK:
        work.check_joinable(customers)
        sides = [accounts]
    else:
        sides = [(account,) for account in accounts]
        for known in links_across(customers, sides):
            raise CommandRefused("CONSTRAINT_FORBIDS", constraint=known.id)
    work.check_size(customers, sides)
    work.begin(customers)
    made = work.constrain(kind, sides, expires_at)
    work.rearrange(Cause.CONSTRAINT)
    return work.result(DecisionKind.CONSTRAINT, [made], made)
