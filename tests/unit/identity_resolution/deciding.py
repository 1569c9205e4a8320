"""A store in memory that decides entry by entry: each on what is stored of all that it names, and on nothing else."""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass, field

from identity_resolution.domain.commands import carry_out
from identity_resolution.domain.customers import Constraint, Customer, IdentifierState, Membership, Showing
from identity_resolution.domain.decide import decide
from identity_resolution.domain.decisions import Decision, Outcome, Relationship, Suggestion
from identity_resolution.domain.evidence import Act, Command, Evidence, Pair
from identity_resolution.domain.named import named
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.staging import Changes, Entered, Staging

MILLISECONDS = 1_700_000_000_000


@dataclass
class Store:
    """What is stored, and the log that led to it. `at` is the time of the next entry, in milliseconds since 1970."""

    policy: Policy = field(default_factory=Policy)
    memberships: dict[str, Membership] = field(default_factory=dict)
    identifiers: dict[str, Showing] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    constraints: dict[str, tuple[Constraint, int, bool]] = field(default_factory=dict)
    suggestions: dict[str, Suggestion] = field(default_factory=dict)
    relationships: dict[str, Relationship] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    log: list[Evidence | Command] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    """Of the last entry."""
    fetched: int = 0
    weight: int = 0
    at: int = MILLISECONDS

    def show(
        self,
        account: str,
        *identifiers: str,
        pairs: Collection[Pair] = (),
        exclusives: Collection[tuple[str, str]] = (),
    ) -> Customer:
        """Decide a piece of evidence; return the account's customer."""
        self.take(Evidence(account, identifiers, tuple(exclusives), tuple(pairs), f"e{len(self.log)}"))
        return self.home(account)

    def command(self, act: Act, request_id: str = "") -> Outcome:
        """Carry out a command; return its outcome."""
        request_id = request_id or f"r{len(self.log)}"
        self.take(Command(request_id, "somebody", "because", act))
        return self.outcomes[request_id]

    def take(self, entry: Evidence | Command) -> None:
        """Take in an entry of the log, a millisecond after the one before."""
        staging = Staging()
        staging.fetch = lambda accounts, identifiers: self._fetch(staging, accounts, identifiers)
        entered = Entered(len(self.log), self.at)
        self.log.append(entry)
        self.at += 1
        if isinstance(entry, Command):
            self._load_command(staging, entry)
            carry_out(staging, entry, entered, self.policy)
        else:
            self._load(staging, {entry.account, *(pair.other for pair in entry.pairs)}, entry.identifiers)
            decide(staging, entry, entered, self.policy)
        self._keep(staging)

    def home(self, account: str) -> Customer:
        """The account's customer."""
        return self.customers[self.memberships[account].customer]

    def live(self) -> dict[str, Customer]:
        """All customers that were not merged away."""
        return {id_: each for id_, each in self.customers.items() if not each.merged_into}

    def people(self) -> set[frozenset[str]]:
        """The accounts of each customer."""
        return {frozenset(each.accounts) for each in self.live().values()}

    def standing(self) -> list[Constraint]:
        """The constraints that hold."""
        return [constraint for constraint, _, holds in self.constraints.values() if holds]

    def shown(self) -> dict[str, IdentifierState]:
        """What each identifier is good for."""
        return {identifier: showing.state for identifier, showing in self.identifiers.items()}

    def _load_command(self, staging: Staging, command: Command) -> None:
        wanted = named(command.act)
        if command.request_id in self.outcomes:
            staging.outcomes[command.request_id] = self.outcomes[command.request_id]
        staging.decisions = {id_: self.decisions[id_] for id_ in wanted.decisions if id_ in self.decisions}
        made = [id_ for each in staging.decisions.values() for id_ in each.constraints]
        staging.constraints = {
            id_: self.constraints[id_][0]
            for id_ in (*wanted.constraints, *made)
            if id_ in self.constraints and self.constraints[id_][2]
        }
        staging.suggestions = {id_: self.suggestions[id_] for id_ in wanted.suggestions if id_ in self.suggestions}
        staging.relationships = {
            id_: self.relationships[id_] for id_ in wanted.relationships if id_ in self.relationships
        }
        accounts = set(wanted.accounts)
        for id_ in wanted.customers:
            at = id_
            while at in self.customers and self.customers[at].merged_into:
                at = self.customers[at].merged_into
            if at in self.customers:
                staging.live[id_] = at
                accounts.update(self.customers[at].accounts)
        accounts.update(
            account for each in staging.decisions.values() for _, before in each.before for account in before
        )
        accounts.update(account for each in staging.constraints.values() for account in each.accounts())
        accounts.update(account for each in staging.suggestions.values() for account in each.pair)
        self._load(staging, accounts, wanted.identifiers)

    def _load(self, staging: Staging, accounts: Collection[str], identifiers: Collection[str]) -> None:
        wanted = set(accounts)
        for identifier in identifiers:
            if identifier in self.identifiers:
                showing = self.identifiers[identifier]
                staging.identifiers[identifier] = showing.accounts
                staging.states[identifier] = showing.state
                wanted.update(showing.accounts)
        found = {self.memberships[account].customer for account in wanted if account in self.memberships}
        staging.know([_loaded(self.customers[id_]) for id_ in sorted(found - staging.customers.keys())])

    def _fetch(self, staging: Staging, accounts: Collection[str], identifiers: Collection[str]) -> None:
        self.fetched += 1
        self._load(staging, accounts, identifiers)

    def _keep(self, staging: Staging) -> None:
        self.changes, self.weight = staging.changes, staging.weight
        self.memberships.update(staging.changes.memberships)
        self.identifiers.update(staging.changes.identifiers)
        self.customers.update({id_: deepcopy(each) for id_, each in staging.changes.customers.items()})
        self.decisions.update(staging.changes.decisions)
        self.constraints.update(staging.changes.constraints)
        self.suggestions.update(staging.changes.suggestions)
        self.relationships.update(staging.changes.relationships)
        self.outcomes.update(staging.changes.outcomes)


def replayed(store: Store) -> Store:
    """Another store that decides the same log, in one go and all in memory."""
    again = Store(store.policy)
    staging = Staging()
    for position, entry in enumerate(store.log):
        entered = Entered(position, MILLISECONDS + position)
        if isinstance(entry, Command):
            staging.decisions, staging.relationships = dict(again.decisions), dict(again.relationships)
            staging.constraints = {each.id: each for each in again.standing()}
            carry_out(staging, entry, entered, store.policy)
        else:
            decide(staging, entry, entered, store.policy)
        again._keep(staging)
        staging.forget_changes()
    return again


def stored(store: Store) -> dict[str, object]:
    """All that is stored, by kind."""
    customers = {id_: _loaded(each) for id_, each in store.customers.items()}
    kinds = ("memberships", "identifiers", "decisions", "constraints", "suggestions", "relationships", "outcomes")
    return {"customers": customers, **{kind: getattr(store, kind) for kind in kinds}}


def _loaded(stored: Customer) -> Customer:
    """The customer as it comes from a store, which keeps the order of lists, and of no other things."""
    customer = deepcopy(stored)
    customer.changed()
    customer.accounts = dict(sorted(customer.accounts.items()))
    customer.links = {key: dict(sorted(shown.items())) for key, shown in sorted(customer.links.items())}
    customer.exclusives = dict(sorted(customer.exclusives.items()))
    return customer
