"""Decides who is who: one entry of the evidence log after the other, on documents in memory.

Customers are the connected components of the graph of accounts and the identifiers that they showed, as far as the caps
allow; only under caps does the order of the log matter. Decisions follow from the log alone: it replays to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from identity_resolution.domain.customer_ids import birth_id
from identity_resolution.domain.customers import Cause, Customer, Membership, Ownership, Refusal
from identity_resolution.domain.rules import Caps

ACCOUNTS_CAP = "accounts_per_customer"
LINKS_CAP = "links_per_customer"


@dataclass(frozen=True, slots=True)
class Evidence:
    """An account exists, and showed these identifiers, all by key."""

    account: str
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entered:
    """Where an entry stands in the log, and when it entered it: milliseconds since 1970, never less than before."""

    position: int
    at: int

    @property
    def version(self) -> int:
        """The version of all that the entry changes: it rises with the log, and is above 0."""
        return self.position + 1


@dataclass(slots=True)
class Staging:
    """What decisions are made on: all that is known of the accounts and identifiers of a batch, and what has changed.

    `memberships` and `identifiers` give the id of a live customer, and `customers` holds each such customer; what is
    absent does not exist. Whoever fills it must have looked for every account and identifier of the entries to come.
    """

    memberships: dict[str, str] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    changed_memberships: dict[str, Membership] = field(default_factory=dict)
    changed_identifiers: dict[str, Ownership] = field(default_factory=dict)
    changed_customers: dict[str, Customer] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    weight: int = 0
    """How much has changed: documents, and in those of customers accounts and links."""

    def know(
        self, memberships: Mapping[str, str], identifiers: Mapping[str, str], customers: Iterable[Customer]
    ) -> None:
        """Take in what the store has."""
        self.memberships.update(memberships)
        self.identifiers.update(identifiers)
        self.customers.update((customer.id, customer) for customer in customers)

    def forget_changes(self) -> None:
        """What was changed is stored now."""
        self.changed_memberships = {}
        self.changed_identifiers = {}
        self.changed_customers = {}
        self.weights, self.weight = {}, 0

    def move(self, membership: Membership) -> None:
        """Point an account to its customer."""
        self.memberships[membership.account] = membership.customer
        self.changed_memberships[membership.account] = membership
        self.weight += 1

    def own(self, identifier: str, customer: str, entered: Entered) -> None:
        """Point an identifier to its customer."""
        self.identifiers[identifier] = customer
        self.changed_identifiers[identifier] = Ownership(identifier, customer, entered.version)
        self.weight += 1

    def touch(self, customer: Customer, entered: Entered) -> None:
        """Note that a customer has changed."""
        customer.version, customer.changed_at = entered.version, entered.at
        self.customers[customer.id] = customer
        self.changed_customers[customer.id] = customer
        weight = 1 + len(customer.accounts) + len(customer.links) + customer.link_count + len(customer.refused)
        self.weight += weight - self.weights.get(customer.id, 0)
        self.weights[customer.id] = weight


def decide(staging: Staging, evidence: Evidence, entered: Entered, caps: Caps) -> None:
    """Take an entry into the staging: create, join, merge or refuse. The same evidence again changes nothing."""
    home_id = staging.memberships.get(evidence.account)
    if home_id is None:
        home = Customer(birth_id(entered.at, entered.position))
        home.accounts[evidence.account] = home.id
    else:
        home = staging.customers[home_id]
    plan = _plan(staging, home, evidence, caps)
    if home_id is not None and not plan.links and not plan.is_refusal_new:
        return
    survivor = min(plan.customers, key=lambda customer: customer.id)
    if home_id is None:
        staging.move(_membership(evidence.account, home.id, survivor, entered))
    for loser in plan.customers:
        if loser is survivor:
            continue
        if loser is home and home_id is None:
            survivor.adopt(loser)
        else:
            _merge(staging, survivor, loser, entered)
    for identifier in plan.links:
        survivor.link(evidence.account, identifier)
        if staging.identifiers.get(identifier) != survivor.id:
            staging.own(identifier, survivor.id, entered)
    staging.touch(survivor, entered)


@dataclass(slots=True)
class _Plan:
    """Which customers become one, and which identifiers are linked to the account."""

    customers: list[Customer]
    links: list[str] = field(default_factory=list)
    is_refusal_new: bool = False


def _plan(staging: Staging, home: Customer, evidence: Evidence, caps: Caps) -> _Plan:
    """Go through the identifiers in their order; each is linked if that and all before it together stay within caps."""
    plan = _Plan([home])
    accounts, links = len(home.accounts), home.link_count
    for identifier in dict.fromkeys(evidence.identifiers):
        owner = staging.customers[staging.identifiers[identifier]] if identifier in staging.identifiers else None
        if owner is home and evidence.account in home.links[identifier]:
            continue
        joining = owner if owner is not None and all(owner is not other for other in plan.customers) else None
        more_accounts = len(joining.accounts) if joining else 0
        more_links = 1 + (joining.link_count if joining else 0)
        rule = _broken_cap(accounts + more_accounts, links + more_links, caps)
        if rule:
            plan.is_refusal_new |= home.refuse(Refusal(evidence.account, identifier, rule))
            continue
        accounts, links = accounts + more_accounts, links + more_links
        plan.links.append(identifier)
        if joining:
            plan.customers.append(joining)
    return plan


def _broken_cap(accounts: int, links: int, caps: Caps) -> str:
    if accounts > caps.accounts_per_customer:
        return ACCOUNTS_CAP
    return LINKS_CAP if links > caps.links_per_customer else ""


def _merge(staging: Staging, survivor: Customer, loser: Customer, entered: Entered) -> None:
    for account, born in loser.accounts.items():
        staging.move(Membership(account, survivor.id, born, entered.version, loser.id, Cause.MERGE, entered.at))
    for identifier in loser.links:
        staging.own(identifier, survivor.id, entered)
    survivor.absorb(loser)
    staging.touch(loser, entered)


def _membership(account: str, born: str, customer: Customer, entered: Entered) -> Membership:
    return Membership(account, customer.id, born, entered.version, "", Cause.NEW_ACCOUNT, entered.at)
