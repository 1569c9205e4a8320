"""UCI Online Retail: invoice lines of a British web shop, as purchases and returns. README.md says what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from examples.common import HELP, ConversionError, CsvFile, Report, file_argument, out_option, run
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.helptext import Command

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
SOURCE = "/rapport/examples/online-retail"
CHANNEL, SYSTEM, CURRENCY = "web_shop", "online-retail", "GBP"
MOST_LINES = 1_000
"""As many as an interaction may carry; lines beyond are left out of it and stay in its total."""

MOST_OPEN = 100
"""Invoices whose lines may mingle: in the data set one has a return in its midst."""

_DATE_FORMATS = ("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M")
"""Copies of the data set differ: seconds in ISO 8601, or the month first and minutes."""


class Line(NamedTuple):
    """One line of an invoice. `price` is in pounds; `at` has no zone; `customer` is empty where the file names none."""

    number: int
    invoice: str
    sku: str
    description: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str


def interactions(file: CsvFile, report: Report, limit: int | None = None) -> Iterator[pb.Interaction]:
    """Yield one interaction for each invoice that is a sale to, or a return by, somebody; in the order they begin.

    `limit` ends it after the invoice that fills so many readable lines. Raises `ConversionError` where the lines of an
    invoice lie too far apart.
    """
    for lines in _invoices(_lines(file, report)):
        report.made["lines read"] += len(lines)
        interaction = _convert(lines, report)
        if interaction is not None:
            yield interaction
        if limit is not None and report.made["lines read"] >= limit:
            return


def _invoices(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield the lines of each invoice of each customer; at most `MOST_OPEN` are held at a time."""
    opened: dict[tuple[str, str], list[Line]] = {}
    finished: set[tuple[str, str]] = set()
    for line in lines:
        of = line.invoice, line.customer
        if of in finished:
            raise ConversionError(f"line {line.number}: invoice {of[0]} comes again; sort the file by InvoiceNo")
        opened.setdefault(of, []).append(line)
        if len(opened) > MOST_OPEN:
            first = next(iter(opened))
            finished.add(first)
            yield opened.pop(first)
    yield from opened.values()


def _lines(file: CsvFile, report: Report) -> Iterator[Line]:
    for number, (invoice, sku, description, quantity, at, price, customer) in file.rows("invoices"):
        try:
            if not invoice:
                raise ValueError("no invoice")
            goods = sku.strip(), description.strip(), int(quantity)
            yield Line(number, invoice, *goods, _moment(at), _pounds(price), customer.removesuffix(".0"))
        except ValueError:
            report.mistake(number, "InvoiceNo, a whole Quantity, InvoiceDate or UnitPrice is missing or wrong")


def _pounds(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise ValueError("no number") from None
    if not price.is_finite():
        raise ValueError("no amount")
    return price


@lru_cache(maxsize=1024)
def _moment(text: str) -> datetime:
    for form in _DATE_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(text, form)  # noqa: DTZ007 - the shop's local time; _start gives it the zone
    raise ValueError("no time")


def _convert(lines: Sequence[Line], report: Report) -> pb.Interaction | None:
    """Make the interaction of one invoice, or None where it is no business with a person."""
    invoice = lines[0].invoice
    is_return = invoice[0] == "C"
    if not (is_return or invoice[0].isdigit()):
        report.leave_out("lines of book-keeping (A invoices)", len(lines))
        return None
    goods = _goods(lines, is_return, report)
    total = _pence(sum((line.quantity * line.price for line in goods), Decimal(0)))
    if total == 0 and (is_return or not (goods and lines[0].customer)):
        report.leave_out("lines of invoices without an amount or a customer", len(goods))
        return None
    interaction = _start(lines)
    report.leave_out(f"lines beyond {MOST_LINES:,} of an invoice (in its total)", len(goods) - MOST_LINES)
    told = [_order_line(line) for line in goods[:MOST_LINES]]
    if is_return:
        returned = pb.PurchaseReturn(return_id=invoice, total=_money(total), lines=told)
        interaction.purchase_return.CopyFrom(returned)
    else:
        bought = pb.Purchase(order_id=invoice, total=_money(total), lines=told, source=pb.PURCHASE_SOURCE_WEB_SHOP)
        interaction.purchase.CopyFrom(bought)
    report.made["returns" if is_return else "purchases"] += 1
    report.amounts["returned, GBP" if is_return else "gross, GBP"] += total
    return interaction


def _goods(lines: Sequence[Line], is_return: bool, report: Report) -> list[Line]:
    """Return what was sold or taken back: the lines in the direction of the invoice, with quantities above zero."""
    turned = [line._replace(quantity=-line.quantity) for line in lines] if is_return else lines
    against = sum(line.quantity < 0 for line in turned)
    goods = [line for line in turned if line.quantity > 0 and line.price >= 0]
    report.leave_out("lines of stock corrections (quantity against the invoice)", against)
    report.leave_out("lines of no quantity, or below zero in price", len(turned) - against - len(goods))
    return goods


def _start(lines: Sequence[Line]) -> pb.Interaction:
    """Begin the interaction of an invoice, at the earliest of its lines: some were being written for minutes."""
    invoice, customer = lines[0].invoice, lines[0].customer
    interaction = pb.Interaction(event_id=f"{SYSTEM}-{invoice}", source=SYSTEM)
    at = min(line.at for line in lines).replace(tzinfo=_london())
    interaction.occurred_at.FromSeconds(int(at.timestamp()))
    interaction.account.channel = CHANNEL
    interaction.account.id = customer or f"guest-{invoice}"
    if customer:
        interaction.identifiers.add(type="user_id", value=customer)
    return interaction


@lru_cache(maxsize=1)
def _london() -> ZoneInfo:
    try:
        return ZoneInfo("Europe/London")
    except ZoneInfoNotFoundError:
        raise ConversionError("this machine has no time zones: install the package tzdata") from None


def _pence(pounds: Decimal) -> int:
    """Round to whole pence, half a penny up: once for a total, not for each of its lines."""
    return int(pounds.scaleb(2).quantize(Decimal(1), ROUND_HALF_UP))


def _money(pence: int) -> Money:
    return Money(currency_code=CURRENCY, minor_units=pence)


def _order_line(line: Line) -> pb.OrderLine:
    price = _money(_pence(line.price))
    return pb.OrderLine(sku=line.sku, description=line.description, quantity=line.quantity, unit_price=price)


@click.command(
    cls=Command,
    context_settings=HELP,
    examples=[
        "python -m examples.online_retail online_retail.csv.gz --limit 30000",
        "python -m examples.online_retail online_retail.csv.gz --out - | rapportctl publish -",
    ],
)
@file_argument
@click.option("--limit", metavar="LINES", type=click.IntRange(min=1), help="Stop after the invoice that fills so many.")
@out_option
def main(file: Path, limit: int | None, out: str | None) -> None:
    """Send the invoices of UCI Online Retail (CSV, also .gz) as purchases and returns.

    Where to comes from the environment, as for rapportctl. Sent again, nothing counts twice. README.md says where to
    find the file, what is left out, and what comes of it.
    """
    run(lambda table, report: interactions(table, report, limit), file, COLUMNS, out, SOURCE)


if __name__ == "__main__":
    main()
