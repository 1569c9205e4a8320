"""What the public data sets say by themselves: plain Python over the raw files, and nothing of Rapport."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path


@dataclass
class Shopping:
    """What one account bought and gave back; money in pence, times as the file has them, in British local time."""

    orders: int = 0
    gross: int = 0
    returns: int = 0
    returned: int = 0
    first: str = "9"
    last: str = ""


@dataclass
class Support:
    """What one account asked, and how often it was answered."""

    messages: int = 0
    replies: int = 0


def shopping_of(path: Path, at_least: int) -> dict[str, Shopping]:
    """Add up the invoices that begin the file, until they have so many lines together."""
    accounts: dict[str, Shopping] = defaultdict(Shopping)
    for invoice, rows in _first_invoices(path, at_least):
        customer = rows[0]["CustomerID"].split(".")[0]
        if invoice.startswith("A"):
            continue
        sign = -1 if invoice.startswith("C") else 1
        counting = [row for row in rows if int(row["Quantity"]) * sign > 0]
        amount = sum((abs(int(row["Quantity"])) * Decimal(row["UnitPrice"]) for row in counting), Decimal(0))
        pence = int(amount * 100 + Decimal("0.5"))
        if not counting or (pence == 0 and (sign < 0 or not customer)):
            continue
        account = accounts[f"web_shop:{customer or f'guest-{invoice}'}"]
        if sign > 0:
            account.orders += 1
            account.gross += pence
            began = min(row["InvoiceDate"] for row in rows)
            account.first, account.last = min(account.first, began), max(account.last, began)
        else:
            account.returns += 1
            account.returned += pence
    return accounts


def _first_invoices(path: Path, at_least: int) -> Iterator[tuple[str, list[dict[str, str]]]]:
    rows_of: dict[str, list[dict[str, str]]] = defaultdict(list)
    beyond = at_least + 5_000  # no invoice of the data set has so many lines
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row, _ in zip(csv.DictReader(lines), range(beyond), strict=False):
            rows_of[row["InvoiceNo"]].append(row)
    taken = 0
    for invoice, rows in rows_of.items():
        if taken >= at_least:
            return
        taken += len(rows)
        yield invoice, rows


def support_of(path: Path) -> dict[str, Support]:
    """Count each person's tweets, and the brands' tweets below them: the next person upwards is the one answered."""
    with path.open(encoding="utf-8", newline="") as lines:
        tweets = {row["tweet_id"]: row for row in csv.DictReader(lines)}
    messages = Counter(row["author_id"] for row in tweets.values() if row["inbound"] == "True")
    replies: Counter[str] = Counter()
    for row in tweets.values():
        above: dict[str, str] | None = row
        while above is not None and above["inbound"] == "False":
            above = tweets.get(above["in_response_to_tweet_id"])
        if row["inbound"] == "False" and above is not None:
            replies[above["author_id"]] += 1
    people = messages.keys() | replies.keys()
    return {f"x:{person}": Support(messages[person], replies[person]) for person in people}
