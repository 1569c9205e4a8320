"""How well a model foretells: fitted on what was bought until a day, held against what was bought after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from rapportctl.purchases.fitting import BgNbdFit, fit_bg_nbd, science
from rapportctl.purchases.histories import Buyer

MOST_APART = 7
"""Buyers with so many repeats or more stand in one row."""

_NEAR_ONE = 1e-5
"""At a = 1 the formula is 0 by 0; beside it, it is smooth."""


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """Buyers with so many repeats until the day: how many order days each had after it, and was expected to have."""

    repeats: int
    buyers: int
    expected: float
    actual: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Order days after a day (days since 1970), of those who had ordered until then.

    `expected` and `actual` are sums over all buyers; `mean_absolute_error` and `root_mean_square_error` are of one
    buyer, and `naive_error` is the mean absolute error of expecting each to go on as before.
    """

    day: int
    days: int
    buyers: int
    expected: float
    actual: int
    mean_absolute_error: float
    root_mean_square_error: float
    naive_error: float
    rows: tuple[CalibrationRow, ...]


def calibrate(buyers: Sequence[Buyer], today: int, holdout_days: int) -> Calibration | None:
    """Fit on everything but the last days, and compare; None where nobody had ordered before them."""
    day = today - holdout_days
    before = [(cut, buyer) for buyer in buyers if (cut := buyer.until(day)) is not None]
    if not before:
        return None
    histories = [(cut.repeats, cut.recency, day - cut.first_day) for cut, _ in before]
    fit = fit_bg_nbd(histories)
    expected = expected_repeats(fit, histories, holdout_days)
    actual = [sum(each > day for each, _ in buyer.days) for _, buyer in before]
    naive = [x / age * holdout_days if age else 0.0 for x, _, age in histories]
    return Calibration(
        day=day,
        days=holdout_days,
        buyers=len(before),
        expected=sum(expected),
        actual=sum(actual),
        mean_absolute_error=_mean([abs(one - other) for one, other in zip(expected, actual, strict=True)]),
        root_mean_square_error=sqrt(_mean([(one - other) ** 2 for one, other in zip(expected, actual, strict=True)])),
        naive_error=_mean([abs(one - other) for one, other in zip(naive, actual, strict=True)]),
        rows=_rows([x for x, _, _ in histories], expected, actual),
    )


def expected_repeats(fit: BgNbdFit, histories: Sequence[tuple[int, float, float]], time: float) -> list[float]:
    """Return how many order days are to be expected of each buyer in a time, in the unit of the fit: equation (10).

    The profile computes the same as a sum; here it is the paper's formula, with scipy's hypergeometric function.
    """
    numpy, special, _ = science()
    r, alpha, a, b = fit.r, fit.alpha, fit.a, fit.b
    if abs(a - 1) < _NEAR_ONE:
        a = 1 + _NEAR_ONE
    x, recency, age = (numpy.array(column, dtype=float) for column in zip(*histories, strict=True))
    share = time / (alpha + age + time)
    stays = 1 - (1 - share) ** (r + x) * special.hyp2f1(r + x, b + x, a + b + x - 1, share)
    odds = numpy.where(x > 0, a / (b + numpy.maximum(x, 1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + x), 0.0)
    return [float(each) for each in (a + b + x - 1) / (a - 1) * stays / (1 + odds)]


def _rows(repeats: Sequence[int], expected: Sequence[float], actual: Sequence[int]) -> tuple[CalibrationRow, ...]:
    found: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for x, one, other in zip(repeats, expected, actual, strict=True):
        found[min(x, MOST_APART)].append((one, other))
    return tuple(
        CalibrationRow(x, len(pairs), _mean([one for one, _ in pairs]), _mean([other for _, other in pairs]))
        for x, pairs in sorted(found.items())
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
