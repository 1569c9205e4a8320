"""Who is one person, decided anew from all evidence on some accounts: a pure function of that evidence.

Every account begins alone. What people said comes first; then the ties, the strongest first, and each joins the two sides
that it ties unless a guard forbids it (single linkage, as Kruskal's algorithm builds a spanning forest, under guards). The
outcome does not depend on the order in which evidence arrived, but where ties of one strength compete: there the older
one wins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from identity_resolution.domain.customers import Constraint, Customer, PairKey, Refusal, Rule, Shown
from identity_resolution.domain.evidence import ConstraintKind
from identity_resolution.domain.guards import against_holding, against_joining, cannot_links, joinable
from identity_resolution.domain.policy import Policy, type_of
from identity_resolution.domain.sides import Side

RETRIED = frozenset({Rule.CUSTOMER_LIMIT, Rule.LINKS_CAP})
"""Rules by which a customer does not hold an identifier that an account of it showed, until it is decided anew."""
NOT_TYING = frozenset({Rule.VALUE_LIMIT, Rule.BLOCKED})
"""Rules by which an identifier ties nobody."""


class _Tie(NamedTuple):
    """Sorts by strength, then by age; `identifier` is empty for a match of `account` and `other`."""

    strength: float
    is_plain: bool
    position: int
    account: str
    identifier: str
    other: str
    shown: Shown


@dataclass(slots=True)
class Part:
    """Accounts found to be one person, with the identifiers that they hold and the ties that were refused."""

    side: Side
    links: dict[str, dict[str, Shown]] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)


def partition(customers: Sequence[Customer], policy: Policy, tying: Collection[str] = ()) -> list[Part]:
    """The persons among the accounts of these customers, in the order of their least accounts' keys.

    `tying` are identifiers that were refused as tying nobody, and tie again.
    """
    parting = _Parting(customers, policy)
    parting.obey(_constraints(customers))
    for tie in sorted(_ties(customers, policy, tying)):
        parting.take(tie)
    return parting.parts()


class _Parting:
    """Parts in the making. `_part_of` points every account to its part; the smaller one is merged into the larger."""

    def __init__(self, customers: Sequence[Customer], policy: Policy) -> None:
        self._policy = policy
        self._part_of = {account: Part(Side({account})) for each in customers for account in each.accounts}
        self._holders: dict[str, list[str]] = {}
        for customer in customers:
            for account, exclusives in customer.exclusives.items():
                self._part_of[account].side.be_exclusive(exclusives)
            for pair, likeness in customer.pairs.items():
                for account in pair:
                    if account in self._part_of:
                        self._part_of[account].side.contradict(pair, likeness.personal)

    def parts(self) -> list[Part]:
        """What came of it."""
        distinct = {id(part): part for part in self._part_of.values()}
        return sorted(distinct.values(), key=lambda part: min(part.side.accounts))

    def obey(self, constraints: Sequence[Constraint]) -> None:
        """Keep apart and join as people said. Of a must-link that runs against a cannot-link, the part that can be."""
        for constraint in constraints:
            if constraint.kind is ConstraintKind.CANNOT_LINK:
                for account in self._present(constraint.accounts()):
                    self._part_of[account].side.keep_apart(constraint.id, constraint.sides)
        for constraint in constraints:
            if constraint.kind is ConstraintKind.MUST_LINK:
                present = self._present(constraint.accounts())
                for account in present[1:]:
                    one, other = self._part_of[present[0]], self._part_of[account]
                    if one is not other and next(cannot_links(one.side, other.side), None) is None:
                        self._join(one, other)

    def _present(self, accounts: Iterable[str]) -> list[str]:
        return [account for account in accounts if account in self._part_of]

    def take(self, tie: _Tie) -> None:
        """Take in one tie."""
        if tie.identifier:
            self._take_claim(tie)
        else:
            self._take_match(tie)

    def _take_match(self, tie: _Tie) -> None:
        one, other = self._part_of[tie.account], self._part_of[tie.other]
        if one is other:
            return
        pair: PairKey = (tie.account, tie.other)
        forbidden = against_joining(one.side, other.side, -tie.strength, self._policy, pair)
        if forbidden is None:
            self._join(one, other)
        else:
            one.refused.append(Refusal(tie.account, tie.other, *forbidden, tie.shown, is_pair=True))

    def _take_claim(self, tie: _Tie) -> None:
        """Let the account's part hold the identifier, and join it with the one other part that holds it and may."""
        part = self._part_of[tie.account]
        forbidden = against_holding(part.side, type_of(tie.identifier), tie.identifier, tie.shown.at, self._policy)
        if forbidden is not None:
            part.refused.append(Refusal(tie.account, tie.identifier, *forbidden, tie.shown))
            return
        holders = self._parts_holding(tie.identifier)
        if all(part is not holder for holder in holders):
            part = self._joined_by(tie, part, holders)
        part.side.hold(tie.identifier, tie.shown.at, 1)
        part.links.setdefault(tie.identifier, {})[tie.account] = tie.shown
        self._holders.setdefault(tie.identifier, []).append(tie.account)

    def _joined_by(self, tie: _Tie, part: Part, holders: Sequence[Part]) -> Part:
        """What the part becomes: one with the one holder that it may join, or itself, with what forbade it."""
        found = joinable(part.side, [each.side for each in holders], -tie.strength, self._policy)
        if isinstance(found, int):
            return self._join(part, holders[found])
        if found is not None:
            part.refused.append(Refusal(tie.account, tie.identifier, *found, tie.shown))
        return part

    def _parts_holding(self, identifier: str) -> list[Part]:
        accounts = self._holders.get(identifier, ())
        return list({id(part): part for part in (self._part_of[account] for account in accounts)}.values())

    def _join(self, one: Part, other: Part) -> Part:
        large, small = (one, other) if len(one.side.accounts) >= len(other.side.accounts) else (other, one)
        for account in small.side.accounts:
            self._part_of[account] = large
        large.side.absorb(small.side)
        for identifier, shown in small.links.items():
            large.links.setdefault(identifier, {}).update(shown)
        large.refused += small.refused
        return large


