"""What decisions are made on, and what they change: documents in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from identity_resolution.domain.customer_ids import birth_id
from identity_resolution.domain.customers import (
    Cause,
    Constraint,
    Customer,
    IdentifierState,
    Membership,
    Showing,
)
from identity_resolution.domain.decisions import Decision, Joint, Outcome, Relationship, Suggestion
from identity_resolution.domain.policy import Policy

MOST_CHANGED = 40_000
"""What one entry may change, as `Staging.weight` counts: all of it must fit into one commit."""

Fetch = Callable[[Collection[str], Collection[str]], None]
"""Puts into the staging what is stored of accounts and of identifiers, with the customers of both."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Where an entry stands in the log, and when it entered it: milliseconds since 1970, never less than before."""

    position: int
    at: int

    @property
    def version(self) -> int:
        """The version of all that the entry changes: it rises with the log, and is above 0."""
        return self.position + 1

    @property
    def id(self) -> str:
        """The id of the decision that the entry leads to, and of the first thing that it creates."""
        return birth_id(self.at, self.position)


@dataclass(slots=True)
class Forgotten:
    """What an erasure removes, by kind and key. `at` is its time, in milliseconds since 1970.

    `identifiers` are those that nobody else has shown; `customers` the erased one's id, and those merged into it.
    """

    at: int
    customers: set[str]
    accounts: set[str]
    identifiers: set[str] = field(default_factory=set)
    decisions: set[str] = field(default_factory=set)
    constraints: set[str] = field(default_factory=set)
    suggestions: set[str] = field(default_factory=set)
    relationships: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Changes:
    """What is to be stored, by kind and key."""

    memberships: dict[str, Membership] = field(default_factory=dict)
    identifiers: dict[str, Showing] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    constraints: dict[str, tuple[Constraint, int, bool]] = field(default_factory=dict)
    """With the version, and whether it holds."""
    suggestions: dict[str, Suggestion] = field(default_factory=dict)
    relationships: dict[str, Relationship] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    forgotten: Forgotten | None = None


def _has_all(accounts: Collection[str], identifiers: Collection[str]) -> None:
    """Nothing is stored elsewhere."""


