"""Carries out what people command: their word outranks the rules, and stays when the same evidence comes again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from identity_resolution.domain.customer_ids import birth_id
from identity_resolution.domain.customers import Cause, Constraint, Customer, IdentifierState, Rule
from identity_resolution.domain.decide import drop_claims
from identity_resolution.domain.decisions import (
    Decision,
    DecisionKind,
    Outcome,
    Relationship,
    SuggestionState,
)
from identity_resolution.domain.evidence import (
    AddConstraint,
    AddRelationship,
    BlockIdentifier,
    Command,
    ConstraintKind,
    DecideSuggestion,
    Merge,
    Reevaluate,
    RemoveConstraint,
    RemoveRelationship,
    Split,
    Undo,
)
from identity_resolution.domain.guards import cannot_links
from identity_resolution.domain.policy import Policy, exceeded, type_of
from identity_resolution.domain.rearranging import conclude, rearrange
from identity_resolution.domain.rules import Windows
from identity_resolution.domain.staging import Entered, Staging

Accounts = tuple[str, ...]


class CommandRefused(Exception):
    """A command is not carried out: a reason of the API, with its details."""

    def __init__(self, reason: str, **details: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = tuple(sorted(details.items()))


@dataclass(slots=True)
class _Result:
    """What a command is concluded with."""

    kind: DecisionKind
    constraints: tuple[str, ...] = ()
    made: str = ""


def carry_out(staging: Staging, command: Command, entered: Entered, policy: Policy) -> None:
    """Take a command into the staging, with its outcome; one whose request id has an outcome changes nothing.

    The staging must know all that `named` says of the command.
    """
    if command.request_id in staging.outcomes:
        return
    staging.begin()
    outcome = Outcome(command.request_id, command.digest, entered.at, entered.version)
    try:
        result = _ACTS[type(command.act)](_Commanded(staging, command, entered, policy))
    except CommandRefused as refused:
        outcome = replace(outcome, error=refused.reason, details=refused.details)
    else:
        decision = conclude(
            staging,
            entered,
            result.kind,
            owner=command.owner,
            reason=command.reason,
            request_id=command.request_id,
            constraints=result.constraints,
        )
        outcome = replace(outcome, decision=decision, made=result.made)
    staging.changes.outcomes[command.request_id] = outcome
    staging.outcomes[command.request_id] = outcome


@dataclass(slots=True)
class _Commanded:
    """A command in work."""

    staging: Staging
    command: Command
    entered: Entered
    policy: Policy
    made: int = 0

    def customers_of(self, accounts: Iterable[str]) -> list[Customer]:
        """The customers of accounts, each once. Raises `CommandRefused` for an account that nobody has."""
        ids: dict[str, None] = {}
        for account in accounts:
            if account not in self.staging.memberships:
                raise CommandRefused("CUSTOMER_NOT_FOUND", account=account)
            ids[self.staging.memberships[account]] = None
        return [self.staging.customers[id_] for id_ in ids]

    def live(self, named: str) -> Customer:
        """The live customer that an id leads to. Raises `CommandRefused` where nobody has it."""
        id_ = self.staging.live.get(named, named)
        if id_ not in self.staging.customers:
            raise CommandRefused("CUSTOMER_NOT_FOUND", customer=named)
        return self.staging.customers[id_]

    def constrain(
        self, kind: ConstraintKind, sides: Sequence[Accounts], expires_at: int = 0
    ) -> tuple[str, list[Customer]]:
        """Make a constraint, and have the customers of its accounts heed it; return its id and them."""
        id_ = birth_id(self.entered.at, self.entered.position, self.made)
        self.made += 1
        command = self.command
        constraint = Constraint(
            id_, kind, tuple(sides), command.owner, command.reason, self.entered.at, expires_at, self.entered.id
        )
        customers = self.customers_of(constraint.accounts())
        for customer in customers:
            self.staging.remember_before(customer)
            customer.constraints[id_] = constraint
            customer.changed()
            self.staging.touch(customer, self.entered)
        self.staging.changes.constraints[id_] = (constraint, self.entered.version, True)
        return id_, customers

    def release(self, ids: Iterable[str]) -> list[Customer]:
        """Have constraints hold no longer; return the customers of their accounts."""
        touched: dict[str, Customer] = {}
        for id_ in ids:
            constraint = self.staging.constraints.get(id_)
            if constraint is None:
                continue
            self.staging.changes.constraints[id_] = (constraint, self.entered.version, False)
            for customer in self.customers_of(constraint.accounts()):
                self.staging.remember_before(customer)
                customer.constraints.pop(id_, None)
                customer.changed()
                self.staging.touch(customer, self.entered)
                touched[customer.id] = customer
        return list(touched.values())

    def rearrange(self, customers: Iterable[Customer], cause: Cause, tying: Iterable[str] = ()) -> list[Customer]:
        """Decide anew about customers, each once."""
        region = {each.id: each for each in customers}
        return rearrange(self.staging, list(region.values()), self.entered, self.policy, cause, frozenset(tying))

    def check_joinable(self, customers: Sequence[Customer]) -> None:
        """Raise `CommandRefused` where people have said otherwise of the customers, or where they are too large."""
        for one, other in combinations(customers, 2):
            for forbidden in cannot_links(one.side(), other.side()):
                raise CommandRefused("CONSTRAINT_FORBIDS", constraint=forbidden.detail)
        if sum(len(each.accounts) for each in customers) > self.policy.caps.accounts_per_customer:
            raise CommandRefused("CUSTOMER_TOO_LARGE", limit=str(self.policy.caps.accounts_per_customer))


def _merge(work: _Commanded) -> _Result:
    act = _act(work, Merge)
    customers = list({each.id: each for each in map(work.live, act.customers)}.values())
    work.check_joinable(customers)
    births = {born: account for each in customers for account, born in each.accounts.items()}
    anchors = tuple(dict.fromkeys(births.get(id_, births[work.live(id_).id]) for id_ in act.customers))
    if len(anchors) < 2:
        raise CommandRefused("INVALID_FIELD", field="names")
    id_, region = work.constrain(ConstraintKind.MUST_LINK, [anchors])
    work.rearrange(region, Cause.MERGE)
    return _Result(DecisionKind.MERGE_BY_PERSON, (id_,))


def _split(work: _Commanded) -> _Result:
    act = _act(work, Split)
    customer = work.live(act.customer)
    away = tuple(sorted(set(act.accounts)))
    rest = tuple(sorted(customer.accounts.keys() - set(away)))
    if not away or not rest or not set(away) <= customer.accounts.keys():
        raise CommandRefused("INVALID_FIELD", field="account_keys")
    constraints = [work.constrain(ConstraintKind.CANNOT_LINK, [away, rest])[0]]
    constraints += [work.constrain(ConstraintKind.MUST_LINK, [side])[0] for side in (away, rest) if len(side) > 1]
    work.rearrange([customer], Cause.SPLIT)
    return _Result(DecisionKind.SPLIT_BY_PERSON, tuple(constraints))


def _undo(work: _Commanded) -> _Result:
    """Take a decision back: its constraints hold no longer, and what it brought together is kept apart."""
    act = _act(work, Undo)
    decision = work.staging.decisions.get(act.decision)
    if decision is None:
        raise CommandRefused("RESOURCE_NOT_FOUND", field="name")
    if decision.undone_by:
        raise CommandRefused("ALREADY_UNDONE", decision=decision.undone_by)
    sides = _sides(work, decision, act.accounts)
    standing = [id_ for id_ in decision.constraints if id_ in work.staging.constraints]
    together = len({work.staging.memberships[side[0]] for side in sides}) < len(sides)
    if not standing and not together:
        raise CommandRefused("NOTHING_TO_UNDO", decision=act.decision)
    region = work.release(standing)
    made = _kept(work, standing, act.accounts) if act.accounts else []
    if together:
        id_, customers = work.constrain(ConstraintKind.CANNOT_LINK, sides)
        region += customers
        made.append(id_)
    work.rearrange(region, Cause.UNDO)
    work.staging.changes.decisions[decision.id] = replace(
        decision, undone_by=work.entered.id, version=work.entered.version
    )
    return _Result(DecisionKind.UNDO, tuple(made))


def _kept(work: _Commanded, released: Iterable[str], gone: Accounts) -> list[str]:
    """Say again of the other accounts what must-links said that were released, as only some go back."""
    made = []
    for constraint in (work.staging.constraints[id_] for id_ in released):
        rest = tuple(account for account in constraint.accounts() if account not in gone)
        if constraint.kind is ConstraintKind.MUST_LINK and len(rest) > 1:
            made.append(work.constrain(ConstraintKind.MUST_LINK, [rest], constraint.expires_at)[0])
    return made


def _sides(work: _Commanded, decision: Decision, only: Accounts) -> list[Accounts]:
    """What the decision brought together, as it was before; with `only`, these accounts and all the others."""
    before = dict(decision.before)
    joined = [
        side
        for _, after in decision.after
        for side in [[id_ for id_, accounts in before.items() if accounts and set(accounts) & set(after)]]
        if len(side) > 1
    ]
    sides = [before[id_] for id_ in dict.fromkeys(id_ for each in joined for id_ in each)]
    if not only:
        return sides
    everybody = {account for side in sides for account in side}
    rest = tuple(sorted(everybody - set(only)))
    if not set(only) <= everybody or not rest:
        raise CommandRefused("INVALID_FIELD", field="account_keys")
    return [tuple(sorted(set(only))), rest]


def _add_constraint(work: _Commanded) -> _Result:
    act = _act(work, AddConstraint)
    return _constrained(work, act.kind, act.accounts, act.expires_at)


def _constrained(work: _Commanded, kind: ConstraintKind, named: Accounts, expires_at: int = 0) -> _Result:
    accounts = tuple(dict.fromkeys(named))
    if len(accounts) < 2:
        raise CommandRefused("INVALID_FIELD", field="account_keys")
    customers = work.customers_of(accounts)
    if kind is ConstraintKind.MUST_LINK:
        work.check_joinable(customers)
        id_, region = work.constrain(kind, [accounts], expires_at)
    else:
        for customer in customers:
            for known in customer.constraints.values():
                if known.kind is ConstraintKind.MUST_LINK and len(set(accounts) & set(known.accounts())) > 1:
                    raise CommandRefused("CONSTRAINT_FORBIDS", constraint=known.id)
        id_, region = work.constrain(kind, [(account,) for account in accounts], expires_at)
    work.rearrange(region, Cause.CONSTRAINT)
    return _Result(DecisionKind.CONSTRAINT, (id_,), id_)


def _remove_constraint(work: _Commanded) -> _Result:
    act = _act(work, RemoveConstraint)
    if act.constraint not in work.staging.constraints:
        raise CommandRefused("RESOURCE_NOT_FOUND", field="name")
    work.rearrange(work.release([act.constraint]), Cause.CONSTRAINT)
    return _Result(DecisionKind.CONSTRAINT)


def _decide_suggestion(work: _Commanded) -> _Result:
    act = _act(work, DecideSuggestion)
    suggestion = work.staging.suggestions.get(act.suggestion)
    if suggestion is None:
        raise CommandRefused("RESOURCE_NOT_FOUND", field="name")
    if suggestion.state is not SuggestionState.PENDING:
        raise CommandRefused("SUGGESTION_DECIDED", state=suggestion.state.value)
    kind = ConstraintKind.MUST_LINK if act.accepted else ConstraintKind.CANNOT_LINK
    result = _constrained(work, kind, suggestion.pair)
    work.staging.changes.suggestions[suggestion.id] = replace(
        suggestion,
        state=SuggestionState.ACCEPTED if act.accepted else SuggestionState.REJECTED,
        at=work.entered.at,
        version=work.entered.version,
    )
    return result


def _reevaluate(work: _Commanded) -> _Result:
    """Decide anew about customers and those whom their evidence leads to, under the rules as they are."""
    staging, policy = work.staging, work.policy
    for named in _act(work, Reevaluate).customers:
        customer = work.live(named)
        identifiers = [*customer.links, *(each.other for each in customer.refused.values() if not each.is_pair)]
        for identifier in dict.fromkeys(identifiers):
            _weigh_sharing(work, identifier)
        tying = [each for each in identifiers if not staging.states.get(each) and each not in policy.blocked]
        accounts = [account for each in identifiers for account in staging.identifiers.get(each, ())]
        accounts += [account for pair in customer.pairs for account in pair if account in staging.memberships]
        bounded: dict[str, Customer] = {}
        for each in work.customers_of([*customer.accounts, *accounts]):
            if sum(len(one.accounts) for one in bounded.values()) <= policy.caps.accounts_per_customer:
                bounded[each.id] = each
        work.rearrange(bounded.values(), Cause.REEVALUATION, tying)
    return _Result(DecisionKind.REEVALUATION)


def _weigh_sharing(work: _Commanded, identifier: str) -> None:
    """Whether the rules, as they are now, still say that too many show the identifier, or say so now."""
    staging = work.staging
    accounts, state = staging.identifiers.get(identifier, ()), staging.states.get(identifier)
    limits = work.policy.limits_of(type_of(identifier)).per_value
    too_many = exceeded([0] * len(accounts), Windows(ever=limits.ever))
    if state is IdentifierState.SHARED and not too_many:
        staging.show(identifier, accounts, work.entered)
    elif not state and too_many:
        staging.show(identifier, accounts, work.entered, IdentifierState.SHARED)
        for holder in staging.holders(identifier):
            drop_claims(holder, identifier, Rule.VALUE_LIMIT, f"{type_of(identifier)}: {too_many}")
            staging.touch(holder, work.entered)


def _block(work: _Commanded) -> _Result:
    act = _act(work, BlockIdentifier)
    staging, identifier = work.staging, act.identifier
    accounts = staging.identifiers.get(identifier, ())
    if act.unblock:
        staging.show(identifier, accounts, work.entered)
        work.rearrange(work.customers_of(accounts), Cause.REEVALUATION, [identifier])
        return _Result(DecisionKind.REEVALUATION)
    holders = staging.holders(identifier)
    staging.show(identifier, accounts, work.entered, IdentifierState.BLOCKED)
    for holder in holders:
        drop_claims(holder, identifier, Rule.BLOCKED, "")
        staging.touch(holder, work.entered)
        work.rearrange([holder], Cause.REEVALUATION)
    return _Result(DecisionKind.REEVALUATION)


def _relate(work: _Commanded) -> _Result:
    act, command = _act(work, AddRelationship), work.command
    if bool(act.other) == bool(act.organisation):
        raise CommandRefused("INVALID_FIELD", field="organisation")
    customers = work.customers_of([act.account, act.other] if act.other else [act.account])
    if act.other and len(customers) < 2:
        raise CommandRefused("INVALID_FIELD", field="other_name")
    id_ = work.entered.id
    work.staging.changes.relationships[id_] = Relationship(
        id_,
        act.kind,
        act.account,
        act.other,
        act.organisation,
        command.owner,
        command.reason,
        work.entered.at,
        work.entered.version,
    )
    return _Result(DecisionKind.CONSTRAINT, made=id_)


def _unrelate(work: _Commanded) -> _Result:
    relationship = work.staging.relationships.get(_act(work, RemoveRelationship).relationship)
    if relationship is None or relationship.is_over:
        raise CommandRefused("RESOURCE_NOT_FOUND", field="name")
    work.staging.changes.relationships[relationship.id] = replace(
        relationship, is_over=True, version=work.entered.version
    )
    return _Result(DecisionKind.CONSTRAINT)


_ACTS: dict[type, Callable[[_Commanded], _Result]] = {
    Merge: _merge,
    Split: _split,
    Undo: _undo,
    AddConstraint: _add_constraint,
    RemoveConstraint: _remove_constraint,
    DecideSuggestion: _decide_suggestion,
    Reevaluate: _reevaluate,
    BlockIdentifier: _block,
    AddRelationship: _relate,
    RemoveRelationship: _unrelate,
}


def _act(work: _Commanded, type_: type[Any]) -> Any:  # noqa: ANN401 - the act is of the type it is found by
    assert isinstance(work.command.act, type_)
    return work.command.act
