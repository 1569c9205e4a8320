"""Purchases of CDNOW, on which the models were published; PyPI's lifetimes carries them."""

from __future__ import annotations

import csv
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
    name = "cdnow_customers_summary_with_transactions.csv"
    try:
        found = [path for path in files("lifetimes") or () if path.name == name]
    except PackageNotFoundError:
        found = []
    if not found:
        pytest.skip("CDNOW's purchases are not installed: they come with the package lifetimes")
    rows = csv.DictReader(found[0].read_text().splitlines())
    return [Listed(int(row["x"]), float(row["t_x"]), float(row["T"]), float(row["zbar"])) for row in rows]