def _constraints(customers: Sequence[Customer]) -> list[Constraint]:
    """What people said of the accounts, oldest first."""
    found = {id_: constraint for each in customers for id_, constraint in each.constraints.items()}
    return sorted(found.values(), key=lambda constraint: constraint.id)


def _ties(customers: Sequence[Customer], policy: Policy, tying: Collection[str]) -> Iterator[_Tie]:
    """All that ties the accounts. Of one identifier, accounts that contradict others come first: see `_is_plain`."""
    accounts = {account for each in customers for account in each.accounts}
    against = {account for each in customers for account in each.side().against}
    for customer in customers:
        for identifier, holders in customer.links.items():
            if identifier in policy.blocked:
                continue
            for account, shown in holders.items():
                yield _claim(account, identifier, shown, policy, against)
        for refusal in customer.refused.values():
            is_retried = refusal.rule in RETRIED or (refusal.rule in NOT_TYING and refusal.other in tying)
            if is_retried and not refusal.is_pair and refusal.other not in policy.blocked:
                yield _claim(refusal.account, refusal.other, refusal.shown, policy, against)
    known = {pair: likeness for each in customers for pair, likeness in each.pairs.items()}
    for (one, other), likeness in known.items():
        if likeness.weight >= policy.link and one in accounts and other in accounts:
            yield _Tie(-likeness.weight, False, likeness.shown.position, one, "", other, likeness.shown)


def _claim(account: str, identifier: str, shown: Shown, policy: Policy, against: set[str]) -> _Tie:
    """A claim. Of an identifier that contradicting people show, those who are told apart come before those who are not.

    So an account of which nothing else is known finds all of them there and is joined to none by chance.
    """
    return _Tie(-policy.trust_in(identifier), account not in against, shown.position, account, identifier, "", shown)
