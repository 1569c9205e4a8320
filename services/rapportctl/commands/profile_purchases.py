"""`rapportctl profile orders`, `purchases` and `fit-lifetime-value`: what is bought, and what is to be expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click
import yaml

from rapport.identity.v1.service_pb2 import Key
from rapport.profile.v1 import administration_pb2 as pb
from rapport.profile.v1 import facets_pb2 as facets
from rapport.profile.v1 import profile_pb2
from rapportctl.arguments import CUSTOMER_KEY, MOMENT
from rapportctl.calls import ADMINISTRATION, PROFILE, Calls
from rapportctl.commands.identity_common import customer_told, most_option, print_messages
from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, note, print_fields, print_json, print_rows, progress
from rapportctl.purchase_views import (
    CALIBRATION_COLUMNS,
    CLASS_COLUMNS,
    ORDER_COLUMNS,
    calibration_fields,
    calibration_rows,
    class_row,
    cohort_columns,
    cohort_row,
    model_fields,
    order_row,
    report_fields,
)
from rapportctl.purchases.histories import DAY, Buyer, read_buyers
from rapportctl.purchases.modelling import Modelling, model_buyers
from rapportctl.purchases.report import PurchaseReport, report
from rapportctl.reports.purchase_pictures import draw_calibration, draw_purchases
from rapportctl.views import as_json

PAGE = 200
_FOLDER = click.Path(file_okay=False, path_type=Path)

currency_option = click.option("--currency", default="", help="ISO 4217; that of the profile's rules where absent.")
as_of_option = click.option("--as-of", type=MOMENT, help="Orders up to this time; now where absent.")
pictures_option = click.option("--pictures", type=_FOLDER, help="Draw pictures into this folder.")


@click.command(
    cls=Command,
    short_help="A customer's orders, newest first.",
    examples=[
        "rapportctl profile orders email=maria@example.com",
        "rapportctl profile orders web_shop:17850 --max 5 --format json | jq '.[].lines'",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@most_option
@format_option
@click.pass_obj
def orders(deployment: Deployment, *, key: Key, most: int, form: Format) -> None:
    """Show the orders of the customer that KEY leads to, each with what was given back of it.

    Orders that an account keeps as sums only, beyond its newest 2,000, are not listed.
    """
    with Calls(deployment) as calls:
        found = list(islice(_orders(calls, customer_told(calls, key), min(most, PAGE)), most))
    print_messages(form, ORDER_COLUMNS, order_row, found, "nothing was ordered")


@click.command(
    cls=Command,
    short_help="What all buyers come to: sums, RFM classes, cohorts.",
    examples=[
        "rapportctl profile purchases",
        "rapportctl profile purchases --currency GBP --as-of 2011-12-10 --pictures purchases/",
        "rapportctl profile purchases --format json | jq '.cohorts[0].active'",
    ],
)
@currency_option
@as_of_option
@pictures_option
@format_option
@click.pass_obj
def purchases(
    deployment: Deployment, *, currency: str, as_of: datetime | None, pictures: Path | None, form: Format
) -> None:
    """Add up what everybody ordered and gave back, and show who came again, by the month of the first order."""
    with Calls(deployment) as calls:
        code = currency or _currency_of_rules(calls)
        found = report(code, _read(calls, code, as_of))
    if form == "json":
        print_json(_as_json(found))
    else:
        _print(form, found)
    if pictures is not None:
        for path in draw_purchases(found, pictures):
            note(f"drew {path}")


@click.command(
    "fit-lifetime-value",
    cls=Command,
    short_help="Fit the model of buyers, and put it in force.",
    examples=[
        "rapportctl profile fit-lifetime-value --dry-run --pictures fit/",
        "rapportctl profile fit-lifetime-value --currency GBP --holdout-days 90 --owner crm --reason 'each quarter'",
    ],
)
@currency_option
@as_of_option
@click.option(
    "--holdout-days", type=click.IntRange(0), default=90, show_default=True, help="Foretell so many; 0: none."
)
@click.option(
    "--horizon-days", type=click.IntRange(1), help="How far values look ahead; as the rules say where absent."
)
@click.option("--dry-run", is_flag=True, help="Only show the model.")
@click.option("--force", is_flag=True, help="Put it in force also where the data do not tell all parameters.")
@click.option("--owner", default="", help="Who puts it in force: a staff number or a role, not a name.")
@click.option("--reason", default="", help="Why; kept with the model.")
@pictures_option
@format_option
@click.pass_obj
def fit_lifetime_value(
    deployment: Deployment,
    *,
    currency: str,
    as_of: datetime | None,
    holdout_days: int,
    horizon_days: int | None,
    dry_run: bool,
    force: bool,
    owner: str,
    reason: str,
    pictures: Path | None,
    form: Format,
) -> None:
    """Fit BG/NBD, Gamma-Gamma and the quintiles of RFM to everybody's orders, and put them in force.

    Before that the last days are foretold from what was ordered before them, and compared. RFM classes and lifetime
    values of all customers are then computed anew in the background.
    """
    if not dry_run and not (owner and reason):
        raise click.UsageError("--owner and --reason are needed to put the model in force; or give --dry-run")
    today = int((as_of or datetime.now(UTC)).timestamp()) // DAY
    with Calls(deployment) as calls:
        code = currency or _currency_of_rules(calls)
        found = model_buyers(_read(calls, code, as_of), code, today, holdout_days)
        model = found.model
        model.owner, model.reason, model.horizon_days = owner, reason, horizon_days or 0
        is_promoted = not dry_run and (force or found.is_certain)
        if is_promoted:
            model = calls.call(
                ADMINISTRATION, "PromotePurchaseModel", pb.PromotePurchaseModelRequest(model=model), pb.PurchaseModel
            )
    _print_model(form, found, model)
    for doubt in found.doubts():
        note(f"mind: {doubt}")
    if pictures is not None and found.calibration is not None:
        for path in draw_calibration(found.calibration, pictures):
            note(f"drew {path}")
    if not dry_run and not is_promoted:
        raise RapportctlError(
            "nothing was put in force: more orders would tell the parameters; --force takes them as is"
        )
    note(f"{model.version} is in force" if is_promoted else "nothing was put in force")


def _orders(calls: Calls, customer: str, page_size: int) -> Iterator[facets.Order]:
    request = profile_pb2.ListOrdersRequest(parent=f"customers/{customer}", page_size=page_size)
    while True:
        page = calls.call(PROFILE, "ListOrders", request, profile_pb2.ListOrdersResponse)
        yield from page.orders
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def _read(calls: Calls, currency: str, as_of: datetime | None) -> list[Buyer]:
    with progress() as bar:
        task = bar.add_task("reading orders", total=100)
        return read_buyers(calls, currency, as_of, lambda done: bar.update(task, completed=round(done * 100)))


def _currency_of_rules(calls: Calls) -> str:
    """The currency that the profile means where none is named."""
    found = calls.call(ADMINISTRATION, "GetRules", pb.GetRulesRequest(), pb.RulesInForce)
    rules: Any = yaml.safe_load(found.text)
    try:
        return str(rules["purchases"]["currency"])
    except (KeyError, TypeError):
        raise RapportctlError("the profile's rules name no currency: give --currency") from None


def _print(form: Format, found: PurchaseReport) -> None:
    print_fields(form, report_fields(found))
    if found.classes:
        print_rows(form, CLASS_COLUMNS, (class_row(each, found) for each in found.classes))
    if found.cohorts:
        print_rows(form, cohort_columns(found), map(cohort_row, found.cohorts))


def _as_json(found: PurchaseReport) -> dict[str, Any]:
    return {
        **asdict(found),
        "net": found.gross - found.returned,
        "average_order": found.average_order,
        "repeat_rate": found.repeat_rate,
    }


def _print_model(form: Format, found: Modelling, model: pb.PurchaseModel) -> None:
    calibration = found.calibration
    if form == "json":
        told: dict[str, Any] = {"model": as_json(model), "bg_nbd": asdict(found.frequency)}
        told["gamma_gamma"] = asdict(found.value) if found.value is not None else None
        told["calibration"] = asdict(calibration) if calibration is not None else None
        print_json(told)
        return
    print_fields(form, model_fields(found))
    if calibration is not None:
        print_fields(form, calibration_fields(calibration))
        print_rows(form, CALIBRATION_COLUMNS, calibration_rows(calibration))
