"""What guards look at of the accounts on one side of a tie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from identity_resolution.domain.policy import type_of


@dataclass(slots=True)
class Side:
    """A summary of accounts that are one person, which grows by accounts, values and whole other sides.

    `values` has by type each identifier with the time it was first shown; `exclusives` by field the tokens; `against`
    by account the accounts, anybody's, that contradict it and by how many bits; `worst` is the strongest contradiction
    among its own; `apart` has by cannot-link the numbers of its sides that are among the accounts. `contested` counts
    what binds the side to others who are kept apart from it: identifiers, accounts and must-links, by key.
    """

    accounts: set[str]
    values: dict[str, dict[str, int]] = field(default_factory=dict)
    exclusives: dict[str, set[str]] = field(default_factory=dict)
    against: dict[str, dict[str, float]] = field(default_factory=dict)
    apart: dict[str, set[int]] = field(default_factory=dict)
    contested: dict[str, int] = field(default_factory=dict)
    links: int = 0
    worst: float = 0.0

    def copy(self) -> Side:
        """Another one of the same, that grows by itself."""
        return Side(
            set(self.accounts),
            {type_: dict(held) for type_, held in self.values.items()},
            {name: set(tokens) for name, tokens in self.exclusives.items()},
            {account: dict(row) for account, row in self.against.items()},
            {constraint: set(numbers) for constraint, numbers in self.apart.items()},
            dict(self.contested),
            self.links,
            self.worst,
        )

    def hold(self, identifier: str, at: int, links: int) -> None:
        """Hold the identifier since that time, shown by so many more accounts."""
        held = self.values.setdefault(type_of(identifier), {})
        held[identifier] = min(at, held.get(identifier, at))
        self.links += links

    def be_exclusive(self, exclusives: Iterable[tuple[str, str]]) -> None:
        """Have these tokens."""
        for name, token in exclusives:
            self.exclusives.setdefault(name, set()).add(token)

    def contradict(self, pair: tuple[str, str], personal: float) -> None:
        """Note that two accounts, at least one of this side, contradict each other, if they do."""
        if personal < 0:
            one, other = pair
            if one in self.accounts:
                self.against.setdefault(one, {})[other] = personal
            if other in self.accounts:
                self.against.setdefault(other, {})[one] = personal
                if one in self.accounts:
                    self.worst = min(self.worst, personal)

    def keep_apart(self, constraint: str, sides: Iterable[Iterable[str]]) -> None:
        """Note which sides of a cannot-link have accounts here."""
        here = {number for number, side in enumerate(sides) if not self.accounts.isdisjoint(side)}
        if here:
            self.apart.setdefault(constraint, set()).update(here)

    def contest(self, other: str, count: int) -> None:
        """Note that so many more, or fewer, ties to `other` were refused."""
        left = self.contested.get(other, 0) + count
        if left > 0:
            self.contested[other] = left
        else:
            self.contested.pop(other, None)

    def absorb(self, other: Side) -> None:
        """Become the side of both."""
        for _, _, personal in contradictions(self, other):
            self.worst = min(self.worst, personal)
        self.worst = min(self.worst, other.worst)
        self.accounts |= other.accounts
        for type_, held in other.values.items():
            mine = self.values.setdefault(type_, {})
            for identifier, at in held.items():
                mine[identifier] = min(at, mine.get(identifier, at))
        for name, tokens in other.exclusives.items():
            self.exclusives.setdefault(name, set()).update(tokens)
        for account, row in other.against.items():
            self.against.setdefault(account, {}).update(row)
        for constraint, numbers in other.apart.items():
            self.apart.setdefault(constraint, set()).update(numbers)
        for key, count in other.contested.items():
            self.contest(key, count)
        self.links += other.links


def contradictions(one: Side, other: Side) -> Iterator[tuple[str, str, float]]:
    """Accounts across the sides that contradict each other, and by how many bits."""
    few, many = (one, other) if len(one.against) <= len(other.against) else (other, one)
    for account, row in few.against.items():
        for against, personal in row.items():
            if against in many.accounts:
                yield account, against, personal
