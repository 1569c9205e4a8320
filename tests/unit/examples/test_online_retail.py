"""What becomes of the lines of UCI Online Retail, odd ones included."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.common import ConversionError, CsvFile, Report
from examples.online_retail import COLUMNS, MOST_OPEN, interactions
from rapport.interactions.v1 import interaction_pb2 as pb
from tests.unit.examples.files import RETAIL, invoice_line, write_csv

Rows = Sequence[Sequence[str]]


def convert(folder: Path, rows: Rows, limit: int | None = None) -> tuple[list[pb.Interaction], Report]:
    report = Report()
    file = CsvFile(write_csv(folder / "retail.csv", RETAIL, rows), COLUMNS)
    return list(interactions(file, report, limit)), report


def only(folder: Path, rows: Rows) -> pb.Interaction:
    made, _ = convert(folder, rows)
    assert len(made) == 1
    return made[0]


def test_an_invoice_is_one_purchase_of_its_customer(tmp_path: Path) -> None:
    """The lines of an invoice become one purchase, with their exact sum in pence, on the customer's account."""
    made = only(
        tmp_path,
        [
            invoice_line(quantity=6, price="2.55"),
            invoice_line(quantity=3, price="0.1", sku="71053", description=" JUG "),
        ],
    )

    assert (made.account.channel, made.account.id) == ("web_shop", "17850")
    assert [(each.type, each.value) for each in made.identifiers] == [("user_id", "17850")]
    assert made.purchase.order_id == "536365"
    assert made.purchase.source == pb.PURCHASE_SOURCE_WEB_SHOP
    assert (made.purchase.total.currency_code, made.purchase.total.minor_units) == ("GBP", 1560)
    assert [(line.sku, line.description, line.quantity) for line in made.purchase.lines] == [
        ("85123A", "LANTERN", 6),
        ("71053", "JUG", 3),
    ]
    assert [line.unit_price.minor_units for line in made.purchase.lines] == [255, 10]


def test_event_ids_are_the_same_on_every_run(tmp_path: Path) -> None:
    """Sent again, an invoice has the same event id, so that it counts once."""
    rows = [invoice_line("536365"), invoice_line("536366")]
    first, second = (
        [each.event_id for each in convert(tmp_path, rows)[0]],
        [each.event_id for each in convert(tmp_path, rows)[0]],
    )
    assert first == second == ["online-retail-536365", "online-retail-536366"]


@pytest.mark.parametrize(
    ("local", "utc"),
    [("2011-01-10 10:00:00", "2011-01-10T10:00:00Z"), ("2011-07-10 10:00:00", "2011-07-10T09:00:00Z")],
    ids=["winter", "summer"],
)
def test_times_are_the_shops_own(tmp_path: Path, local: str, utc: str) -> None:
    """A time without a zone is British: in summer an hour ahead of UTC."""
    assert only(tmp_path, [invoice_line(at=local)]).occurred_at.ToJsonString() == utc


def test_an_invoice_written_for_minutes_happened_when_it_began(tmp_path: Path) -> None:
    """Of several times in one invoice the earliest counts."""
    made = only(tmp_path, [invoice_line(at="2011-01-10 10:01:00"), invoice_line(at="2011-01-10 10:00:00")])
    assert made.occurred_at.ToJsonString() == "2011-01-10T10:00:00Z"


def test_a_c_invoice_is_one_return_with_amounts_above_zero(tmp_path: Path) -> None:
    """A C invoice becomes one return; its negative quantities count as what was taken back."""
    made = only(
        tmp_path,
        [invoice_line("C536379", -2, "27.50"), invoice_line("C536379", -1, "0.99")],
    )
    returned = made.purchase_return
    assert (returned.return_id, returned.order_id, returned.total.minor_units) == ("C536379", "", 5599)
    assert [line.quantity for line in returned.lines] == [2, 1]


def test_an_invoice_without_a_customer_has_an_account_of_its_own(tmp_path: Path) -> None:
    """Nobody is known by such an invoice: two of them are two accounts, and neither claims an identifier."""
    made, _ = convert(tmp_path, [invoice_line("536544", customer=""), invoice_line("C536545", -1, customer="")])
    assert [each.account.id for each in made] == ["guest-536544", "guest-C536545"]
    assert not any(each.identifiers for each in made)


