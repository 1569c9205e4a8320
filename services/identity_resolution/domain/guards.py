"""What forbids that a tie makes two sides one person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from identity_resolution.domain.customers import PairKey, Rule, pair_key
from identity_resolution.domain.policy import Policy, exceeded, type_of
from identity_resolution.domain.sides import Side, contradictions

_PARTS_OF_A_DATE = 3


class Forbidden(NamedTuple):
    """The rule that forbids, and which limit, field, pair or constraint of it."""

    rule: Rule
    detail: str


def against_joining(
    one: Side, other: Side, weight: float, policy: Policy, pair: PairKey | None = None
) -> Forbidden | None:
    """What forbids that a tie of this weight (bits) joins the sides; None where nothing does.

    The tie is an identifier that one side holds and the other is to link to, or a match of two accounts, `pair`. A
    match's weight has the details in it that the model compared, also those of which a person has only one; so these
    hold back only what does not know of them: identifiers.
    """
    return next(_in_order(one, other, weight, policy, pair), None)


def all_against(one: Side, other: Side, weight: float, policy: Policy, pair: PairKey | None = None) -> list[Forbidden]:
    """Everything that forbids it, as `against_joining` takes it."""
    return list(dict.fromkeys(_in_order(one, other, weight, policy, pair)))


def joinable(side: Side, holders: Sequence[Side], weight: float, policy: Policy) -> int | Forbidden | None:
    """Which of those that hold an identifier the side is joined to by showing it, by number; or else what forbids it.

    None where nobody holds it. Where several do, they are known to be different people: unless all but one are out of
    the question, the identifier does not tell which one this is.
    """
    against = [against_joining(side, each, weight, policy) for each in holders]
    free = [number for number, forbidden in enumerate(against) if forbidden is None]
    if len(free) == 1:
        return free[0]
    if free:
        return Forbidden(Rule.AMBIGUOUS, f"{len(free)} customers hold it")
    return against[0] if against else None


def _in_order(one: Side, other: Side, weight: float, policy: Policy, pair: PairKey | None) -> Iterator[Forbidden]:
    if one.apart and other.apart:
        yield from cannot_links(one, other)
    if len(one.accounts) + len(other.accounts) > policy.caps.accounts_per_customer:
        yield Forbidden(Rule.ACCOUNTS_CAP, str(policy.caps.accounts_per_customer))
    if one.links + other.links + (pair is None) > policy.caps.links_per_customer:
        yield Forbidden(Rule.LINKS_CAP, str(policy.caps.links_per_customer))
    yield from _limits(one, other, policy)
    yield from _conflicts(one, other, policy, is_pair=pair is not None)
    if one.against and other.against:
        yield from _contradictions(one, other, policy.hold - weight, pair)


def cannot_links(one: Side, other: Side) -> Iterator[Forbidden]:
    """The constraints that keep the sides apart."""
    for constraint in sorted(one.apart.keys() & other.apart.keys()):
        if len(one.apart[constraint] | other.apart[constraint]) > 1:
            yield Forbidden(Rule.CANNOT_LINK, constraint)


def against_links(side: Side, policy: Policy) -> Forbidden | None:
    """What forbids that one more account of the side shows anything."""
    if side.links >= policy.caps.links_per_customer:
        return Forbidden(Rule.LINKS_CAP, str(policy.caps.links_per_customer))
    return None


def against_holding(times: Iterable[int], identifier: str, at: int, policy: Policy) -> Forbidden | None:
    """What forbids to hold one more value, shown at that time, beside those of its type first shown at `times`."""
    type_ = type_of(identifier)
    limit = exceeded([*times, at], policy.limits_of(type_).per_customer)
    return Forbidden(Rule.CUSTOMER_LIMIT, f"{type_}: {limit}") if limit else None


def _limits(one: Side, other: Side, policy: Policy) -> Iterator[Forbidden]:
    for type_ in sorted(one.values.keys() & other.values.keys()):
        mine, theirs = one.values[type_], other.values[type_]
        both = theirs | {identifier: min(at, theirs.get(identifier, at)) for identifier, at in mine.items()}
        if len(both) == max(len(mine), len(theirs)):
            continue
        limit = exceeded(both.values(), policy.limits_of(type_).per_customer)
        if limit:
            yield Forbidden(Rule.CUSTOMER_LIMIT, f"{type_}: {limit}")


def _conflicts(one: Side, other: Side, policy: Policy, *, is_pair: bool) -> Iterator[Forbidden]:
    for name in sorted(policy.conflicts):
        mine, theirs = one.values.get(name), other.values.get(name)
        if mine and theirs and mine.keys().isdisjoint(theirs):
            yield Forbidden(Rule.HARD_CONFLICT, name)
        if not is_pair and not_compatible(one.exclusives.get(name, ()), other.exclusives.get(name, ())):
            yield Forbidden(Rule.HARD_CONFLICT, name)


def not_compatible(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether both have tokens of an exclusive value and no two of them can be the same value, mistyped."""
    mine, theirs = tuple(one), tuple(other)
    return bool(mine and theirs) and not any(_could_be_same(a, b) for a in mine for b in theirs)


def all_compatible(tokens: Iterable[str]) -> bool:
    """Whether any two of the tokens can be the same value, mistyped."""
    return all(_could_be_same(one, other) for one, other in combinations(tokens, 2))


def _could_be_same(one: str, other: str) -> bool:
    """Of dates two parts must agree, or month and day stand in each other's place; all else must be equal."""
    if one == other:
        return True
    mine, theirs = one.split("."), other.split(".")
    if len(mine) != _PARTS_OF_A_DATE or len(theirs) != _PARTS_OF_A_DATE:
        return False
    if sum(a == b for a, b in zip(mine, theirs, strict=True)) == _PARTS_OF_A_DATE - 1:
        return True
    return mine[0] == theirs[0] and mine[1:] == theirs[:0:-1]


def _contradictions(one: Side, other: Side, least: float, tied: PairKey | None) -> Iterator[Forbidden]:
    """Pairs across the sides of which `personal` is below `least`, the worst first, but for the two that are tied."""
    found = {(personal, pair_key(*pair)) for *pair, personal in contradictions(one, other) if personal < least}
    for _, pair in sorted(found):
        if pair != tied:
            yield Forbidden(Rule.CONTRADICTION, " ".join(pair))
