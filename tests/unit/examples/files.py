"""Tiny files like those of the public data sets."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

RETAIL = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
TWEETS = (
    "tweet_id",
    "author_id",
    "inbound",
    "created_at",
    "text",
    "response_tweet_id",
    "in_response_to_tweet_id",
)

TEN_O_CLOCK = "2011-01-10 10:00:00"


def invoice_line(
    invoice: str = "536365",
    quantity: int | str = 1,
    price: str = "2.50",
    customer: str = "17850.0",
    *,
    at: str = TEN_O_CLOCK,
    sku: str = "85123A",
    description: str = "LANTERN",
) -> tuple[str, ...]:
    """Return one line of an invoice as the file has it."""
    return (invoice, sku, description, str(quantity), at, price, customer, "United Kingdom")


def tweet(
    number: int, author: str, answers: int | str = "", text: str = "hello", at: str = "Tue Oct 31 22:10:47 +0000 2017"
) -> tuple[str, ...]:
    """Return one row; authors that are numbers are people, the others brands, as in the file."""
    return (str(number), author, str(author.isdigit()), at, text, "", str(answers))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> Path:
    """Write the file, gzipped where its name ends so."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    data = text.getvalue().encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
