"""UCI Online Retail with pandas alone: what its customers bought, and nothing of Rapport."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_PARTS = 10_000
"""Of a pound: prices have up to four decimals, and whole numbers add up exactly."""


def invoices(path: Path) -> Any:
    """A table of the invoices of named customers: `customer`, `day` (UTC, since 1970), `pence`, `is_return`.

    A sale counts its lines with a quantity above zero, a return (C) those below; book-keeping (A) and returns without
    an amount are left out. An invoice begins at the earliest of its lines, in British time.
    """
    lines = pd.read_csv(path, dtype=str, keep_default_na=False)
    lines["customer"] = lines.CustomerID.str.removesuffix(".0")
    lines = lines[(lines.customer != "") & ~lines.InvoiceNo.str.startswith("A")]
    lines["is_return"] = lines.InvoiceNo.str.startswith("C")
    lines["at"] = pd.to_datetime(lines.InvoiceDate)
    began = lines.groupby(["InvoiceNo", "customer"])["at"].min()
    quantity = lines.Quantity.astype(int)
    parts = lines.UnitPrice.map({text: int(Decimal(text) * _PARTS) for text in lines.UnitPrice.unique()})
    goods = lines[(quantity.where(~lines.is_return, -quantity) > 0) & (parts >= 0)]
    amount = (quantity.abs() * parts)[goods.index]
    table = amount.groupby([goods.InvoiceNo, goods.customer, goods.is_return]).sum().reset_index(name="parts")
    table["pence"] = (table.parts * 100 + _PARTS // 2) // _PARTS
    table = table[~(table.is_return & (table.pence == 0))]
    at = table.set_index(["InvoiceNo", "customer"]).index.map(began)
    utc = pd.DatetimeIndex(at).tz_localize("Europe/London", ambiguous=False).tz_convert("UTC")
    table["day"] = (utc.normalize() - pd.Timestamp("1970-01-01", tz="UTC")).days
    return table[["customer", "InvoiceNo", "day", "pence", "is_return"]]


def buyers(table: Any, today: int) -> Any:
    """A row for each customer who ordered: counts and sums, and what the models look at, as of a day."""
    orders, returns = table[~table.is_return], table[table.is_return]
    days = orders.groupby(["customer", "day"]).pence.sum().reset_index()
    first = days.groupby("customer").day.min()
    later = days[days.day > days.customer.map(first)]
    found = pd.DataFrame(
        {
            "orders": orders.groupby("customer").size(),
            "gross": orders.groupby("customer").pence.sum(),
            "first": first,
            "last": days.groupby("customer").day.max(),
            "order_days": days.groupby("customer").size(),
        }
    )
    found["returns"] = returns.groupby("customer").size().reindex(found.index, fill_value=0)
    found["returned"] = returns.groupby("customer").pence.sum().reindex(found.index, fill_value=0)
    found["repeat_gross"] = later.groupby("customer").pence.sum().reindex(found.index, fill_value=0)
    found["since"] = today - found["last"]
    return found


def quintile_scores(values: Any) -> Any:
    """Scores 1 to 5 by quintiles; equal values have equal scores."""
    bounds = np.quantile(values, [0.2, 0.4, 0.6, 0.8], method="inverted_cdf")
    return 1 + sum((values > bound).astype(int) for bound in bounds)


def cohorts(table: Any) -> Any:
    """Customers by month of the first order, and by month in which they ordered: "2010-12" by "2011-03"."""
    orders = table[~table.is_return].copy()
    orders["month"] = pd.to_datetime(orders.day, unit="D").dt.strftime("%Y-%m")
    orders["first"] = orders.groupby("customer").month.transform("min")
    return orders.groupby(["first", "month"]).customer.nunique().unstack(fill_value=0)
