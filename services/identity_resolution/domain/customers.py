"""Customers, and who belongs to them: the values that decisions are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

REFUSALS_KEPT = 1_000


class Cause(StrEnum):
    """Why an account belongs to another customer than before."""

    NEW_ACCOUNT = "new_account"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A link that was not made, and the name of the rule that forbade it."""

    account: str
    identifier: str
    rule: str


@dataclass(slots=True)
class Customer:
    """The accounts held to be one person, and why.

    `accounts` has the birth id of each: the id that it had, or would have had, alone; the least is the customer's.
    `links` has for each identifier the accounts that showed it: customers are the connected components of these links.
    `absorbed` are the ids of the customers merged into this one, directly or through others. `version` and `changed_at`
    (milliseconds since 1970) are those of the entry that changed it last. One that was merged away keeps its id, and
    names in `merged_into` the customer that has its accounts.
    """

    id: str
    version: int = 0
    changed_at: int = 0
    merged_into: str = ""
    accounts: dict[str, str] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    absorbed: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    refused_forgotten: int = 0
    link_count: int = field(init=False)
    """How many pairs of an account and an identifier that it showed."""

    def __post_init__(self) -> None:
        """Count what it was made with."""
        self.link_count = sum(map(len, self.links.values()))

    def link(self, account: str, identifier: str) -> None:
        """Record that the account showed the identifier. The link must not exist."""
        self.links.setdefault(identifier, []).append(account)
        self.link_count += 1
        if self.refused:
            self.refused = [
                refusal for refusal in self.refused if (refusal.account, refusal.identifier) != (account, identifier)
            ]

    def refuse(self, refusal: Refusal) -> bool:
        """Record a link that was not made; False where it is recorded already. The oldest give way to the newest."""
        if refusal in self.refused:
            return False
        self.refused.append(refusal)
        self._forget_refusals()
        return True

    def absorb(self, other: Customer) -> None:
        """Take over all that the other one has; it keeps its id, and what it absorbed itself."""
        self.accounts.update(other.accounts)
        self.links.update(other.links)
        self.link_count += other.link_count
        self.absorbed = sorted({*self.absorbed, *other.absorbed, other.id})
        self._take_refusals(other)
        other.merged_into = self.id

    def adopt(self, other: Customer) -> None:
        """Take over all that the other one has, which is forgotten: nobody has heard of it."""
        self.accounts.update(other.accounts)
        self._take_refusals(other)

    def _take_refusals(self, other: Customer) -> None:
        self.refused += [refusal for refusal in other.refused if refusal not in self.refused]
        self.refused_forgotten += other.refused_forgotten
        self._forget_refusals()
        other.accounts, other.links, other.link_count = {}, {}, 0
        other.refused, other.refused_forgotten = [], 0

    def _forget_refusals(self) -> None:
        excess = len(self.refused) - REFUSALS_KEPT
        if excess > 0:
            del self.refused[:excess]
            self.refused_forgotten += excess


@dataclass(frozen=True, slots=True)
class Membership:
    """The customer an account belongs to, since when, and why. `previous` is empty for a new account."""

    account: str
    customer: str
    birth_id: str
    version: int
    previous: str
    cause: Cause
    at: int


@dataclass(frozen=True, slots=True)
class Ownership:
    """The customer that an identifier is linked to."""

    identifier: str
    customer: str
    version: int
