"""What orders, reports of purchases and models of buyers look like to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.interactions.v1.interaction_pb2 import PurchaseSource
from rapport.profile.v1 import facets_pb2 as facets
from rapportctl.purchases.calibration import Calibration
from rapportctl.purchases.histories import date_of
from rapportctl.purchases.modelling import Modelling
from rapportctl.purchases.report import Cohort, PurchaseReport, RfmCount
from rapportctl.views import moment, money

ORDER_COLUMNS = ("time", "order", "total", "source", "lines", "pieces", "given_back", "account")
CLASS_COLUMNS = ("rfm_class", "buyers", "share", "gross")
CALIBRATION_COLUMNS = ("repeats", "buyers", "expected", "actual")
MONTHS_SHOWN = 12
"""After the month of the first order."""


def order_row(order: facets.Order) -> dict[str, Any]:
    """An order as a line of a list."""
    currency = order.total.currency_code
    return {
        "time": moment(order.order_time),
        "order": order.order_id,
        "total": money(order.total.minor_units, currency),
        "source": PurchaseSource.Name(order.source).removeprefix("PURCHASE_SOURCE_").lower().replace("_", " "),
        "lines": len(order.lines) or "",
        "pieces": sum(line.quantity for line in order.lines) or "",
        "given_back": "\n".join(
            f"{money(each.total.minor_units, each.total.currency_code)}  {each.return_id}" for each in order.returns
        ),
        "account": order.account_key,
    }


def report_fields(report: PurchaseReport) -> dict[str, Any]:
    """What all buyers come to."""
    fields = {
        "currency": report.currency,
        "buyers": report.buyers,
        "orders": report.orders,
        "revenue": money(report.gross, report.currency),
        "returns": f"{report.returns:,}, {money(report.returned, report.currency)}",
        "net": money(report.gross - report.returned, report.currency),
        "average order": money(report.average_order, report.currency),
        "orders of a buyer": f"{report.orders / report.buyers:.2f}" if report.buyers else "",
        "came again": f"{report.repeat_buyers:,} ({report.repeat_rate:.1%})",
        "model": report.model_version or "none is in force: `rapportctl profile fit-lifetime-value` makes one",
    }
    if report.alive is not None:
        fields["still buying"] = f"{report.alive:.1%} of all buyers"
        fields[f"expected in {report.horizon_days} days"] = money(report.expected, report.currency)
    return fields


def class_row(each: RfmCount, report: PurchaseReport) -> dict[str, Any]:
    """An RFM class as a row."""
    return {
        "rfm_class": each.name,
        "buyers": each.buyers,
        "share": f"{each.buyers / report.buyers:.1%}",
        "gross": money(each.gross, report.currency),
    }


def cohort_columns(report: PurchaseReport) -> tuple[str, ...]:
    """Columns of the table of cohorts: the month, the buyers, and how many months after the first order."""
    longest = max((len(each.active) for each in report.cohorts), default=0)
    return ("first_order", "buyers", *(f"+{number}" for number in range(1, min(longest, MONTHS_SHOWN + 1))))


def cohort_row(cohort: Cohort) -> dict[str, Any]:
    """Which share of a cohort ordered in each month after its first."""
    shares = {f"+{number}": f"{active / cohort.buyers:.0%}" for number, active in enumerate(cohort.active) if number}
    return {"first_order": cohort.month, "buyers": cohort.buyers, **shares}


def model_fields(found: Modelling) -> dict[str, Any]:
    """A model with its parameters."""
    model, fit, value = found.model, found.frequency, found.value
    fields: dict[str, Any] = {
        "currency": model.currency_code,
        "buyers": model.buyers,
        "as of": moment(model.fit_time),
        "BG/NBD, in days": f"r {fit.r:.4f}, alpha {fit.alpha:.3f}, a {fit.a:.4f}, b {fit.b:.4f}",
        "its log-likelihood": f"{fit.log_likelihood:,.1f}",
        "recency in days, scores 5 to 1": _bounds(model.rfm.recency_days),
        "days with an order, scores 1 to 5": _bounds(model.rfm.order_days),
        "ordered, scores 1 to 5": ", ".join(money(bound, model.currency_code) for bound in model.rfm.gross_minor_units),
    }
    if value is not None:
        fields["Gamma-Gamma"] = f"p {value.p:.4f}, q {value.q:.4f}, v {value.v:,.2f} minor units"
        fields["how often by how much"] = f"correlation {value.correlation:+.3f}"
    return fields


def calibration_fields(found: Calibration) -> dict[str, Any]:
    """How well the last days would have been foretold."""
    return {
        "fitted until": date_of(found.day),
        "held out, days": found.days,
        "buyers until then": found.buyers,
        "order days expected": f"{found.expected:,.0f}",
        "order days that came": found.actual,
        "off by": f"{(found.expected - found.actual) / found.actual:+.1%}" if found.actual else "",
        "mean absolute error of one buyer": f"{found.mean_absolute_error:.3f}",
        "the same, had all gone on as before": f"{found.naive_error:.3f}",
    }


def calibration_rows(found: Calibration) -> list[Mapping[str, Any]]:
    """Expected and actual order days of one buyer, by repeats until the day."""
    last = found.rows[-1].repeats
    return [
        {
            "repeats": f"{row.repeats} or more" if row.repeats == last else row.repeats,
            "buyers": row.buyers,
            "expected": f"{row.expected:.3f}",
            "actual": f"{row.actual:.3f}",
        }
        for row in found.rows
    ]


def _bounds(bounds: Any) -> str:  # noqa: ANN401 - protobuf's repeated numbers
    return ", ".join(f"{bound:,}" for bound in bounds)