def test_book_keeping_is_left_out_and_counted(tmp_path: Path) -> None:
    """A invoices adjust bad debt; no person did anything."""
    made, report = convert(tmp_path, [invoice_line("A563186", 1, "-11062.06", customer="")])
    assert made == []
    assert report.left_out == {"lines of book-keeping (A invoices)": 1}


def test_stock_corrections_are_left_out_and_counted(tmp_path: Path) -> None:
    """A negative quantity on an invoice that is no return is no business with anybody, also among goods."""
    made, report = convert(
        tmp_path, [invoice_line("536589", -10, "0.0", customer=""), invoice_line(quantity=2), invoice_line(quantity=-2)]
    )
    assert [each.purchase.total.minor_units for each in made] == [500]
    assert report.left_out == {"lines of stock corrections (quantity against the invoice)": 2}


def test_stock_found_is_left_out_and_counted(tmp_path: Path) -> None:
    """An invoice that names no customer and no price records stock that was found."""
    made, report = convert(tmp_path, [invoice_line("536414", 56, "0.0", customer="", description="")])
    assert made == []
    assert report.left_out == {"lines of invoices without an amount or a customer": 1}


def test_a_gift_stays_in_the_purchase(tmp_path: Path) -> None:
    """A line at no price is a gift: it is in the purchase, and adds nothing to the total."""
    made = only(tmp_path, [invoice_line(quantity=1, price="5.00"), invoice_line(quantity=3, price="0.0")])
    assert made.purchase.total.minor_units == 500
    assert [line.unit_price.minor_units for line in made.purchase.lines] == [500, 0]


def test_a_customer_who_was_given_everything_still_has_a_purchase(tmp_path: Path) -> None:
    """With a customer, an invoice of nothing but gifts is an order of zero pounds."""
    made = only(tmp_path, [invoice_line(price="0.0")])
    assert made.WhichOneof("kind") == "purchase"
    assert made.purchase.total.minor_units == 0


def test_a_return_of_nothing_is_left_out(tmp_path: Path) -> None:
    """A return pays something back, or it is none."""
    made, report = convert(tmp_path, [invoice_line("C536380", -1, "0.0")])
    assert made == []
    assert sum(report.left_out.values()) == 1


@pytest.mark.parametrize(("quantity", "price"), [(0, "1.00"), (1, "-1.00")])
def test_a_line_that_no_interaction_may_carry_is_left_out(tmp_path: Path, quantity: int, price: str) -> None:
    """A line without quantity, or below zero in price, leaves the rest of its invoice as it is."""
    made, report = convert(tmp_path, [invoice_line(), invoice_line(quantity=quantity, price=price)])
    assert [len(each.purchase.lines) for each in made] == [1]
    assert report.left_out == {"lines of no quantity, or below zero in price": 1}


def test_fractions_of_a_penny_are_rounded_once_in_the_total(tmp_path: Path) -> None:
    """Two lines of half a penny make a penny: rounded by line they would make two."""
    made = only(tmp_path, [invoice_line(price="0.005"), invoice_line(price="0.005")])
    assert made.purchase.total.minor_units == 1


def test_half_a_penny_is_rounded_up(tmp_path: Path) -> None:
    """Half a penny in a total counts as a whole one."""
    assert only(tmp_path, [invoice_line(price="1.045")]).purchase.total.minor_units == 105


def test_lines_beyond_a_thousand_stay_in_the_total(tmp_path: Path) -> None:
    """An interaction bears 1,000 lines; of a longer invoice the rest is counted, and its money is not lost."""
    made, report = convert(tmp_path, [invoice_line(price="0.01")] * 1_114)
    assert [(len(each.purchase.lines), each.purchase.total.minor_units) for each in made] == [(1_000, 1_114)]
    assert report.left_out == {"lines beyond 1,000 of an invoice (in its total)": 114}


def test_an_invoice_cut_in_two_by_a_return_is_one(tmp_path: Path) -> None:
    """Lines of two invoices may mingle; each invoice comes out whole, in the order they begin."""
    made, _ = convert(
        tmp_path, [invoice_line("542806"), invoice_line("C542805", -1, customer="14606"), invoice_line("542806")]
    )
    assert [(each.event_id, len(each.purchase.lines)) for each in made] == [
        ("online-retail-542806", 2),
        ("online-retail-C542805", 0),
    ]


