"""`rapportctl watch`: what changes, as it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
from google.protobuf.message import DecodeError

from chassis.records import Record
from rapport.tier.v1.tier_pb2 import TierChange
from rapportctl.commands.common import until_interrupted
from rapportctl.deployment import Deployment
from rapportctl.helptext import Commands
from rapportctl.output import Format, format_option, note, print_json_line
from rapportctl.views import as_json, change_row

TIER_CHANGES = "tier-changes"


@click.group(cls=Commands)
def watch() -> None:
    """Follow what changes."""


@watch.command(
    examples=[
        "rapportctl watch tiers",
        "rapportctl watch tiers --from-beginning --format json | jq 'select(.tier == \"gold\")'",
    ]
)
@click.option("--from-beginning", is_flag=True, help="First all changes that the topic still has.")
@click.option("--max", "most", type=click.IntRange(1), help="End after so many changes.")
@format_option
@click.pass_obj
def tiers(deployment: Deployment, from_beginning: bool, most: int | None, form: Format) -> None:
    """Show each change of a VIP tier once, on a line of its own, until Ctrl-C.

    A line has the time, the customer, the customer's sequence number, the tiers before and after, the reason and the
    events that caused it.
    """
    with deployment.reader(deployment.topic(TIER_CHANGES)) as reader, until_interrupted():
        changes = unseen(parsed(reader.follow(from_beginning=from_beginning)))
        for shown, change in enumerate(changes, start=1):
            if form == "json":
                print_json_line(as_json(change))
            else:
                click.echo(_text(change))
            if shown == most:
                break


def parsed(records: Iterable[Record]) -> Iterator[TierChange]:
    """The changes in the records; what is none is told and left out."""
    for record in records:
        try:
            yield TierChange.FromString(record.value or b"")
        except DecodeError:
            note(f"partition {record.partition}, offset {record.offset}: this is no TierChange")


def unseen(changes: Iterable[TierChange]) -> Iterator[TierChange]:
    """The changes without those that came before: a change may be sent more than once, with the same sequence."""
    newest: dict[str, int] = {}
    for change in changes:
        if change.sequence > newest.get(change.customer_id, 0):
            newest[change.customer_id] = change.sequence
            yield change


def _text(change: TierChange) -> str:
    row = change_row(change)
    head = click.style(row["time"], dim=True)
    moved = click.style(row["change"], bold=True)
    return f"{head}  {row['customer']}  #{row['seq']}  {moved}  {row['reason']}  {row['causes']}".rstrip()
