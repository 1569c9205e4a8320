"""`rapportctl tier`: what a customer holds and why, its points, and what it was told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar

import click
from google.protobuf.message import Message

from rapport.identity.v1.service_pb2 import Key
from rapport.tier.v1 import tier_pb2 as pb
from rapportctl.arguments import CUSTOMER_KEY
from rapportctl.calls import TIER, Calls
from rapportctl.commands.identity_common import customer_told, most_option
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, print_fields, print_json, print_rows
from rapportctl.tier_views import (
    HISTORY_COLUMNS,
    LEDGER_COLUMNS,
    explained_fields,
    history_row,
    ledger_row,
    points_line,
)
from rapportctl.views import as_json

M = TypeVar("M", bound=Message)

PAGE = 500
programme_option = click.option("--programme", default="", help="Of this programme instead of the first one.")


@click.command(
    cls=Command,
    short_help="Why a customer holds its tier, and what the next one takes.",
    examples=[
        "rapportctl tier show email=maria@example.com",
        "rapportctl tier show 01kknq5e8d0000g00000000003 --steps",
        "rapportctl tier show 01kknq5e8d0000g00000000003 --format json | jq .next.missing",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--steps", is_flag=True, help="Also the steps of the customer's own history.")
@programme_option
@format_option
@click.pass_obj
def show(deployment: Deployment, *, key: Key, steps: bool, programme: str, form: Format) -> None:
    """Show the tier of the customer that KEY leads to, until when it is held, and what is missing for the next one."""
    with Calls(deployment) as calls:
        request = pb.ExplainTierRequest(name=f"customers/{customer_told(calls, key)}/tier", programme=programme)
        answer = calls.call(TIER, "ExplainTier", request, pb.ExplainTierResponse)
    if form == "json":
        print_json(as_json(answer))
        return
    print_fields(form, explained_fields(answer))
    if steps:
        print_rows(form, [name for name in HISTORY_COLUMNS if name != "seq"], map(history_row, answer.steps))


@click.command(
    cls=Command,
    short_help="A customer's points, like a bank statement.",
    examples=[
        "rapportctl tier ledger email=maria@example.com",
        "rapportctl tier ledger 01kknq5e8d0000g00000000003 --format json | jq '[.[].active] | add'",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--itemize", is_flag=True, help="What merged customers brought entry by entry, each at its own time.")
@programme_option
@format_option
@click.pass_obj
def ledger(deployment: Deployment, *, key: Key, itemize: bool, programme: str, form: Format) -> None:
    """Show every entry of the ledger of the customer that KEY leads to, oldest first, and what they add up to.

    The column "points" is what an entry adds to the balance that can be spent. What a merged customer brought is one
    entry, "transferred", at the time of the merge.
    """
    with Calls(deployment) as calls:
        request = pb.ListLedgerRequest(
            parent=f"customers/{customer_told(calls, key)}",
            programme=programme,
            page_size=PAGE,
            itemize_transfers=itemize,
        )
        pages = list(_pages(calls, "ListLedger", request, pb.ListLedgerResponse))
    entries = [entry for page in pages for entry in page.entries]
    if form == "json":
        print_json([as_json(entry) for entry in entries])
        return
    print_rows(form, LEDGER_COLUMNS, map(ledger_row, entries))
    points = pages[-1].points
    added = sum(entry.active for entry in entries), sum(entry.pending for entry in entries)
    click.echo(points_line(points))
    if added != (points.active, points.pending):
        raise click.ClickException(f"the entries add up to {added[0]:,} and {added[1]:,} pending: a fault of Rapport's")


@click.command(
    cls=Command,
    short_help="What was told of a customer's tier, newest first.",
    examples=["rapportctl tier history email=maria@example.com --max 10"],
)
@click.argument("key", type=CUSTOMER_KEY)
@most_option
@format_option
@click.pass_obj
def history(deployment: Deployment, *, key: Key, most: int, form: Format) -> None:
    """Show the changes of the customer that KEY leads to: tiers, renewals, warnings, points that expire."""
    with Calls(deployment) as calls:
        request = pb.ListTierHistoryRequest(parent=f"customers/{customer_told(calls, key)}", page_size=min(most, PAGE))
        pages = _pages(calls, "ListTierHistory", request, pb.ListTierHistoryResponse)
        changes = list(islice((change for page in pages for change in page.changes), most))
    if form == "json":
        print_json([as_json(change) for change in changes])
    else:
        print_rows(form, HISTORY_COLUMNS, map(history_row, changes))


def _pages(calls: Calls, method: str, request: Any, response: type[M]) -> Iterator[M]:  # noqa: ANN401 - a request with pages
    while True:
        page: Any = calls.call(TIER, method, request, response)
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
