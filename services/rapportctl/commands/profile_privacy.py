"""`rapportctl profile export`, `erase` and `erasure`: what a person may ask for."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from rapport.identity.v1.service_pb2 import Key
from rapport.profile.v1 import profile_pb2 as pb
from rapportctl.arguments import CUSTOMER_KEY
from rapportctl.calls import PROFILE, Calls
from rapportctl.commands.identity_common import customer_told, mandated
from rapportctl.deciding import carry_out
from rapportctl.deployment import Deployment
from rapportctl.exporting import take, whole_file
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, note, print_fields, print_json, progress
from rapportctl.stewardship import Mandate, PendingError
from rapportctl.views import as_json, moment

BETWEEN_LOOKS_SECONDS = 1.0


@click.command(
    cls=Command,
    short_help="All that is held of a person, as lines of JSON.",
    examples=[
        "rapportctl profile export email=maria@example.com --output maria.jsonl",
        "rapportctl profile export 01kknq5e8d0000g00000000003 | jq -c 'select(.collection == \"timeline\").data.body'",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write to this file, readable by you alone; it appears when it is whole. Standard output by default.",
)
@click.pass_obj
def export(deployment: Deployment, key: Key, output: Path | None) -> None:
    """Export all that the four services hold of the customer that KEY leads to.

    The first line is a manifest, the last one counts what there was: without it the export is not whole, and the exit
    status is 1. Where a service does not answer, nothing is exported.
    """
    with Calls(deployment) as calls:
        request = pb.ExportCustomerRequest(name=f"customers/{customer_told(calls, key)}")
        answers = calls.stream(PROFILE, "ExportCustomer", request, pb.ExportCustomerResponse)
        into: Any = nullcontext(sys.stdout.buffer) if output is None else whole_file(output)
        with into as file, progress() as bar:
            task = bar.add_task("documents")

            def told(written: int, promised: int) -> None:
                bar.update(task, completed=written, total=promised)

            count = take((answer.lines for answer in answers), file.write, told)
            file.flush()
    note(f"{count:,} documents of {request.name}" + (f" in {output}" if output else ""))


@click.command(
    cls=Command,
    short_help="Remove a person from everywhere, with a receipt.",
    examples=[
        'rapportctl profile erase email=maria@example.com --owner S-17 --reason "asked to be forgotten, case 4711"',
        'rapportctl profile erase 01kknq5e8d0000g00000000003 --owner S-17 --reason "case 4711" --yes --format json',
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--yes", is_flag=True, help="Do not ask.")
@mandated
@format_option
@click.pass_obj
def erase(deployment: Deployment, *, key: Key, yes: bool, mandate: Mandate, form: Format) -> None:
    """Erase the customer that KEY leads to from all services, compacted topics and dead letters. There is no way back.

    Owner and reason are kept with the receipt: write nothing about the person into them. Waits until nothing is held
    any more; what is not done by then goes on, and `rapportctl profile erasure` tells how far it is.
    """
    with Calls(deployment) as calls:
        customer = customer_told(calls, key)
        if not yes:
            accounts = len(calls.membership(customer).accounts)
            click.confirm(
                f"Erase customer {customer} with {accounts} accounts, and all that is held of it, for ever?",
                abort=True,
                err=True,
            )
        note(f"request id {mandate.request_id}: erase customers/{customer}")
        receipt = _erased(calls, mandate, pb.EraseCustomerRequest(name=f"customers/{customer}"))
    _print(form, receipt)


@click.command(
    cls=Command,
    short_help="How far an erasure is: its receipt.",
    examples=["rapportctl profile erasure h_6ozcoveouwk2lwy5ek5lzvc47a"],
)
@click.argument("name")
@format_option
@click.pass_obj
def erasure(deployment: Deployment, name: str, form: Format) -> None:
    """Show the receipt of the erasure NAME ("erasures/..." or what comes after the slash), and look how far it is."""
    request = pb.GetErasureRequest(name=f"erasures/{name.removeprefix('erasures/')}")
    with Calls(deployment) as calls:
        _print(form, calls.call(PROFILE, "GetErasure", request, pb.Erasure))


def _erased(calls: Calls, mandate: Mandate, request: pb.EraseCustomerRequest) -> pb.Erasure:
    """Give the command, and again with the same request id, until nothing is held any more or the time is over."""
    end = time.monotonic() + mandate.timeout_seconds
    while True:
        receipt = carry_out(calls, mandate, request, pb.Erasure, service=PROFILE, method="EraseCustomer")
        if receipt.state == pb.ERASURE_STATE_COMPLETE:
            return receipt
        if time.monotonic() >= end:
            raise PendingError(
                f"{receipt.name} is not complete after {mandate.timeout_seconds:g} s", mandate.request_id
            )
        time.sleep(BETWEEN_LOOKS_SECONDS)


def _print(form: Format, receipt: pb.Erasure) -> None:
    if form == "json":
        print_json(as_json(receipt))
        return
    state = pb.ErasureState.Name(receipt.state).removeprefix("ERASURE_STATE_").lower()
    fields: dict[str, Any] = {
        "receipt": receipt.name,
        "state": state,
        "customer": receipt.customer_hash,
        "accounts": receipt.account_count,
        "owner": receipt.owner,
        "reason": receipt.reason,
        "asked for": moment(receipt.request_time),
        "complete": moment(receipt.complete_time) if receipt.HasField("complete_time") else "",
        **{f"{each.service}": f"{each.held_before:,} documents, now {each.held_now:,}" for each in receipt.services},
    }
    print_fields(form, fields)