def test_a_file_out_of_order_is_refused(tmp_path: Path) -> None:
    """An invoice whose lines lie far apart would come out in pieces, of which only the first would count."""
    between = [invoice_line(str(600_000 + place)) for place in range(MOST_OPEN)]
    with pytest.raises(ConversionError, match=r"line 103: invoice 536365 comes again; sort the file"):
        convert(tmp_path, [invoice_line(), *between, invoice_line()])


@pytest.mark.parametrize(("limit", "lines"), [(1, [2]), (2, [2]), (3, [2, 3]), (6, [2, 3, 1])])
def test_a_limit_never_cuts_an_invoice(tmp_path: Path, limit: int, lines: list[int]) -> None:
    """The invoice that fills the limit comes out whole: sent again without a limit it must be the same."""
    rows = [invoice_line("1")] * 2 + [invoice_line("2")] * 3 + [invoice_line("3")]
    made, report = convert(tmp_path, rows, limit)
    assert [len(each.purchase.lines) for each in made] == lines
    assert report.made["lines read"] == sum(lines)


def test_two_customers_on_one_invoice_are_two_purchases(tmp_path: Path) -> None:
    """An invoice number with two customers is a purchase of each."""
    made, _ = convert(tmp_path, [invoice_line(customer="1"), invoice_line(customer="2")])
    assert [each.account.id for each in made] == ["1", "2"]


def test_other_copies_of_the_file_are_read_too(tmp_path: Path) -> None:
    """Month first, whole customer numbers, a byte order mark, descriptions in Latin-1: all of them circulate."""
    row = invoice_line(at="7/10/2011 9:05", customer="17850", description="£ BAG")
    report = Report()
    path = write_csv(tmp_path / "copy.csv", ["\ufeff" + RETAIL[0], *RETAIL[1:]], [row])
    path.write_bytes(path.read_bytes().replace("£".encode(), "£".encode("latin-1")))
    (made,) = interactions(CsvFile(path, COLUMNS), report)
    assert made.occurred_at.ToJsonString() == "2011-07-10T08:05:00Z"
    assert (made.account.id, made.purchase.lines[0].description) == ("17850", "\ufffd BAG")


@pytest.mark.parametrize(
    "row",
    [
        invoice_line(invoice=""),
        invoice_line(quantity="six"),
        invoice_line(quantity="1.5"),
        invoice_line(price="dear"),
        invoice_line(price="NaN"),
        invoice_line(at="yesterday"),
        ("536365", "85123A"),
    ],
    ids=["no invoice", "no number", "half a piece", "no price", "not a number", "no time", "too short"],
)
def test_a_line_that_cannot_be_read_is_told_by_its_number(tmp_path: Path, row: Sequence[str]) -> None:
    """The others of its invoice go on; the account names the line, and not its values."""
    made, report = convert(tmp_path, [invoice_line(), row])
    assert [len(each.purchase.lines) for each in made] == [1]
    assert (report.unreadable, [line for line, _ in report.mistakes]) == (1, [3])
    assert not any(value in report.mistakes[0][1].split() for value in row if value)


LINES = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "C4", "C5", "A6"]),
        st.integers(-20, 20),
        st.decimals("-1", "9", places=3),
        st.sampled_from(["", "7", "8"]),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(LINES)
def test_no_money_is_lost_or_made(lines: list[tuple[str, int, Decimal, str]]) -> None:
    """Whatever the lines: each customer's purchases and returns are the sums of the lines that count, to the penny."""
    with TemporaryDirectory() as folder:
        rows = [invoice_line(invoice, quantity, str(price), customer) for invoice, quantity, price, customer in lines]
        made, _ = convert(Path(folder), rows)
    expected: dict[tuple[str, str], Decimal] = {}
    for invoice, quantity, price, customer in lines:
        pieces = -quantity if invoice.startswith("C") else quantity
        if pieces > 0 and price >= 0 and not invoice.startswith("A"):
            of = invoice, customer or f"guest-{invoice}"
            expected[of] = expected.get(of, Decimal(0)) + pieces * price * 100
    got = {
        (each.purchase.order_id or each.purchase_return.return_id, each.account.id): (
            each.purchase.total.minor_units + each.purchase_return.total.minor_units
        )
        for each in made
    }
    assert len(got) == len(made)
    for of, pence in expected.items():
        assert abs(got.get(of, 0) - pence) <= Decimal("0.5")
    assert set(got) <= set(expected)
