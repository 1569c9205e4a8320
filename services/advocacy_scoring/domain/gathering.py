"""A customer's deeds of all accounts, by action and day: discounted where suspicious, then under the daily caps.

The discount belongs to the account on which the suspicion lies, the cap to the customer. So merging accounts gives what
one account with all their deeds would have: sums, and caps over sums. Two things are not the account's alone and are
judged anew when accounts come together: a referral within a customer brings nobody, and one and the same customer is
brought once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from advocacy_scoring.domain.decay import day_of, whole
from advocacy_scoring.domain.deed import REFERRAL_VALID, REFERRED, Deed
from advocacy_scoring.domain.findings import EVERYTHING, Findings, Referral, ReferralState
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.rules import Action, GamingRules, Rules

_GIVEN, _TAKEN = Deed(REFERRAL_VALID).signature, Deed(REFERRED).signature


class Component(NamedTuple):
    """What one action contributes, in milli-points: raw - discounted - capped - decayed = contribution."""

    action: str
    times: int
    raw_milli: int
    discounted_milli: int
    capped_milli: int
    decayed_milli: int
    contribution_milli: int


class Day(NamedTuple):
    """A UTC day's deeds of one action: how many, the sum of weights, what discounts took, and what the cap let pass."""

    number: int
    weight: int
    discounted: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Deeds:
    """A customer's deeds of one action by UTC day."""

    action: Action
    days: Mapping[int, Day]

    def component(self, table: tuple[int, ...], as_of_day: int, until_day: int | None = None) -> Component | None:
        """What is left of them on a day, or None where nothing happened within the table's history.

        With `until_day`, of those that had been done by that day.
        """
        number = raw = discounted = allowed = left = 0
        oldest = as_of_day - len(table) + 1
        for day, each in self.days.items():
            if day < oldest or (until_day is not None and day > until_day):
                continue
            number += each.number
            raw += each.weight
            discounted += each.discounted
            allowed += each.allowed
            # An event may bear tomorrow's date by the source's clock: it has not aged.
            left += each.allowed * table[max(0, as_of_day - day)]
        if not number:
            return None
        contribution = whole(left)
        capped = raw - discounted - allowed
        return Component(self.action.name, number, raw, discounted, capped, allowed - contribution, contribution)


class _Sum(NamedTuple):
    number: int = 0
    weight: int = 0
    discounted: int = 0


def gather(rules: Rules, personas: Mapping[str, Persona]) -> list[Deeds]:
    """Put the accounts' deeds together, by action in the order of the rules.

    Deeds that the rules do not name count for nothing.
    """
    sums: dict[str, dict[int, _Sum]] = defaultdict(dict)
    for persona in personas.values():
        suspicions = _Suspicions(rules.gaming, persona.findings)
        for signature, tally in persona.deeds.items():
            action = rules.action_of(signature)
            if action is not None:
                _add(sums[action.name], tally.days, action, suspicions, signature)
    for signature, day in credited(personas):
        action = rules.action_of(signature)
        if action is not None:
            _add(sums[action.name], [(day, 1)], action, None, signature)
    return [
        Deeds(action, {day: _capped(action, each) for day, each in sums[name].items()})
        for name, action in rules.by_name.items()
        if name in sums
    ]


def credited(personas: Mapping[str, Persona]) -> list[tuple[str, int]]:
    """The customer's valid referrals as deeds: (signature, UTC day of the purchase), in the order of the purchases."""
    return [(_signature(each), day_of(each.purchased_ms)) for _, each in valid_referrals(personas)]


def valid_referrals(personas: Mapping[str, Persona]) -> list[tuple[str, Referral]]:
    """Those that count, by account: of each other account the first, and none to an account of the customer's own."""
    found: dict[tuple[bool, str], tuple[str, Referral]] = {}
    for account in sorted(personas):
        for each in personas[account].findings.referrals:
            if each.state != ReferralState.VALID or each.other in personas:
                continue
            known = found.get((each.is_giver, each.other))
            if known is None or _order(each) < _order(known[1]):
                found[each.is_giver, each.other] = account, each
    return sorted(found.values(), key=lambda entry: (*_order(entry[1]), entry[1].is_giver))


def _signature(each: Referral) -> str:
    return _GIVEN if each.is_giver else _TAKEN


def _order(each: Referral) -> tuple[int, str]:
    return each.purchased_ms, each.id_


class _Suspicions:
    """By how many percent how many deeds of a signature and day are discounted; of several suspicions the gravest."""

    def __init__(self, rules: GamingRules, findings: Findings) -> None:
        self._everything = 0
        self._marks: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for mark in findings.marks:
            percent = rules.discount(mark.suspicion)
            if mark.signature == EVERYTHING:
                self._everything = max(self._everything, percent)
            else:
                self._marks.setdefault((mark.signature, mark.day), []).append((percent, mark.number))

    def discounted(self, signature: str, day: int, number: int, weight: int) -> int:
        """What is taken from `number` deeds that weigh `weight` each. What speaks against the brand is let stand."""
        if weight <= 0:
            return 0
        percents = self._everything * number
        marks = self._marks.get((signature, day))
        if marks:
            left = number
            percents = 0
            for percent, marked in sorted(marks, reverse=True):
                taken = min(marked, left)
                percents += max(percent, self._everything) * taken
                left -= taken
            percents += self._everything * left
        return weight * percents // 100


def _add(
    days: dict[int, _Sum],
    own: list[tuple[int, int]],
    action: Action,
    suspicions: _Suspicions | None,
    signature: str,
) -> None:
    for day, number in own:
        known = days.get(day, _Sum())
        taken = suspicions.discounted(signature, day, number, action.weight_milli) if suspicions else 0
        days[day] = _Sum(known.number + number, known.weight + number * action.weight_milli, known.discounted + taken)


def _capped(action: Action, day: _Sum) -> Day:
    rest = day.weight - day.discounted
    allowed = max(-action.daily_cap_milli, min(action.daily_cap_milli, rest))
    return Day(day.number, day.weight, day.discounted, allowed)


def heaviest(rules: Rules, personas: Mapping[str, Persona], as_of_day: int) -> Iterator[TopEvent]:
    """The remembered events with their weights on a day, in no order; among them the heaviest of all."""
    for account, persona in personas.items():
        for signature, tally in persona.deeds.items():
            action = rules.action_of(signature)
            if action is None:
                continue
            for occurred_ms, event_id in tally.newest:
                event = TopEvent(event_id, account, action.name, occurred_ms, 0)
                yield from _weighed(rules, action, event, as_of_day)
    for account, each in valid_referrals(personas):
        action = rules.action_of(_signature(each))
        if action is not None:
            event = TopEvent(each.event_id or each.id_, account, action.name, each.purchased_ms, 0)
            yield from _weighed(rules, action, event, as_of_day)


class TopEvent(NamedTuple):
    """An event that weighs much: its weight after decay, before discounts and caps, in milli-points."""

    event_id: str
    account: str
    action: str
    occurred_ms: int
    weight_milli: int


def _weighed(rules: Rules, action: Action, event: TopEvent, as_of_day: int) -> Iterator[TopEvent]:
    """The event with its weight on the day, where it is within the history."""
    table = rules.tables[action.half_life_days]
    age = max(0, as_of_day - day_of(event.occurred_ms))
    if age < len(table):
        yield event._replace(weight_milli=whole(action.weight_milli * table[age]))
