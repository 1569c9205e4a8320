"""A command in work: what all acts have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from identity_resolution.domain.customer_ids import birth_id
from identity_resolution.domain.customers import Cause, Constraint, Customer
from identity_resolution.domain.decisions import DecisionKind
from identity_resolution.domain.evidence import Command, ConstraintKind
from identity_resolution.domain.guards import cannot_links
from identity_resolution.domain.rearranging import rearrange
from identity_resolution.domain.region import Region, region_around
from identity_resolution.domain.review import perhaps_asked
from identity_resolution.domain.staging import MOST_CHANGED, Work

MOST_SAID = 5_000
"""Of the weight of a customer, what constraints have."""
MOST_NOTED = 100_000
"""Accounts that new constraints name, times the customers that note them: 316 strangers can be kept apart at once."""

Accounts = tuple[str, ...]


class CommandRefused(Exception):
    """A command is not carried out: a reason of the API, with its details. Nothing has been changed."""

    def __init__(self, reason: str, **details: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = tuple(sorted(details.items()))


@dataclass(frozen=True, slots=True)
class Result:
    """What a command is concluded with: see `Decision`. `made` is the id of what it made, where that is one thing.

    Without a kind no decision is recorded; `details` are what the outcome says instead.
    """

    kind: DecisionKind | None
    constraints: tuple[str, ...] = ()
    released: tuple[Constraint, ...] = ()
    made: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Commanded:
    """A command in work. An act asks first, and may raise `CommandRefused`; from `begin` on it changes things."""

    work: Work
    command: Command
    _region: Region | None = None
    _made: int = 0
    _released: list[Constraint] = field(default_factory=list)

    def customers_of(self, accounts: Iterable[str]) -> list[Customer]:
        """The customers of accounts, each once. Raises `CommandRefused` for an account that nobody has."""
        staging, named = self.work.staging, list(accounts)
        unknown = [account for account in named if account not in staging.memberships]
        if unknown:
            staging.fetch(unknown, ())
        for account in unknown:
            if account not in staging.memberships:
                raise CommandRefused("CUSTOMER_NOT_FOUND", account=account)
        return list({staging.memberships[account]: staging.home(account) for account in named}.values())

    def live(self, named: str) -> Customer:
        """The live customer that an id leads to. Raises `CommandRefused` where nobody has it."""
        staging = self.work.staging
        customer = staging.customers.get(staging.live.get(named, named))
        while customer is not None and customer.merged_into:
            customer = staging.customers.get(customer.merged_into)
        if customer is None:
            raise CommandRefused("CUSTOMER_NOT_FOUND", customer=named)
        return customer

    def check_joinable(self, customers: Sequence[Customer]) -> None:
        """Raise `CommandRefused` where people have said otherwise of the customers, or where they are too large."""
        for one, other in combinations(customers, 2):
            for forbidden in cannot_links(one.side(), other.side()):
                raise CommandRefused("CONSTRAINT_FORBIDS", constraint=forbidden.detail)
        most = self.work.policy.caps.accounts_per_customer
        if sum(len(each.accounts) for each in customers) > most:
            raise CommandRefused("CUSTOMER_TOO_LARGE", limit=str(most))

    def check_size(self, customers: Iterable[Customer], sides: Iterable[Accounts] = ()) -> None:
        """Raise `CommandRefused` where these customers, or constraints with these sides, are too much at once."""
        concerned = {each.id: each for each in customers}.values()
        named = sum(len(side) for side in sides)
        if named * len(concerned) > MOST_NOTED:
            raise CommandRefused("CUSTOMER_TOO_LARGE", limit=str(MOST_NOTED))
        for each in concerned:
            said = sum(known.weight() for known in each.constraints.values())
            if said + named // 2 > MOST_SAID:
                raise CommandRefused("CUSTOMER_TOO_LARGE", limit=str(MOST_SAID))
        if sum(each.weight() for each in concerned) > MOST_CHANGED:
            raise CommandRefused("CUSTOMER_TOO_LARGE", limit=str(MOST_CHANGED))

    def begin(self, customers: Iterable[Customer], *, under_other_rules: bool = False) -> None:
        """Begin to change what people say of these customers, and perhaps of those whom people linked to them.

        They may have been decided, and people asked about them, under other rules.
        """
        found = {each.id: each for each in customers}
        constraints = [constraint for each in found.values() for constraint in each.constraints.values()]
        for constraint in constraints:
            if constraint.kind is ConstraintKind.MUST_LINK:
                found.update((each.id, each) for each in self.customers_of(constraint.accounts()))
        self._region = region_around(self.work, found.values(), is_constrained=True)
        if under_other_rules:
            perhaps = perhaps_asked(self._region.customers, self.work.policy)
            self._region = replace(self._region, asked={**perhaps, **self._region.asked})

    def constrain(self, kind: ConstraintKind, sides: Sequence[Accounts], expires_at: int = 0) -> str:
        """Make a constraint and return its id."""
        entered, command = self.work.entered, self.command
        id_ = birth_id(entered.at, entered.position, self._made)
        self._made += 1
        self.hold(
            Constraint(id_, kind, tuple(sides), command.owner, command.reason, entered.at, expires_at, entered.id)
        )
        return id_

    def hold(self, constraint: Constraint) -> None:
        """Have a constraint hold."""
        for customer in self.customers_of(constraint.accounts()):
            self.work.staging.remember_before(customer)
            customer.constraints[constraint.id] = constraint
            self._touch(customer)
        self.work.staging.constrain(constraint, self.work.entered, holds=True)

    def release(self, constraint: Constraint) -> None:
        """Have a constraint hold no longer."""
        for customer in self.customers_of(constraint.accounts()):
            self.work.staging.remember_before(customer)
            customer.constraints.pop(constraint.id, None)
            self._touch(customer)
        self._released.append(constraint)
        self.work.staging.constrain(constraint, self.work.entered, holds=False)

    def _touch(self, customer: Customer) -> None:
        customer.changed()
        self.work.staging.touch(customer, self.work.entered)

    def rearrange(self, cause: Cause) -> None:
        """Decide anew about all whom the command concerns."""
        assert self._region is not None, "an act begins before it ends"
        rearrange(self.work, self._region, cause)

    def result(self, kind: DecisionKind, constraints: Sequence[str] = (), made: str = "") -> Result:
        """What the command is concluded with."""
        return Result(kind, tuple(constraints), tuple(self._released), made)


def links_across(customers: Iterable[Customer], sides: Sequence[Accounts]) -> list[Constraint]:
    """The must-links on these customers that name accounts of more than one of the sides, oldest first."""
    side_of = {account: number for number, side in enumerate(sides) for account in side}
    found = {
        constraint.id: constraint
        for customer in customers
        for constraint in customer.constraints.values()
        if constraint.kind is ConstraintKind.MUST_LINK
        and len({side_of[account] for account in constraint.accounts() if account in side_of}) > 1
    }
    return [found[id_] for id_ in sorted(found)]
