"""`rapportctl tier`: following changes, and checking that a stream of them is whole."""

from __future__ import annotations

import sys

import click

from rapport.identity.v1.service_pb2 import Key
from rapport.tier.v1 import tier_pb2 as pb
from rapportctl.arguments import CUSTOMER_KEY
from rapportctl.calls import TIER, Calls
from rapportctl.commands.common import until_interrupted
from rapportctl.commands.identity_common import customer_told
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, note, print_fields, print_json_line
from rapportctl.stream_check import StreamCheck
from rapportctl.views import as_json, change_row

TIER_CHANGES = "tier-changes"
FAULTS_SHOWN = 20


@click.command(
    cls=Command,
    short_help="Follow changes over gRPC, from a sequence on.",
    examples=[
        "rapportctl tier watch --tier gold",
        "rapportctl tier watch --customer email=maria@example.com --after 3",
        "rapportctl tier watch --format json > changes.jsonl",
    ],
)
@click.option("--customer", "key", type=CUSTOMER_KEY, help="Only those of the customer that this key leads to.")
@click.option("--after", type=click.IntRange(0), default=0, help="With --customer: those after this sequence.")
@click.option("--resume", default="", help="Without --customer: the token printed last.")
@click.option("--tier", "tiers", multiple=True, help="Only changes to or from this tier; may be repeated.")
@click.option("--programme", "programmes", multiple=True, help="Only of this programme; may be repeated.")
@click.option("--max", "most", type=click.IntRange(1), help="End after so many changes.")
@format_option
@click.pass_obj
def watch(
    deployment: Deployment, *, key: Key | None, after: int, resume: str, tiers: tuple[str, ...],
    programmes: tuple[str, ...], most: int | None, form: Format,
) -> None:  # fmt: skip
    """Show changes as they are told, until Ctrl-C. For systems, the topic is the better place: docs/subscribe."""
    with Calls(deployment) as calls, until_interrupted():
        request = pb.WatchTierChangesRequest(
            parent=f"customers/{customer_told(calls, key)}" if key else "", after_sequence=after, resume_token=resume,
            tiers=tiers, programmes=programmes,
        )  # fmt: skip
        stream = calls.stream(TIER, "WatchTierChanges", request, pb.WatchTierChangesResponse)
        for shown, answer in enumerate(stream, start=1):
            if form == "json":
                print_json_line(as_json(answer))
            else:
                row = change_row(answer.change)
                click.echo(f"{row['time']}  {row['customer']}  #{row['seq']}  {row['change']}  {row['reason']}")
            if shown == most:
                return


@click.command(
    "check-stream",
    cls=Command,
    short_help="Check that a topic of tier changes has no gap.",
    examples=["rapportctl tier check-stream", "rapportctl tier check-stream --format json | jq .faults"],
)
@format_option
@click.pass_obj
def check_stream(deployment: Deployment, form: Format) -> None:
    """Read all tier changes that the topic still has, and say whether each customer's are whole.

    A gap, a wrong order and a sequence with two contents are faults; changes that come again are counted. With a fault,
    the exit status is 1.
    """
    with deployment.reader(deployment.topic(TIER_CHANGES)) as reader:
        found = StreamCheck().check(reader.all())
    fields = {
        "records": found.records,
        "customers": found.customers,
        "changes": found.changes,
        "repeats": found.repeats,
        "customers whose first changes the topic has forgotten": found.cut_off,
        "faults": found.faults if form == "json" else len(found.faults),
    }
    print_fields(form, fields)
    if found.faults:
        if form != "json":
            for fault in found.faults[:FAULTS_SHOWN]:
                note(fault)
        sys.exit(1)
    if form != "json":
        click.echo("whole: every change once or more, in order, one content each")
