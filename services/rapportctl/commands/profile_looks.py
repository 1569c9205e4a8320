"""`rapportctl profile`: records now and as they were, lists of customers and accounts, and watching."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import click

from rapport.identity.v1.service_pb2 import Key
from rapport.profile.v1 import facets_pb2 as facets
from rapport.profile.v1 import profile_pb2 as pb
from rapportctl.arguments import CUSTOMER_KEY, MOMENT
from rapportctl.calls import PROFILE, Calls
from rapportctl.commands.common import customer_of, until_interrupted
from rapportctl.commands.identity_common import customer_told, most_option, print_messages
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.looks_views import (
    ACCOUNT_COLUMNS,
    CUSTOMER_COLUMNS,
    account_row,
    customer_row,
    segment_line,
    version_line,
)
from rapportctl.output import Format, format_option, note, print_fields, print_json, print_json_line
from rapportctl.views import as_json, record_fields

PAGE = 500
ORDERS = {
    "id": pb.CUSTOMER_ORDER_ID,
    "net": pb.CUSTOMER_ORDER_NET_DESC,
    "last-order": pb.CUSTOMER_ORDER_LAST_ORDER_DESC,
}
BASES = {"then": pb.IDENTITY_BASIS_THEN, "now": pb.IDENTITY_BASIS_NOW}


@click.command(
    cls=Command,
    short_help="A customer's record, now or as it was.",
    examples=[
        "rapportctl profile show email=maria@example.com",
        "rapportctl profile show 01kknq5e8d0000g00000000003 --as-of 2026-03-14T09:00",
        "rapportctl profile show instagram:maria.k --as-of 2026-03-14 --identity now --format json",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--as-of", type=MOMENT, help="As it was at this time.")
@click.option(
    "--identity",
    type=click.Choice(list(BASES)),
    help="With --as-of: whose accounts, those held then or those held now.",
)
@format_option
@click.pass_obj
def show(deployment: Deployment, *, key: Key, as_of: datetime | None, identity: str | None, form: Format) -> None:
    """Show the record of the customer that KEY leads to.

    As it was under the identity that held then: what was answered at that time. Under the one that holds now: what
    would have been answered, had it been known then that the accounts are one person's.
    """
    if identity and as_of is None:
        raise click.UsageError("--identity goes with --as-of")
    with Calls(deployment) as calls:
        asked, merged_from = customer_of(calls, key)
        request = pb.GetCustomerRequest(name=f"customers/{asked}")
        if as_of is not None:
            request.as_of.FromDatetime(as_of)
            request.identity = BASES[identity or "then"]
        record = calls.call(PROFILE, "GetCustomer", request, pb.CustomerRecord)
    if record.merged_from or merged_from:
        note(f"{merged_from or record.merged_from} was merged into {record.customer_id}")
    if form == "json":
        print_json(as_json(record))
    else:
        print_fields(form, record_fields(record))


@click.command(
    "list",
    cls=Command,
    short_help="Customers by segment, stage, tier, channel or RFM class.",
    examples=[
        "rapportctl profile list --segment newsletter_readers --max 20",
        "rapportctl profile list --stage at_risk --order net --format json | jq -r '.[].customer_id'",
    ],
)
@click.option("--segment", default="", help="In this segment.")
@click.option("--stage", default="", help="In this lifecycle stage.")
@click.option("--tier", default="", help="Holding this tier.")
@click.option("--channel", default="", help="With an account on this channel.")
@click.option("--rfm-class", default="", help="In this RFM class.")
@click.option(
    "--order", type=click.Choice(list(ORDERS)), default="id", show_default=True, help="What they are ordered by."
)
@most_option
@format_option
@click.pass_obj
def list_customers(
    deployment: Deployment, *, segment: str, stage: str, tier: str, channel: str, rfm_class: str, order: str, most: int,
    form: Format,
) -> None:  # fmt: skip
    """List customers of whom all that is asked holds: by id, by net purchases, or by their last order.

    By purchases and by last order, those who never ordered are left out.
    """
    request = pb.ListCustomersRequest(
        page_size=min(most, PAGE),
        filter=pb.CustomerFilter(segment=segment, stage=stage, tier=tier, channel=channel, rfm_class=rfm_class),
        order_by=ORDERS[order],
    )
    with Calls(deployment) as calls:
        pages = _pages(calls, "ListCustomers", request, pb.ListCustomersResponse)
        found = list(islice((record for page in pages for record in page.customers), most))
    print_messages(form, CUSTOMER_COLUMNS, customer_row, found, "there is no such customer")


@click.command(
    cls=Command,
    short_help="All accounts of a customer, with what is known of each.",
    examples=["rapportctl profile accounts email=maria@example.com"],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--max", "most", type=click.IntRange(1), default=1000, show_default=True, help="At most so many.")
@format_option
@click.pass_obj
def accounts(deployment: Deployment, *, key: Key, most: int, form: Format) -> None:
    """Show the accounts of the customer that KEY leads to, by their keys."""
    with Calls(deployment) as calls:
        request = pb.ListAccountsRequest(parent=f"customers/{customer_told(calls, key)}", page_size=min(most, PAGE))
        pages = _pages(calls, "ListAccounts", request, pb.ListAccountsResponse)
        found: list[facets.AccountSummary] = list(islice((each for page in pages for each in page.accounts), most))
    print_messages(form, ACCOUNT_COLUMNS, account_row, found, "the customer has no accounts")


@click.command(
    cls=Command,
    short_help="Follow a customer's record as it changes.",
    examples=[
        "rapportctl profile watch email=maria@example.com",
        "rapportctl profile watch 01kknq5e8d0000g00000000003 --field tier --format json",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--field", "fields", multiple=True, help="Show only this field, such as tier; may be repeated.")
@click.option("--resume", default="", help="Go on after the token that was printed last, with --format json.")
@click.option("--max", "most", type=click.IntRange(1), help="End after so many versions.")
@format_option
@click.pass_obj
def watch(
    deployment: Deployment, *, key: Key, fields: tuple[str, ...], resume: str, most: int | None, form: Format
) -> None:
    """Show the record of the customer that KEY leads to, and each newer one, until Ctrl-C.

    A merge is followed. Who is slow skips versions and gets the newest.
    """
    with Calls(deployment) as calls, until_interrupted():
        request = pb.WatchCustomerRequest(name=f"customers/{customer_told(calls, key)}", resume_token=resume)
        told = ("customer_id", "version", "update_time", "changed_sections")
        request.read_mask.paths.extend([*told, *fields] if fields else [])
        stream = calls.stream(PROFILE, "WatchCustomer", request, pb.WatchCustomerResponse)
        for answer in islice(stream, most):
            if form == "json":
                print_json_line(as_json(answer))
            else:
                click.echo(version_line(answer.customer))


@click.command(
    "watch-segment",
    cls=Command,
    short_help="Follow who enters and leaves segments.",
    examples=[
        "rapportctl profile watch-segment newsletter_readers",
        "rapportctl profile watch-segment --format json > changes.jsonl",
    ],
)
@click.argument("names", nargs=-1)
@click.option("--resume", default="", help="Go on after the token that was printed last, with --format json.")
@click.option("--max", "most", type=click.IntRange(1), help="End after so many changes.")
@format_option
@click.pass_obj
def watch_segment(
    deployment: Deployment, *, names: tuple[str, ...], resume: str, most: int | None, form: Format
) -> None:
    """Show who enters and leaves the segments NAMES, or any, until Ctrl-C. For systems, the topic is the better one."""
    with Calls(deployment) as calls, until_interrupted():
        request = pb.WatchSegmentRequest(segments=names, resume_token=resume)
        stream = calls.stream(PROFILE, "WatchSegment", request, pb.WatchSegmentResponse)
        for answer in islice(stream, most):
            if form == "json":
                print_json_line(as_json(answer))
            else:
                click.echo(segment_line(answer.change))


def _pages(calls: Calls, method: str, request: Any, response: type[Any]) -> Iterator[Any]:  # noqa: ANN401 - with pages
    while True:
        page = calls.call(PROFILE, method, request, response)
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
