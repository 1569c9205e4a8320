"""A comparison of two accounts as a waterfall: how each field moves the weight, from the prior to the sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from rapport.identity.v1.service_pb2 import Comparison
from rapportctl.bits import bits, weight_text

WIDTH = 40
"""Columns of the longest bar."""

WATERFALL_COLUMNS = ("field", "level", "bits", "so far", "")

_FOR, _AGAINST, _ZERO = "█", "░", "│"
_TOO_SMALL_TO_SAY = 0.05


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of a waterfall, in bits: `start` to `end` on the scale of all bars."""

    what: str
    level: str
    start: float
    end: float

    @property
    def weight(self) -> float:
        """How far it moves the weight; for the two accounts being one person where positive."""
        return self.end - self.start


def bars(comparison: Comparison) -> list[Bar]:
    """The prior, each field from where the one before ended, and the whole weight.

    What the fields do not account for, by rounding or a bound, has a bar of its own, so that bars always meet.
    """
    steps = [("before any field", "", comparison.prior_weight)]
    steps += [(field.field, field.level, field.weight) for field in comparison.fields]
    left = comparison.weight - sum(weight for _, _, weight in steps)
    if abs(left) >= _TOO_SMALL_TO_SAY:
        steps.append(("not by a field", "", left))
    found: list[Bar] = []
    end = 0.0
    for what, level, weight in steps:
        found.append(Bar(what, level, end, end + weight))
        end += weight
    return [*found, Bar("all together", "", 0.0, comparison.weight)]


def waterfall_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """A row for each bar, with the `WATERFALL_COLUMNS`; the last of them has the bar itself."""
    found = bars(comparison)
    lowest, highest = _scale(found)
    return [
        {
            "field": bar.what,
            "level": bar.level,
            "bits": bits(bar.weight).rjust(6),
            "so far": weight_text(bar.end),
            "": _drawn(bar, lowest, highest),
        }
        for bar in found
    ]


def _scale(found: Sequence[Bar]) -> tuple[float, float]:
    """The least and the greatest weight on the way; never the same."""
    ends = [0.0, *(bar.end for bar in found)]
    lowest, highest = min(ends), max(ends)
    return lowest, max(highest, lowest + 1.0)


def _drawn(bar: Bar, lowest: float, highest: float) -> Text:
    """The bar at its place, in a line with the mark of zero; whatever moves the weight has at least one column."""

    def column(weight: float) -> int:
        return round((weight - lowest) / (highest - lowest) * WIDTH)

    first, last = sorted((column(bar.start), column(bar.end)))
    if first == last and bar.weight:
        first, last = (first, last + 1) if bar.weight > 0 else (first - 1, last)
    sign = _FOR if bar.weight > 0 else _AGAINST
    cells = [sign if first <= place < last else " " for place in range(-1, WIDTH + 1)]
    zero = column(0.0) + 1
    if cells[zero] == " ":
        cells[zero] = _ZERO
    return Text("".join(cells).rstrip(), "green" if bar.weight > 0 else "red")
