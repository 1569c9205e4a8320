"""Forgetting a customer: all of its own, and its name in what is kept of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from identity_resolution.domain.acts.commanded import Commanded, Result
from identity_resolution.domain.customers import Constraint, Customer, IdentifierState, Refusal, Rule
from identity_resolution.domain.decisions import Decision, Sides, suggestion_id
from identity_resolution.domain.evidence import ConstraintKind, Erase
from identity_resolution.domain.staging import Forgotten, Staging

ACCOUNTS = "accounts"
"""Of an outcome: how many accounts the customer had."""
MERGED = "merged"
"""Of an outcome: there where the id that was given had been merged away; the one that it led to was erased."""

_FEWEST_ON_A_SIDE = {ConstraintKind.MUST_LINK: 2, ConstraintKind.CANNOT_LINK: 1}
_FEWEST_SIDES = {ConstraintKind.MUST_LINK: 1, ConstraintKind.CANNOT_LINK: 2}


def erase(work: Commanded, act: Erase) -> Result:
    """Forget the customer that the id leads to, with all ids that lead to it, and whoever else is said to be like it.

    Nobody else is decided anew: what it kept others from is tied by their next evidence, or by a re-evaluation.
    """
    customer = work.live(act.customer)
    staging = work.work.staging
    absorbed = {id_ for id_ in customer.absorbed if staging.live.get(id_) == customer.id}
    forgotten = Forgotten(work.work.entered.at, {customer.id, *absorbed}, set(customer.accounts))
    forgotten.relationships.update(staging.relationships)
    erasing = _Erasing(work, customer, forgotten, frozenset(customer.accounts))
    erasing.take_out_of_identifiers()
    erasing.take_out_of_neighbours()
    erasing.take_out_of_constraints()
    erasing.take_out_of_decisions()
    forgotten.suggestions.update(suggestions_about(customer, staging))
    staging.forget(forgotten)
    details = {ACCOUNTS: str(len(customer.accounts))}
    if act.customer != customer.id:
        details[MERGED] = "yes"
    return Result(None, details=tuple(sorted(details.items())))


def suggestions_about(customer: Customer, staging: Staging) -> set[str]:
    """The ids of all that may have been suggested about the customer's accounts and others'."""
    pairs = set(customer.pairs)
    pairs.update((each.account, each.other) for each in customer.refused.values() if each.is_pair)
    for identifier in _identifiers(customer):
        shown = staging.identifiers.get(identifier, ())
        own = [account for account in shown if account in customer.accounts]
        pairs.update((one, other) for one in own for other in shown if other not in customer.accounts)
    return {suggestion_id(*pair) for pair in pairs}


def neighbours(customer: Customer) -> set[str]:
    """The accounts of others that the customer's evidence, or what people said of it, names."""
    named = {account for pair in customer.pairs for account in pair}
    for each in customer.refused.values():
        if each.is_pair:
            named.update((each.account, each.other))
    named.update(account for each in customer.constraints.values() for account in each.accounts())
    return named - customer.accounts.keys()


