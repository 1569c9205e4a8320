"""Purchases of CDNOW, on which the models were published; PyPI's lifetimes carries them."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, files
from typing import NamedTuple

import pytest


class Listed(NamedTuple):
    """A customer of the published sample: times in weeks, `mean` of a repeat purchase in dollars."""

    repeats: int
    recency: float
    age: float
    mean: float


def customers() -> list[Listed]:
    """The 2,357 customers of the paper, over their first 39 weeks. Skips where the file is not installed."""
    rows = csv.DictReader(_file("cdnow_customers_summary_with_transactions.csv").splitlines())
    return [Listed(int(row["x"]), float(row["t_x"]), float(row["T"]), float(row["zbar"])) for row in rows]


def orders() -> dict[str, dict[date, int]]:
    """Of each of them, what was spent on each day of the 78 weeks, in cents."""
    found: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for line in _file("CDNOW_sample.txt").splitlines():
        _, customer, day, _, dollars = line.split()
        found[customer][datetime.strptime(day, "%Y%m%d").date()] += round(Decimal(dollars) * 100)  # noqa: DTZ007
    return {customer: dict(days) for customer, days in found.items()}


def _file(name: str) -> str:
    try:
        found = [path for path in files("lifetimes") or () if path.name == name]
    except PackageNotFoundError:
        found = []
    if not found:
        pytest.skip("CDNOW's purchases are not installed: they come with the package lifetimes")
    return found[0].read_text()
