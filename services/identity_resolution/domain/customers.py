"""Customers, who belongs to them, and why: the values that decisions are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from identity_resolution.domain.evidence import ConstraintKind, FieldWeights
from identity_resolution.domain.sides import Side

REFUSALS_KEPT = 1_000
PAIRS_KEPT = 2_000
DECISIONS_KEPT = 200
EXCLUSIVES_KEPT = 8
"""Of one account: nobody has more dates of birth."""

PairKey = tuple[str, str]
"""Two accounts, the lesser key first."""


class Cause(StrEnum):
    """Why an account belongs to another customer than before."""

    NEW_ACCOUNT = "new_account"
    MERGE = "merge"
    SPLIT = "split"
    UNDO = "undo"
    REEVALUATION = "reevaluation"
    CONSTRAINT = "constraint"


class Rule(StrEnum):
    """What forbade a tie."""

    ACCOUNTS_CAP = "accounts_per_customer"
    LINKS_CAP = "links_per_customer"
    CUSTOMER_LIMIT = "customer_limit"
    VALUE_LIMIT = "value_limit"
    HARD_CONFLICT = "hard_conflict"
    CONTRADICTION = "contradiction"
    CANNOT_LINK = "cannot_link"
    AMBIGUOUS = "ambiguous"
    BLOCKED = "blocked"


NOT_TYING = frozenset({Rule.VALUE_LIMIT, Rule.BLOCKED})
"""Rules by which an identifier ties nobody. All others keep a customer apart from some, or hold an identifier back."""


class Shown(NamedTuple):
    """Where in the log something was shown, when (milliseconds since 1970), and by which interaction."""

    position: int
    at: int
    event_id: str = ""


_NOWHERE = Shown(0, 0)


class Likeness(NamedTuple):
    """How alike two accounts are: see `Pair`. The latest word of the log on them."""

    weight: float
    personal: float
    fields: FieldWeights
    model: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class Refusal:
    """A tie of an account that was not made, to an identifier or (`is_pair`) to another account.

    `detail` says which limit, field, pair or constraint of the rule forbade it.
    """

    account: str
    other: str
    rule: Rule
    detail: str = ""
    shown: Shown = _NOWHERE
    is_pair: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a person said of accounts. Of a must-link one side is one person; of a cannot-link no two sides are.

    Times in milliseconds since 1970; `expires_at` 0: never.
    """

    id: str
    kind: ConstraintKind
    sides: tuple[tuple[str, ...], ...]
    owner: str
    reason: str
    at: int
    expires_at: int = 0
    decision: str = ""

    def accounts(self) -> Iterator[str]:
        """All that it names."""
        return (account for side in self.sides for account in side)

    def weight(self) -> int:
        """How much there is to store, in units of about 250 bytes."""
        return 5 + sum(len(side) + 1 for side in self.sides) // 4


