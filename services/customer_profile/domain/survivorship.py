"""Which of the values known of a field survives into the record, and what speaks for it.

A value's confidence is 1 less the product of (1 - trust) over the sources that show it: the probability that at least
one of them is right, if each is wrong independently of the others with probability 1 - trust.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from customer_profile.domain.contact import FIELDS, Contact, Showing
from customer_profile.domain.rules import ProfileRules

OTHERS_SHOWN = 5
"""Of the values that lost, how many a record shows. All of them are in `values`."""

BY_HAND = "by_hand"


class ByHand(NamedTuple):
    """A value that a person laid down: what, who, why, when and until when (0: for good), and by which decision.

    Times in milliseconds since 1970, UTC.
    """

    value: str
    owner: str
    reason: str
    at: int
    expires_at: int
    event_id: str
    account: str


class Value(NamedTuple):
    """A value of a field, and the showing that speaks for it: source, time, event, account.

    Times in milliseconds since 1970, UTC. `strategy` is the rule by which it is ranked; `owner`, `reason` and
    `expires_at` are of a value by hand.
    """

    value: str
    source: str
    at: int
    event_id: str
    account: str
    confidence: float
    strategy: str
    times: int
    first_at: int
    owner: str = ""
    reason: str = ""
    expires_at: int = 0


class Survivor(NamedTuple):
    """The value that survived, those that lost, the next best first and at most `OTHERS_SHOWN`, and how many lost."""

    best: Value
    others: tuple[Value, ...] = ()
    other_count: int = 0


@dataclass(frozen=True, slots=True)
class _Seen:
    """A showing with who it is from."""

    source: str
    account: str
    showing: Showing

    @property
    def last(self) -> tuple[int, str, str, str]:
        """When it was shown last; the greater is the newer, and at one time event, source and account decide."""
        return self.showing.last_at, self.showing.last_event, self.source, self.account


def survivors(
    contacts: Mapping[str, Contact], rules: ProfileRules, by_hand: Mapping[str, ByHand]
) -> dict[str, Survivor]:
    """Return what survives of each field over a customer's accounts; the order of accounts does not matter."""
    found = {}
    for name in FIELDS:
        ranked = values(contacts, name, rules, by_hand.get(name))
        if ranked:
            losers = ranked[1:]
            found[name] = Survivor(ranked[0], tuple(losers[:OTHERS_SHOWN]), len(losers))
    return found


def values(
    contacts: Mapping[str, Contact], name: str, rules: ProfileRules, by_hand: ByHand | None = None
) -> list[Value]:
    """Return all values of a field that are known over a customer's accounts, the one that survives first.

    A value by hand comes first while it is in force. The others are ranked by the field's rule, then by the time they
    were shown last, then by the event and at last by the value itself, so that no two rank alike: neither the order of
    arrival nor the accounts matter.
    """
    shown: dict[str, list[_Seen]] = {}
    for account, contact in contacts.items():
        for value, sources in contact.shown.get(name, {}).items():
            seen = shown.setdefault(value, [])
            seen.extend(_Seen(source, account, showing) for source, showing in sources.items())
    if not shown and by_hand is None:
        return []
    strategy = rules.survivorship.of(name)
    rank = _RANKS[strategy]
    ranked = sorted(shown, key=lambda value: (rank(value, shown[value], rules), value), reverse=True)
    found = [_value(value, shown[value], strategy, rules) for value in ranked]
    if by_hand is None:
        return found
    return [_laid_down(by_hand, found), *(each for each in found if each.value != by_hand.value)]


def _value(value: str, seen: list[_Seen], strategy: str, rules: ProfileRules) -> Value:
    voice = _most_trusted(seen, rules) if strategy == "most_trusted" else _newest(seen)
    doubts = [1 - rules.sources.trust_in(source) for source in sorted({each.source for each in seen})]
    return Value(
        value=value,
        source=voice.source,
        at=voice.showing.last_at,
        event_id=voice.showing.last_event,
        account=voice.account,
        confidence=round(1 - prod(doubts), 6),
        strategy=strategy,
        times=sum(each.showing.times for each in seen),
        first_at=min(each.showing.first_at for each in seen),
    )


def _laid_down(by_hand: ByHand, known: Iterable[Value]) -> Value:
    """A person's word is taken for certain; where sources show the same value, it keeps how often and since when."""
    same = next((each for each in known if each.value == by_hand.value), None)
    return Value(
        value=by_hand.value,
        source="",
        at=by_hand.at,
        event_id=by_hand.event_id,
        account=by_hand.account,
        confidence=1.0,
        strategy=BY_HAND,
        times=same.times if same else 0,
        first_at=min(same.first_at, by_hand.at) if same else by_hand.at,
        owner=by_hand.owner,
        reason=by_hand.reason,
        expires_at=by_hand.expires_at,
    )


def _newest(seen: list[_Seen]) -> _Seen:
    return max(seen, key=lambda each: each.last)


def _most_trusted(seen: list[_Seen], rules: ProfileRules) -> _Seen:
    return max(seen, key=lambda each: (rules.sources.trust_in(each.source), each.last))


Rank = Callable[[str, list[_Seen], ProfileRules], tuple[object, ...]]


def _by_trust(value: str, seen: list[_Seen], rules: ProfileRules) -> tuple[object, ...]:
    best = _most_trusted(seen, rules)
    return rules.sources.trust_in(best.source), best.last[:2]


def _by_time(value: str, seen: list[_Seen], rules: ProfileRules) -> tuple[object, ...]:
    return _newest(seen).last[:2]


def _by_frequency(value: str, seen: list[_Seen], rules: ProfileRules) -> tuple[object, ...]:
    return sum(each.showing.times for each in seen), _newest(seen).last[:2]


def _by_length(value: str, seen: list[_Seen], rules: ProfileRules) -> tuple[object, ...]:
    return len(value), _newest(seen).last[:2]


_RANKS: dict[str, Rank] = {
    "most_trusted": _by_trust,
    "newest": _by_time,
    "most_frequent": _by_frequency,
    "longest": _by_length,
}
