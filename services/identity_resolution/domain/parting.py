"""Accounts that become parts, tie by tie: each tie joins what it ties, unless a guard forbids it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from identity_resolution.domain.customers import Constraint, PairKey, Refusal, Rule, Shown
from identity_resolution.domain.evidence import ConstraintKind
from identity_resolution.domain.guards import (
    Forbidden,
    against_holding,
    against_joining,
    against_links,
    cannot_links,
    joinable,
)
from identity_resolution.domain.policy import Policy, type_of
from identity_resolution.domain.sides import Side


class Tie(NamedTuple):
    """Sorts by strength, then by what is known of the account, then by age. A match of accounts has no `identifier`."""

    weakness: float
    is_plain: bool
    position: int
    account: str
    identifier: str
    other: str
    shown: Shown

    @classmethod
    def claim(
        cls,
        account: str,
        identifier: str,
        shown: Shown,
        trust: float,
        *,
        is_plain: bool = True,
    ) -> Tie:
        """The account shows the identifier. One is plain of which nothing is known that tells it from others."""
        return cls(-trust, is_plain, shown.position, account, identifier, "", shown)

    @classmethod
    def match(cls, pair: PairKey, weight: float, shown: Shown) -> Tie:
        """Two accounts are alike."""
        return cls(-weight, False, shown.position, pair[0], "", pair[1], shown)


@dataclass(slots=True)
class Part:
    """Accounts found to be one person, with the identifiers that they hold and the ties that were refused."""

    side: Side
    links: dict[str, dict[str, Shown]] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)


class Parting:
    """Parts in the making. `_part_of` points every account to its part; the smaller one is merged into the larger.

    `holders` has by identifier one account at least of each part that holds it, where the part has not got the link.
    """

    def __init__(
        self, parts: Iterable[Part], policy: Policy, holders: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._policy = policy
        self._part_of = {account: part for part in parts for account in part.side.accounts}
        self._holders = {identifier: list(accounts) for identifier, accounts in (holders or {}).items()}
        for part in {id(part): part for part in self._part_of.values()}.values():
            for identifier, shown in part.links.items():
                self._holders.setdefault(identifier, []).append(min(shown))

    def parts(self) -> list[Part]:
        """What came of it, in the order of the least accounts' keys; with what was refused and leads out of a part."""
        distinct = {id(part): part for part in self._part_of.values()}
        parts = sorted(distinct.values(), key=lambda part: min(part.side.accounts))
        for part in parts:
            part.refused = [
                refusal for refusal in part.refused if not self._is_held(refusal) or len(self.kept_apart(refusal)) > 1
            ]
        return parts

    def tell_all_sides(self, parts: Sequence[Part]) -> None:
        """Have each part know of every refused tie that keeps it apart from others, whoever showed what was refused."""
        for refusal in [refusal for part in parts for refusal in part.refused if self._is_held(refusal)]:
            for part in self.kept_apart(refusal):
                if refusal.is_pair:
                    if refusal not in part.refused:
                        part.refused.append(refusal)
                elif not any(each.other == refusal.other and self._is_held(each) for each in part.refused):
                    shown, account = min((shown, account) for account, shown in part.links[refusal.other].items())
                    part.refused.append(Refusal(account, refusal.other, refusal.rule, refusal.detail, shown))

    def kept_apart(self, refusal: Refusal) -> list[Part]:
        """The parts between which the refused tie would be."""
        if not refusal.is_pair:
            return self._parts_holding(refusal.other)
        parts = {id(part): part for part in (self._part_of[refusal.account], self._part_of[refusal.other])}
        return list(parts.values())

    def _is_held(self, refusal: Refusal) -> bool:
        """Whether it is of a match, or of an identifier that the account's part holds nevertheless."""
        return refusal.is_pair or refusal.account in self._part_of[refusal.account].links.get(refusal.other, ())

    def keep_apart(self, constraints: Iterable[Constraint]) -> None:
        """Keep apart whom people said to be different."""
        for constraint in constraints:
            if constraint.kind is ConstraintKind.CANNOT_LINK:
                for account in self._present(constraint.accounts()):
                    self._part_of[account].side.keep_apart(constraint.id, constraint.sides)

    def link(self, constraints: Iterable[Constraint]) -> list[Part]:
        """Join what people linked, as far as nobody is kept apart; return the parts that have to do with it."""
        named: list[str] = []
        for constraint in constraints:
            if constraint.kind is ConstraintKind.MUST_LINK:
                present = self._present(constraint.accounts())
                self._link(present)
                named += present
        linked = {id(part): part for part in map(self._part_of.__getitem__, named)}
        for part in linked.values():
            # All others are tried again.
            part.refused = [each for each in part.refused if not each.is_pair and self._is_held(each)]
        return list(linked.values())

    def _present(self, accounts: Iterable[str]) -> list[str]:
        return [account for account in accounts if account in self._part_of]

    def _link(self, accounts: Sequence[str]) -> None:
        heads: list[str] = []
        for account in accounts:
            part = self._part_of[account]
            for head in heads:
                other = self._part_of[head]
                if other is part:
                    break
                if next(cannot_links(other.side, part.side), None) is None:
                    self._join(other, part)
                    break
            else:
                heads.append(account)

    def take(self, tie: Tie) -> None:
        """Take in one tie."""
        if tie.identifier:
            self._take_claim(tie)
        else:
            self._take_match(tie)

    def _take_match(self, tie: Tie) -> None:
        one, other = self._part_of[tie.account], self._part_of[tie.other]
        if one is other:
            return
        pair = (tie.account, tie.other)
        forbidden = against_joining(one.side, other.side, -tie.weakness, self._policy, pair)
        if forbidden is None:
            self._join(one, other)
        else:
            one.refused.append(Refusal(*pair, *forbidden, tie.shown, is_pair=True))

    def _take_claim(self, tie: Tie) -> None:
        """Let the account's part hold the identifier, and join it with the one other part that holds it and may."""
        part = self._part_of[tie.account]
        if tie.account in part.links.get(tie.identifier, ()):
            return
        forbidden = self._against_holding(tie, part.side)
        if forbidden is not None:
            part.refused.append(Refusal(tie.account, tie.identifier, *forbidden, tie.shown))
            return
        holders = self._parts_holding(tie.identifier)
        if all(part is not holder for holder in holders):
            part = self._joined(tie, part, holders)
            if all(part is not self._part_of[account] for account in self._holders.get(tie.identifier, ())):
                self._holders.setdefault(tie.identifier, []).append(tie.account)
        part.side.hold(tie.identifier, tie.shown.at, 1)
        part.links.setdefault(tie.identifier, {})[tie.account] = tie.shown

    def _against_holding(self, tie: Tie, side: Side) -> Forbidden | None:
        """What forbids that the part holds the identifier."""
        if tie.identifier in self._policy.blocked:
            return Forbidden(Rule.BLOCKED, "")
        forbidden = against_links(side, self._policy)
        held = side.values.get(type_of(tie.identifier), {})
        if forbidden is not None or tie.identifier in held:
            return forbidden
        return against_holding(held.values(), tie.identifier, tie.shown.at, self._policy)

    def _joined(self, tie: Tie, part: Part, holders: Sequence[Part]) -> Part:
        """What the part becomes: one with the one holder that it may join, or itself, with what forbade it."""
        found = joinable(part.side, [each.side for each in holders], -tie.weakness, self._policy)
        if isinstance(found, int):
            return self._join(part, holders[found])
        if found is not None:
            part.refused.append(Refusal(tie.account, tie.identifier, *found, tie.shown))
        return part

    def _parts_holding(self, identifier: str) -> list[Part]:
        accounts = self._holders.get(identifier, ())
        return list({id(part): part for part in map(self._part_of.__getitem__, accounts)}.values())

    def _join(self, one: Part, other: Part) -> Part:
        large, small = (one, other) if len(one.side.accounts) >= len(other.side.accounts) else (other, one)
        for account in small.side.accounts:
            self._part_of[account] = large
        large.side.absorb(small.side)
        for identifier, shown in small.links.items():
            large.links.setdefault(identifier, {}).update(shown)
        large.refused += small.refused
        return large