@dataclass(slots=True)
class Customer:
    """The accounts held to be one person, and why.

    `accounts` has the birth id of each: the id that it had, or would have had, alone; the least is the customer's.
    `links` has for each identifier that it holds the accounts that showed it. `exclusives` are (field, token) by
    account. `pairs` has what is known of the likeness of its accounts to others, also to those of other customers.
    `refused` are ties not made, by account and other: to identifiers that it does not hold, or to those who hold them
    too. `absorbed` are the ids of customers merged into this one, directly or through others; `decisions` those that
    made it what it is, oldest first. `version` is that of the entry that changed it last; `told_version` (0 until it is
    noted) and `told_at` (milliseconds since 1970) are those of the one that changed what others are told: its accounts,
    and the ids that lead to it. One that was merged away keeps its id, and names in `merged_into` the customer that has
    the account whose birth id it bears, or that had it and was merged away itself.
    """

    id: str
    version: int = 0
    told_version: int = 0
    told_at: int = 0
    merged_into: str = ""
    accounts: dict[str, str] = field(default_factory=dict)
    links: dict[str, dict[str, Shown]] = field(default_factory=dict)
    exclusives: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    pairs: dict[PairKey, Likeness] = field(default_factory=dict)
    refused: dict[tuple[str, str], Refusal] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    absorbed: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    forgotten: int = 0
    """How many refusals and pairs gave way to the bounds."""
    _side: Side | None = field(default=None, init=False, repr=False, compare=False)

    def side(self) -> Side:
        """What guards look at of this customer; made when first asked for, and again after a change."""
        if self._side is None:
            side = Side(set(self.accounts))
            for identifier, shown in self.links.items():
                side.hold(identifier, min(each.at for each in shown.values()), len(shown))
            for exclusives in self.exclusives.values():
                side.be_exclusive(exclusives)
            for pair, likeness in self.pairs.items():
                side.contradict(pair, likeness.personal)
            for constraint in self.constraints.values():
                if constraint.kind is ConstraintKind.CANNOT_LINK:
                    side.keep_apart(constraint.id, constraint.sides)
                elif not all(account in self.accounts for account in constraint.accounts()):
                    side.contest(constraint.id, 1)
            for refusal in self.refused.values():
                if refusal.rule not in NOT_TYING:
                    side.contest(refusal.other, 1)
            self._side = side
        return self._side

    def changed(self) -> None:
        """What guards look at is to be made again."""
        self._side = None

    def size(self) -> int:
        """How much there is to go through when it is decided anew."""
        return len(self.accounts) + self.side().links + len(self.pairs) + len(self.refused)

    def weight(self) -> int:
        """How much there is to store, in units of about 250 bytes."""
        weight = 1 + len(self.accounts) + self.side().links + 2 * len(self.exclusives)
        weight += 3 * len(self.pairs) + 2 * len(self.refused)
        if self.constraints:
            weight += sum(each.weight() for each in self.constraints.values())
        return weight

    def link(self, account: str, identifier: str, shown: Shown) -> None:
        """Hold the identifier, which the account showed."""
        self.links.setdefault(identifier, {})[account] = shown
        if self._side is not None:
            self._side.hold(identifier, shown.at, 1)

    def drop(self, identifier: str, rule: Rule, detail: str) -> None:
        """Hold the identifier no longer, as it ties nobody: what the accounts showed is recorded as refused."""
        shown = dict(self.links.pop(identifier, {}))
        for refusal in self.refused.values():
            if refusal.other == identifier and not refusal.is_pair and refusal.rule not in NOT_TYING:
                shown[refusal.account] = refusal.shown
        for account, each in shown.items():
            self.refuse(Refusal(account, identifier, rule, detail, each))
        self.changed()

    def restore(self, identifier: str) -> bool:
        """Hold the identifier again that tied nobody, if it was shown; return whether."""
        for key, refusal in list(self.refused.items()):
            if refusal.other == identifier and refusal.rule in NOT_TYING and not refusal.is_pair:
                del self.refused[key]
                self.links.setdefault(identifier, {})[refusal.account] = refusal.shown
        self.changed()
        return identifier in self.links

    def refuse(self, refusal: Refusal) -> bool:
        """Record a tie not made; False where it is recorded so already. The oldest give way to the newest."""
        key = (refusal.account, refusal.other)
        known = self.refused.get(key)
        if known is not None and (known.rule, known.detail) == (refusal.rule, refusal.detail):
            return False
        self.permit(key)
        self.refused[key] = refusal
        if self._side is not None and refusal.rule not in NOT_TYING:
            self._side.contest(refusal.other, 1)
        self._forget()
        return True

    def is_told_of(self, identifier: str) -> bool:
        """Whether it is recorded that it holds the identifier and is kept apart from others who do."""
        holders = self.links.get(identifier, {})
        return identifier in self.side().contested and any(
            refusal.other == identifier and refusal.account in holders for refusal in self.refused.values()
        )

    def permit(self, key: tuple[str, str]) -> None:
        """Record no longer that the tie was not made."""
        refusal = self.refused.pop(key, None)
        if refusal is not None and self._side is not None and refusal.rule not in NOT_TYING:
            self._side.contest(refusal.other, -1)

    def be_exclusive(self, account: str, tokens: tuple[tuple[str, str], ...]) -> None:
        """Record that the account has these tokens too; the oldest stay."""
        self.exclusives[account] = (self.exclusives.get(account, ()) + tokens)[:EXCLUSIVES_KEPT]
        if self._side is not None:
            self._side.be_exclusive(tokens)

    def know_pair(self, pair: PairKey, likeness: Likeness) -> None:
        """Record how alike an account of this customer and another are; those that say least give way."""
        known = self.pairs.pop(pair, None)
        self.pairs[pair] = likeness
        self._forget()
        if known is not None and known.personal < 0:
            self.changed()
        elif self._side is not None:
            self._side.contradict(pair, likeness.personal)

    def decided(self, decision: str) -> None:
        """Record that a decision changed it."""
        if decision not in self.decisions:
            self.decisions = [*self.decisions, decision][-DECISIONS_KEPT:]

    def absorb(self, other: Customer) -> None:
        """Take over all that the other one has; it keeps its id."""
        self.side().absorb(other.side())
        self.absorbed = sorted({*self.absorbed, *other.absorbed, other.id})
        self._take(other)
        other.merged_into = self.id

    def adopt(self, other: Customer) -> None:
        """Take over all that the other one has, which is forgotten: nobody has heard of it."""
        self.side().absorb(other.side())
        self._take(other)

    def _take(self, other: Customer) -> None:
        self.told_version = 0
        self.accounts.update(other.accounts)
        for identifier, shown in other.links.items():
            self.links.setdefault(identifier, {}).update(shown)
        self.exclusives.update(other.exclusives)
        self.pairs.update(other.pairs)
        self.refused.update(other.refused)
        self.constraints.update(other.constraints)
        if self.refused or self.constraints:
            # Both may have the same ones, which count once.
            self.changed()
        if other.decisions:
            self.decisions = sorted({*self.decisions, *other.decisions})[-DECISIONS_KEPT:]
        self.forgotten += other.forgotten
        self._forget()
        other.empty()

    def empty(self) -> None:
        """Have nothing any more, as one that was merged away."""
        self.told_version = 0
        self.accounts, self.links, self.exclusives = {}, {}, {}
        self.pairs, self.refused, self.constraints = {}, {}, {}
        self.absorbed, self.decisions, self.forgotten = [], [], 0
        self.changed()

    def _forget(self) -> None:
        excess = len(self.refused) - REFUSALS_KEPT
        if excess > 0:
            for key in list(self.refused)[:excess]:
                del self.refused[key]
            self.forgotten += excess
            self.changed()
        if len(self.pairs) > PAIRS_KEPT:
            telling = sorted(self.pairs, key=lambda pair: -max(self.pairs[pair].weight, -self.pairs[pair].personal))
            kept = set(telling[: PAIRS_KEPT - PAIRS_KEPT // 8])
            self.forgotten += len(self.pairs) - len(kept)
            self.pairs = {pair: likeness for pair, likeness in self.pairs.items() if pair in kept}
            self.changed()


def pair_key(one: str, other: str) -> PairKey:
    """The key of two accounts."""
    return (one, other) if one < other else (other, one)


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
    decision: str = ""


class IdentifierState(StrEnum):
    """Whether an identifier ties accounts."""

    TYING = ""
    SHARED = "shared"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Showing:
    """The accounts that showed an identifier, the first one first; whose they are, their memberships tell."""

    identifier: str
    accounts: tuple[str, ...]
    version: int
    state: IdentifierState = IdentifierState.TYING
