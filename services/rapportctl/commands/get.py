"""`rapportctl get` and `rapportctl timeline`: what is known of a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

import click
from google.protobuf.message import Message

from rapport.identity.v1.service_pb2 import Key
from rapport.profile.v1.profile_pb2 import TimelineFilter
from rapportctl.arguments import CUSTOMER_KEY, MOMENT
from rapportctl.calls import Calls
from rapportctl.commands.common import customer_of
from rapportctl.deployment import Deployment
from rapportctl.facet_views import whole_record
from rapportctl.helptext import Command, Commands
from rapportctl.output import Format, format_option, note, print_fields, print_json, print_rows
from rapportctl.timeline_views import timeline_row
from rapportctl.views import as_json, score_fields, tier_fields

M = TypeVar("M", bound=Message)

PAGE = 200


@click.group(cls=Commands)
def get() -> None:
    """Look up what is known of a person.

    KEY is a customer id, an identifier as type=value (email=maria@example.com), or an account as channel:id
    (instagram:maria.k). An id that was merged away answers with the customer that it was merged into, and says so.
    Where nobody is known, the exit status is 3.
    """


def _looks_up(short_help: str, *examples: str) -> Callable[[Callable[..., None]], click.Command]:
    """Make a command of `get` of a function, with the arguments that they all take."""

    def command(function: Callable[..., None]) -> click.Command:
        with_arguments = click.argument("key", type=CUSTOMER_KEY)(format_option(click.pass_obj(function)))
        return get.command(short_help=short_help, examples=list(examples))(with_arguments)

    return command


@_looks_up(
    "A customer's record.",
    "rapportctl get customer email=maria@example.com",
    "rapportctl get customer 01kknq5e8d0000g00000000003 --format json",
)
def customer(deployment: Deployment, key: Key, form: Format) -> None:
    """Show the record of the customer that KEY leads to: accounts, details, activity, purchases."""
    _show(deployment, key, form, Calls.customer, whole_record)


@_looks_up(
    "An advocacy score, and what it is made of.",
    "rapportctl get score instagram:maria.k",
    "rapportctl get score 01kknq5e8d0000g00000000003 --format json",
)
def score(deployment: Deployment, key: Key, form: Format) -> None:
    """Show the advocacy score of the customer that KEY leads to, with what it is made of."""
    _show(deployment, key, form, Calls.score, score_fields)


@_looks_up(
    "A VIP tier, and the figures behind it.",
    "rapportctl get tier loyalty_number=L-1042",
    "rapportctl get tier 01kknq5e8d0000g00000000003 --format json",
)
def tier(deployment: Deployment, key: Key, form: Format) -> None:
    """Show the VIP tier of the customer that KEY leads to, with the figures behind it."""
    _show(deployment, key, form, Calls.tier, tier_fields)


@click.command(
    cls=Command,
    short_help="Show what a person did, newest first.",
    examples=[
        "rapportctl timeline email=maria@example.com",
        "rapportctl timeline 01kknq5e8d0000g00000000003 --kind purchase --kind purchase_return --since 2026-01-01",
        'rapportctl timeline email=maria@example.com --text "where is my order"',
        "rapportctl timeline instagram:maria.k --max 1000 --format json | jq '.[].interaction.kind'",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--kind", "kinds", multiple=True, help="Only this kind, such as purchase; may be repeated.")
@click.option("--channel", "channels", multiple=True, help="Only this channel, such as instagram; may be repeated.")
@click.option("--since", type=MOMENT, help="Only what happened at this time or later.")
@click.option("--before", type=MOMENT, help="Only what happened before this time.")
@click.option("--account", "accounts", multiple=True, help="Only this account, such as instagram:maria.k; repeatable.")
@click.option("--text", default="", help="Only where this was said, in upper or lower case.")
@click.option("--max", "most", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@format_option
@click.pass_obj
def timeline(
    deployment: Deployment,
    *,
    key: Key,
    kinds: tuple[str, ...],
    channels: tuple[str, ...],
    since: datetime | None,
    before: datetime | None,
    accounts: tuple[str, ...],
    text: str,
    most: int,
    form: Format,
) -> None:
    """Show what the customer that KEY leads to did, newest first.

    KEY is a customer id, an identifier as type=value (email=maria@example.com), or an account as channel:id.
    """
    filter_ = TimelineFilter(kinds=kinds, channels=channels, accounts=accounts, text=text)
    if since is not None:
        filter_.start_time.FromDatetime(since)
    if before is not None:
        filter_.end_time.FromDatetime(before)
    with Calls(deployment) as calls:
        asked, merged_from = customer_of(calls, key)
        entries = list(islice(calls.timeline(asked, filter_, min(most, PAGE)), most))
    if merged_from:
        note(f"{merged_from} was merged into {asked}")
    if form == "json":
        print_json([as_json(entry) for entry in entries])
    else:
        print_rows(form, ["time", "kind", "account", "what", "event"], map(timeline_row, entries))


def _show(
    deployment: Deployment,
    key: Key,
    form: Format,
    call: Callable[[Calls, str], M],
    fields: Callable[[M], dict[str, Any]],
) -> None:
    with Calls(deployment) as calls:
        asked, merged_from = customer_of(calls, key)
        answer = call(calls, asked)
    answering = getattr(answer, "customer_id", "")
    if answering and answering != asked:
        merged_from = merged_from or asked
    if merged_from:
        note(f"{merged_from} was merged into {answering or asked}")
    if form == "json":
        print_json(as_json(answer))
    else:
        print_fields(form, fields(answer))
