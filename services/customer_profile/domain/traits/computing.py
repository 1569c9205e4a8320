"""What a customer's traits come to, from what its accounts have counted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import itemgetter
from typing import NamedTuple

from customer_profile.domain.traits.definitions import END, SUM, VALUE, Kept, Plan
from customer_profile.domain.traits.tallies import BOTH_ENDS, DAY_MS, MOST, B, End, Number, Tallies, Values

_DIGITS = 6
_day = itemgetter(0)


class TraitValue(NamedTuple):
    """What a trait came to, and from how many samples. An average is a float, and nothing else is.

    `truncated` says that some values could not be told apart, so that the value may be too low.
    """

    value: int | float | str
    samples: int
    truncated: bool = False


_OF_NOTHING = dict.fromkeys(("count", "sum", "distinct"), TraitValue(0, 0))
"""A count or a sum of nothing is 0; of anything else there is no value."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The traits that have a value, by name; and when the clock alone changes one: milliseconds since 1970, 0 never.

    Without `is_complete` some are not there because an account has not counted yet what they follow from.
    """

    values: dict[str, TraitValue] = field(default_factory=dict)
    due_ms: int = 0
    is_complete: bool = True


def computed(tallies: Iterable[Tallies], plan: Plan, now_ms: int) -> Computed:
    """Return the traits over all accounts of a customer at a time, milliseconds since 1970, UTC.

    The same event told under two accounts counts twice. A window looks at whole days, and at what is dated ahead.
    """
    counted = list(tallies)
    lacking = [each for each in counted if each.version != plan.version]
    values: dict[str, TraitValue] = {}
    due = 0
    today = now_ms // DAY_MS
    for name, kept in plan.kept.items():
        if lacking and any(kept.key not in each.keys for each in lacking):
            continue
        value, oldest = _value(kept, counted, today)
        if value is not None:
            values[name] = value
        if oldest is not None:
            leaves = (oldest + kept.window_days) * DAY_MS
            due = min(due or leaves, leaves)
    return Computed(values, due, is_complete=not lacking)


def _value(kept: Kept, counted: Sequence[Tallies], today: int) -> tuple[TraitValue | None, int | None]:
    """Return what the trait came to, and the oldest day of its window, if it has one, on which anything was counted."""
    key, form = kept.key, kept.form
    if form is END:
        ends = _within([each.ends.get(key) for each in counted], kept, today)
        return (_end(kept, ends) if ends else None), _oldest(ends, kept)
    if form is VALUE:
        values = _within([each.values.get(key) for each in counted], kept, today)
        return (_of_values(kept, values) if values else _OF_NOTHING.get(kept.function)), _oldest(values, kept)
    numbers = _within([each.numbers.get(key) for each in counted], kept, today)
    return (_number(kept, numbers) if numbers else _OF_NOTHING.get(kept.function)), _oldest(numbers, kept)


def _within(tallies: Iterable[list[B] | None], kept: Kept, today: int) -> list[B]:
    """Return what all accounts have counted in the trait's window, or ever."""
    found: list[B] = []
    first = today - kept.window_days + 1
    for days in tallies:
        if not days:
            continue
        # Days come in order: most often all of them are within.
        is_whole = not kept.window_days or days[0][0] >= first
        found += days if is_whole else days[bisect_left(days, first, key=_day) :]
    return found


def _oldest(found: Sequence[B], kept: Kept) -> int | None:
    return min([each[0] for each in found]) if found and kept.window_days else None


def _number(kept: Kept, numbers: Sequence[Number]) -> TraitValue:
    samples = sum([each[1] for each in numbers])
    if kept.function == "count":
        return TraitValue(samples, samples)
    if kept.form is SUM:
        total = min(sum([each[2] for each in numbers]), MOST)
        return TraitValue(total if kept.function == "sum" else float(round(total / samples, _DIGITS)), samples)
    extreme = min if kept.function == "min" else max
    return TraitValue(extreme([each[2] for each in numbers]), samples)


def _end(kept: Kept, ends: Sequence[End]) -> TraitValue:
    _, samples, _, _, value = reduce(BOTH_ENDS[kept.function], ends)
    return TraitValue(value, samples)


def _of_values(kept: Kept, values: Sequence[Values]) -> TraitValue | None:
    samples, truncated = sum([each[1] for each in values]), any(each[2] for each in values)
    if kept.function == "distinct":
        return TraitValue(len({value for each in values for value in each[3]}), samples, truncated)
    counts: dict[str, int] = {}
    for each in values:
        for value, times in each[3].items():
            counts[value] = counts.get(value, 0) + times
    if not counts:
        return None
    # Of equally frequent ones the least, so that the order of arrival does not matter.
    most = max(counts.values())
    frequent = [value for value, times in counts.items() if times == most]
    return TraitValue(min(map(int, frequent)) if kept.has_numbers else min(frequent), samples, truncated)
