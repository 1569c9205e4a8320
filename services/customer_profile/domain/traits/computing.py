"""What a customer's traits come to, from what its accounts have counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

from customer_profile.domain.traits.definitions import END, VALUE, Kept, Plan
from customer_profile.domain.traits.tallies import BOTH_ENDS, DAY_MS, NUMBERS, B, End, Number, Tallies, Values

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class TraitValue:
    """What a trait came to, and from how many samples. An average is a float, and nothing else is.

    `truncated` says that some values could not be told apart, so that the value may be too low.
    """

    value: int | float | str
    samples: int
    truncated: bool = False


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
        if any(kept.key not in each.keys for each in lacking):
            continue
        value, oldest = _value(kept, counted, today)
        if value is not None:
            values[name] = value
        if oldest is not None and kept.window_days:
            leaves = (oldest + kept.window_days) * DAY_MS
            due = min(due or leaves, leaves)
    return Computed(values, due, is_complete=not lacking)


def _value(kept: Kept, counted: Sequence[Tallies], today: int) -> tuple[TraitValue | None, int | None]:
    """Return what the trait came to, and the oldest day of its window on which anything was counted."""
    first = today - kept.window_days + 1 if kept.window_days else None
    if kept.form is END:
        ends = _within((each.ends.get(kept.key, []) for each in counted), first)
        return _end(kept, ends), min((day for day, *_ in ends), default=None)
    if kept.form is VALUE:
        values = _within((each.values.get(kept.key, []) for each in counted), first)
        return _of_values(kept, values), min((day for day, *_ in values), default=None)
    numbers = _within((each.numbers.get(kept.key, []) for each in counted), first)
    return _number(kept, numbers), min((day for day, *_ in numbers), default=None)


def _within(tallies: Iterable[list[B]], first: int | None) -> list[B]:
    """Return what all accounts have counted from a day on, or ever."""
    return [bucket for days in tallies for bucket in days if first is None or bucket[0] >= first]


def _number(kept: Kept, numbers: Sequence[Number]) -> TraitValue | None:
    if not numbers:
        # A count or a sum of nothing is 0; of anything else there is no value.
        return TraitValue(0, 0) if kept.function in ("count", "sum") else None
    _, samples, number = reduce(NUMBERS[kept.function], numbers)
    if kept.function == "count":
        return TraitValue(samples, samples)
    if kept.function == "avg":
        return TraitValue(float(round(number / samples, _DIGITS)), samples)
    return TraitValue(number, samples)


def _end(kept: Kept, ends: Sequence[End]) -> TraitValue | None:
    if not ends:
        return None
    _, samples, _, _, value = reduce(BOTH_ENDS[kept.function], ends)
    return TraitValue(value, samples)


def _of_values(kept: Kept, values: Sequence[Values]) -> TraitValue | None:
    counts: Counter[str] = Counter()
    samples, truncated = 0, False
    for _, here, dropped, counted in values:
        counts.update(counted)
        samples, truncated = samples + here, truncated or dropped
    if kept.function == "distinct":
        return TraitValue(len(counts), samples, truncated)
    if not counts:
        return None
    # Of equally frequent ones the least, so that the order of arrival does not matter.
    most = max(counts.values())
    frequent = (value for value, times in counts.items() if times == most)
    return TraitValue(min(map(int, frequent)) if kept.has_numbers else min(frequent), samples, truncated)
