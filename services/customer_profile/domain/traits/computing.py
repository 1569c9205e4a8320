"""What a customer's traits come to, from what its accounts have counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from customer_profile.domain.traits.definitions import ENDS, EXTREMES, SUMS, Kept, Plan
from customer_profile.domain.traits.tallies import DAY_MS, End, Number, Tallies, Word, both_ends, both_numbers, days_in

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
    if kept.function in SUMS or kept.function in EXTREMES:
        return _number(kept, counted, today)
    if kept.function in ENDS:
        return _end(kept, counted, today)
    return _of_values(kept, counted, today)


def _number(kept: Kept, counted: Sequence[Tallies], today: int) -> tuple[TraitValue | None, int | None]:
    total: Number | None = None
    oldest: int | None = None
    for each in counted:
        buckets = each.numbers.get(kept.key, {})
        for day in days_in(buckets, kept.window_days, today):
            total = both_numbers(kept.function, total, buckets[day])
            oldest = day if oldest is None else min(oldest, day)
    if total is None:
        # A count or a sum of nothing is 0; of anything else there is no value.
        return (TraitValue(0, 0) if kept.function in ("count", "sum") else None), None
    samples, number = total
    if kept.function == "count":
        return TraitValue(samples, samples), oldest
    if kept.function == "avg":
        return TraitValue(float(round(number / samples, _DIGITS)), samples), oldest
    return TraitValue(number, samples), oldest


def _end(kept: Kept, counted: Sequence[Tallies], today: int) -> tuple[TraitValue | None, int | None]:
    total: End | None = None
    oldest: int | None = None
    for each in counted:
        buckets = each.ends.get(kept.key, {})
        for day in days_in(buckets, kept.window_days, today):
            total = both_ends(kept.function, total, buckets[day])
            oldest = day if oldest is None else min(oldest, day)
    return (TraitValue(total[3], total[0]) if total else None), oldest


def _of_values(kept: Kept, counted: Sequence[Tallies], today: int) -> tuple[TraitValue | None, int | None]:
    counts: dict[Word, int] = {}
    samples, truncated = 0, False
    oldest: int | None = None
    for each in counted:
        buckets = each.values.get(kept.key, {})
        for day in days_in(buckets, kept.window_days, today):
            bucket = buckets[day]
            samples += bucket.samples
            truncated |= bucket.truncated
            oldest = day if oldest is None else min(oldest, day)
            for value, times in bucket.counts.items():
                counts[value] = counts.get(value, 0) + times
    if kept.function == "distinct":
        return TraitValue(len(counts), samples, truncated), oldest
    if not counts:
        return None, oldest
    # Of equally frequent ones the least, so that the order of arrival does not matter.
    most = max(counts.values())
    return TraitValue(min(value for value, times in counts.items() if times == most), samples, truncated), oldest
