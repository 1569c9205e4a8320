"""Which of the values known of a field survives into the record, and what speaks for it.

A value's confidence is 1 less the product of (1 - trust) over the sources that show it: the probability that at least
one of them is right, if each is wrong independently of the others with probability 1 - trust.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import NamedTuple

from customer_profile.domain.contact import FIELDS, Contact, Showing
from customer_profile.domain.rules import ProfileRules

OTHERS_SHOWN = 5
"""Of the values that lost, how many a record shows. All of them are in `values`."""

BY_HAND = "by_hand"
_DIGITS = 6


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


_Seen = tuple[int, str, str, str, Showing]
"""A showing with what it is compared by, the newest greatest: when it was shown last, event, source, account."""

_Shown = dict[str, list[_Seen]]
"""Of one field: by value."""


def survivors(
    contacts: Mapping[str, Contact], rules: ProfileRules, by_hand: Mapping[str, ByHand]
) -> dict[str, Survivor]:
    """Return what survives of each field over a customer's accounts; the order of accounts does not matter."""
    shown = _by_field(contacts)
    found = {}
    for name in FIELDS:
        laid_down = by_hand.get(name)
        if name in shown or laid_down is not None:
            ranked = _ranked(name, shown.get(name, {}), rules, laid_down)
            found[name] = Survivor(ranked[0], tuple(ranked[1 : OTHERS_SHOWN + 1]), len(ranked) - 1)
    return found


def values(
    contacts: Mapping[str, Contact], name: str, rules: ProfileRules, by_hand: ByHand | None = None
) -> list[Value]:
    """Return all values of a field that are known over a customer's accounts, the one that survives first.

    A value by hand comes first while it is in force. The others are ranked by the field's rule, then by the time they
    were shown last, then by the event and at last by the value itself, so that no two rank alike: neither the order of
    arrival nor the accounts matter.
    """
    return _ranked(name, _by_field(contacts).get(name, {}), rules, by_hand)


def _by_field(contacts: Mapping[str, Contact]) -> dict[str, _Shown]:
    found: dict[str, _Shown] = {}
    for account, contact in contacts.items():
        for name, shown in contact.shown.items():
            values_of_field = found.setdefault(name, {})
            for value, sources in shown.items():
                seen = values_of_field.setdefault(value, [])
                for source, showing in sources.items():
                    seen.append((showing.last_at, showing.last_event, source, account, showing))
    return found


def _ranked(name: str, shown: _Shown, rules: ProfileRules, by_hand: ByHand | None) -> list[Value]:
    strategy = rules.survivorship.of(name)
    order: Iterable[str] = shown
    if len(shown) > 1:
        rank = _RANKS[strategy]
        order = sorted(shown, key=lambda value: (rank(value, shown[value], rules), value), reverse=True)
    found = [_value(value, shown[value], strategy, rules) for value in order]
    if by_hand is None:
        return found
    return [_laid_down(by_hand, found), *(each for each in found if each.value != by_hand.value)]


def _value(value: str, seen: list[_Seen], strategy: str, rules: ProfileRules) -> Value:
    if len(seen) == 1:
        # Most values are shown by one source with one account.
        ((at, event_id, source, account, showing),) = seen
        trust = round(rules.sources.trust_in(source), _DIGITS)
        return Value(value, source, at, event_id, account, trust, strategy, showing.times, showing.first_at)
    at, event_id, source, account, _ = _most_trusted(seen, rules) if strategy == "most_trusted" else max(seen)
    times = sum([each[4].times for each in seen])
    first_at = min([each[4].first_at for each in seen])
    return Value(value, source, at, event_id, account, _confidence(seen, rules), strategy, times, first_at)


def _confidence(seen: list[_Seen], rules: ProfileRules) -> float:
    # In one order: floats that are multiplied in another may differ in the last digit.
    doubts = [1 - rules.sources.trust_in(source) for source in sorted({each[2] for each in seen})]
    return round(1 - prod(doubts), _DIGITS)


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


def _most_trusted(seen: list[_Seen], rules: ProfileRules) -> _Seen:
    return max(seen, key=lambda each: (rules.sources.trust_in(each[2]), each))


Rank = Callable[[str, list[_Seen], ProfileRules], tuple[object, ...]]


def _by_trust(value: str, seen: list[_Seen], rules: ProfileRules) -> tuple[object, ...]:
    best = _most_trusted(seen, rules)
    return rules.sources.trust_in(best[2]), best[:2]


def _by_time(value: str, seen: list[_Seen], rules: ProfileRules) -> tuple[object, ...]:
    return max(seen)[:2]


def _by_frequency(value: str, seen: list[_Seen], rules: ProfileRules) -> tuple[object, ...]:
    return sum(each[4].times for each in seen), max(seen)[:2]


def _by_length(value: str, seen: list[_Seen], rules: ProfileRules) -> tuple[object, ...]:
    return len(value), max(seen)[:2]


_RANKS: dict[str, Rank] = {
    "most_trusted": _by_trust,
    "newest": _by_time,
    "most_frequent": _by_frequency,
    "longest": _by_length,
}