@dataclass(slots=True)
class Staging:
    """All that is known of what a batch's entries name, and what they have changed.

    `memberships` give the id of a live customer by account, `identifiers` by identifier the accounts that showed it,
    and `customers` has the customers of both; `states` has identifiers that tie nothing, and `live` leads from ids
    that people named to those of live customers. What is absent does not exist: whoever fills it must have looked for
    all that the entries to come name. What decisions need beyond that, they ask `fetch` for. `decisions`,
    `constraints` and `relationships` are those that commands name, as stored. `erased_accounts` and
    `erased_identifiers` have those whom evidence names that were erased, with the time of that: not all, but all that
    matter to the evidence.
    """

    memberships: dict[str, str] = field(default_factory=dict)
    identifiers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    states: dict[str, IdentifierState] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    suggestions: dict[str, Suggestion] = field(default_factory=dict)
    relationships: dict[str, Relationship] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    erased_accounts: dict[str, int] = field(default_factory=dict)
    erased_identifiers: dict[str, int] = field(default_factory=dict)
    fetch: Fetch = _has_all
    changes: Changes = field(default_factory=Changes)
    before: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The accounts that customers had before the entry in work, of those that it brings together or parts."""
    joints: list[Joint] = field(default_factory=list)
    """What the entry in work joined customers by."""
    born: dict[str, str] = field(default_factory=dict)
    """Accounts that the entry in work was the first to show, with their birth ids."""
    live_anew: set[str] = field(default_factory=set)
    """Customers that were none before the entry in work."""
    moved: dict[str, tuple[str, Membership | None]] = field(default_factory=dict)
    """Of accounts that the entry in work moved, the customer before it, and the membership if not stored yet."""
    weights: dict[str, int] = field(default_factory=dict)
    weight: int = 0
    """How much has changed, in units of about 250 bytes."""

    def know(self, customers: Iterable[Customer]) -> None:
        """Take in customers as they are stored, and whose their accounts are."""
        for customer in customers:
            self.customers[customer.id] = customer
            self.memberships.update(dict.fromkeys(customer.accounts, customer.id))

    def forget_changes(self) -> None:
        """What was changed is stored now."""
        self.changes = Changes()
        self.weights, self.weight = {}, 0

    def begin(self) -> None:
        """Another entry is in work from now on."""
        self.before, self.joints, self.born = {}, [], {}
        self.live_anew, self.moved = set(), {}

    def home(self, account: str) -> Customer:
        """The customer that an account belongs to which is known, if perhaps not here."""
        if account not in self.memberships:
            self.fetch((account,), ())
        return self.customers[self.memberships[account]]

    def holders(self, identifier: str) -> list[Customer]:
        """The customers that hold an identifier."""
        found: dict[str, Customer] = {}
        for account in self.identifiers.get(identifier, ()):
            customer = self.customers[self.memberships[account]]
            if account in customer.links.get(identifier, ()):
                found[customer.id] = customer
        return list(found.values())

    def create(self, account: str, entered: Entered) -> Customer:
        """A customer for an account that is new."""
        id_ = birth_id(entered.at, entered.position, len(self.born))
        customer = Customer(id_, accounts={account: id_})
        self.born[account] = id_
        self.live_anew.add(id_)
        self.customers[id_] = customer
        self.move(account, id_, id_, Cause.NEW_ACCOUNT, entered)
        return customer

    def move(self, account: str, born: str, customer: str, cause: Cause, entered: Entered) -> None:
        """Point an account to its customer; one that comes back to where the entry found it has not moved."""
        changed = self.changes.memberships
        if account in self.born:
            changed[account] = Membership(account, customer, born, entered.version, "", Cause.NEW_ACCOUNT, entered.at)
        else:
            previous, stored = self.moved.setdefault(account, (self.memberships[account], changed.get(account)))
            if customer != previous:
                changed[account] = Membership(
                    account, customer, born, entered.version, previous, cause, entered.at, entered.id
                )
            elif stored is not None:
                changed[account] = stored
            else:
                changed.pop(account, None)
        self.memberships[account] = customer
        self.weight += 1

    def show(
        self,
        identifier: str,
        accounts: tuple[str, ...],
        entered: Entered,
        state: IdentifierState = IdentifierState.TYING,
    ) -> None:
        """Note who showed an identifier, and whether it ties."""
        self.identifiers[identifier] = accounts
        self.states[identifier] = state
        self.changes.identifiers[identifier] = Showing(identifier, accounts, entered.version, state)
        self._weigh(identifier, 1 + len(accounts) // 4)

    def touch(self, customer: Customer, entered: Entered) -> None:
        """Note that a customer has changed."""
        customer.version = entered.version
        if not customer.told_version:
            customer.told_version, customer.told_at = entered.version, entered.at
        self.customers[customer.id] = customer
        self.changes.customers[customer.id] = customer
        self._weigh(customer.id, customer.weight())

    def decide(self, decision: Decision) -> None:
        """Note a decision."""
        self.changes.decisions[decision.id] = decision
        self.weight += 10 + sum(len(accounts) // 4 + 1 for _, accounts in (*decision.before, *decision.after))

    def constrain(self, constraint: Constraint, entered: Entered, *, holds: bool) -> None:
        """Note that a constraint holds from now on, or holds no longer."""
        self.changes.constraints[constraint.id] = (constraint, entered.version, holds)
        self.weight += constraint.weight()

    def suggest(self, suggestion: Suggestion) -> None:
        """Note what has become of a suggestion."""
        self.suggestions[suggestion.id] = suggestion
        self.changes.suggestions[suggestion.id] = suggestion
        self.weight += 6

    def relate(self, relationship: Relationship) -> None:
        """Note what has become of a relationship."""
        self.changes.relationships[relationship.id] = relationship
        self.weight += 1

    def forget(self, forgotten: Forgotten) -> None:
        """Note what an erasure removes."""
        self.changes.forgotten = forgotten
        for customer in forgotten.customers:
            self.customers.pop(customer, None)
        for account in forgotten.accounts:
            self.memberships.pop(account, None)
        for identifier in forgotten.identifiers:
            self.identifiers.pop(identifier, None)

    def unmake(self, customer: str) -> None:
        """Forget a customer that the entry in work has made and joined with another: nobody has heard of it."""
        del self.customers[customer]
        self.changes.customers.pop(customer, None)
        self.weight -= self.weights.pop(customer, 0)

    def remember_before(self, customer: Customer) -> None:
        """Keep which accounts the customer had before the entry in work, if it is the first to ask."""
        if customer.id not in self.before and customer.id not in self.live_anew:
            self.before[customer.id] = tuple(sorted(customer.accounts.keys() - self.born.keys()))

    def _weigh(self, key: str, weight: int) -> None:
        self.weight += weight - self.weights.get(key, 0)
        self.weights[key] = weight


@dataclass(frozen=True, slots=True)
class Work:
    """An entry in work: on what it is decided, where it stands in the log, and by which rules."""

    staging: Staging
    entered: Entered
    policy: Policy
