"""What an entry tells of an account that was not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from identity_resolution.domain.customers import Likeness, PairKey, Shown


class Claim(NamedTuple):
    """The account shows an identifier that ties by so many bits."""

    identifier: str
    type: str
    trust: float


class NewPair(NamedTuple):
    """How alike the account and another one are; `before`, what was known of that."""

    key: PairKey
    other: str
    likeness: Likeness
    before: Likeness | None


@dataclass(frozen=True, slots=True)
class Learnt:
    """What is new of an account: identifiers that tie and pairs, the strongest first, and tokens by field."""

    account: str
    shown: Shown
    claims: Sequence[Claim] = ()
    exclusives: tuple[tuple[str, str], ...] = ()
    pairs: Sequence[NewPair] = ()

    def matches(self, link: float) -> Iterator[NewPair]:
        """The pairs that tie."""
        return (pair for pair in self.pairs if pair.likeness.weight >= link)