@dataclass(frozen=True, slots=True)
class _Erasing:
    """An erasure in work: of whom, and what it removes."""

    work: Commanded
    customer: Customer
    forgotten: Forgotten
    accounts: AbstractSet[str]

    def take_out_of_identifiers(self) -> None:
        """Who showed an identifier is forgotten; one that nobody else has shown goes, unless it is blocked."""
        staging, entered = self.work.work.staging, self.work.work.entered
        for identifier in sorted(_identifiers(self.customer)):
            shown = staging.identifiers.get(identifier, ())
            rest = tuple(account for account in shown if account not in self.accounts)
            state = staging.states.get(identifier, IdentifierState.TYING)
            if not rest and state is not IdentifierState.BLOCKED:
                self.forgotten.identifiers.add(identifier)
            elif rest != shown:
                staging.show(identifier, rest, entered, state)

    def take_out_of_neighbours(self) -> None:
        """Others know no longer how alike they were to the customer, or that they were kept apart from it."""
        for other in self._others(neighbours(self.customer)):
            pairs = [pair for pair in other.pairs if not self.accounts.isdisjoint(pair)]
            refused = [key for key, each in other.refused.items() if self._is_named_in(each)]
            for pair in pairs:
                del other.pairs[pair]
            for key in refused:
                del other.refused[key]
            if pairs or refused:
                self._touch(other)

    def take_out_of_constraints(self) -> None:
        """What people said of the customer and others holds on for the others, where it says something of them."""
        staging, entered = self.work.work.staging, self.work.work.entered
        for constraint in self.customer.constraints.values():
            rest = _without(constraint, self.accounts)
            if rest is None:
                self.forgotten.constraints.add(constraint.id)
            else:
                staging.constrain(rest, entered, holds=True)
            for other in self._others(constraint.accounts()):
                if rest is None:
                    other.constraints.pop(constraint.id, None)
                else:
                    other.constraints[constraint.id] = rest
                self._touch(other)

    def take_out_of_decisions(self) -> None:
        """Decisions about the customer and others tell of the others alone, and go where there are none."""
        staging = self.work.work.staging
        held = self.customer.constraints.keys()
        for id_, decision in staging.decisions.items():
            before, after = self._rest(decision.before), self._rest(decision.after)
            said = {*decision.constraints, *(each.id for each in decision.released)}
            # What holds no longer is told of by the decision alone.
            self.forgotten.constraints.update(
                each for each in said - held if each in staging.constraints and self._names(staging.constraints[each])
            )
            if before:
                staging.decide(self._trimmed(decision, before, after))
            else:
                self.forgotten.decisions.add(id_)

    def _trimmed(self, decision: Decision, before: Sides, after: Sides) -> Decision:
        released = (_without(each, self.accounts) for each in decision.released)
        return replace(
            decision,
            version=self.work.work.entered.version,
            before=before,
            after=after,
            joints=tuple(each for each in decision.joints if self.accounts.isdisjoint((each.account, each.other))),
            released=tuple(each for each in released if each is not None),
        )

    def _rest(self, sides: Sides) -> Sides:
        rest = ((id_, tuple(each for each in accounts if each not in self.accounts)) for id_, accounts in sides)
        return tuple((id_, accounts) for id_, accounts in rest if accounts)

    def _names(self, constraint: Constraint) -> bool:
        return any(account in self.accounts for account in constraint.accounts())

    def _others(self, accounts: Iterable[str]) -> Sequence[Customer]:
        """The customers of those of the accounts that are not erased and that anybody has."""
        return list(self._found(account for account in accounts if account not in self.accounts))

    def _found(self, accounts: Iterable[str]) -> Iterator[Customer]:
        staging = self.work.work.staging
        named = list(accounts)
        unknown = [account for account in named if account not in staging.memberships]
        if unknown:
            staging.fetch(unknown, ())
        yield from {
            staging.memberships[each]: staging.home(each) for each in named if each in staging.memberships
        }.values()

    def _is_named_in(self, refusal: Refusal) -> bool:
        if refusal.is_pair and refusal.other in self.accounts:
            return True
        # The detail of a contradiction is the two accounts, and a key may have blanks in it.
        return refusal.rule is Rule.CONTRADICTION and any(
            refusal.detail.startswith(f"{account} ") or refusal.detail.endswith(f" {account}")
            for account in self.accounts
        )

    def _touch(self, other: Customer) -> None:
        other.changed()
        self.work.work.staging.touch(other, self.work.work.entered)


def _identifiers(customer: Customer) -> set[str]:
    """All that is recorded that its accounts showed, whether it ties or not."""
    return {*customer.links, *(each.other for each in customer.refused.values() if not each.is_pair)}


def _without(constraint: Constraint, accounts: AbstractSet[str]) -> Constraint | None:
    """What the constraint says of all others; None where that is nothing."""
    sides = [tuple(each for each in side if each not in accounts) for side in constraint.sides]
    sides = [side for side in sides if len(side) >= _FEWEST_ON_A_SIDE[constraint.kind]]
    return replace(constraint, sides=tuple(sides)) if len(sides) >= _FEWEST_SIDES[constraint.kind] else None
