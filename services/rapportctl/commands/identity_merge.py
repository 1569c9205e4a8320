"""`rapportctl identity`: seeing what a merge would change, merging, splitting, and taking decisions back."""

from __future__ import annotations

from collections.abc import Sequence

import click

from rapport.identity.v1.service_pb2 import Key
from rapport.stewardship.v1.stewardship_pb2 import PreviewMergeResponse
from rapportctl.arguments import ACCOUNT, CUSTOMER_KEY, ResourceName
from rapportctl.calls import Calls
from rapportctl.commands.identity_common import commanding, customer_told, mandated, print_decision, steward
from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.helptext import Command
from rapportctl.identity_views import REFUSAL_COLUMNS, refusal_row
from rapportctl.merge_preview import preview_columns, preview_rows
from rapportctl.output import Format, format_option, note, print_json, print_rows
from rapportctl.stewardship import Decisions, Mandate
from rapportctl.views import as_json


@click.command(
    "preview-merge",
    cls=Command,
    short_help="What a merge would change.",
    examples=[
        "rapportctl identity preview-merge instagram:maria.k email=maria@example.com",
        "rapportctl identity preview-merge store:s-1042 email=maria@example.com --format json | jq .after.tier.tier",
    ],
)
@click.argument("keys", metavar="KEY KEY...", nargs=-1, required=True, type=CUSTOMER_KEY)
@format_option
@click.pass_obj
def preview_merge(deployment: Deployment, keys: Sequence[Key], form: Format) -> None:
    """Show what record, score and tier would be if the customers were one. Nothing is changed.

    A column for each customer as it is, and one for the customer that they would be; and what would hold an automatic
    merge back.
    """
    with Calls(deployment) as calls:
        preview = Decisions(calls).preview_merge(_several(calls, keys))
    if form == "json":
        print_json(as_json(preview))
    else:
        _show_preview(preview)


@click.command(
    cls=Command,
    short_help="Say that customers are one person.",
    examples=[
        'rapportctl identity merge instagram:maria.k email=maria@example.com --owner S-17 --reason "she told us"',
        "rapportctl identity merge 01kknq5e8d0000g00000000003 01kknq5e9r0000g00000000007"
        ' --owner S-17 --reason "same loyalty card" --yes --format json',
    ],
)
@click.argument("keys", metavar="KEY KEY...", nargs=-1, required=True, type=CUSTOMER_KEY)
@click.option("--yes", is_flag=True, help="Without showing what would change, and without asking.")
@mandated
@format_option
@click.pass_obj
def merge(deployment: Deployment, *, keys: Sequence[Key], yes: bool, mandate: Mandate, form: Format) -> None:
    """Make the customers one, after showing what it would change.

    It holds against the rules and against later evidence, until it is undone. The customer has the least of the ids.
    """
    if form == "json" and not yes:
        raise click.UsageError("--format json needs --yes: a script cannot be asked")
    with Calls(deployment) as calls:
        customers = _several(calls, keys)
        if not yes:
            _show_preview(Decisions(calls).preview_merge(customers))
            click.confirm("Merge them?", abort=True, err=True)
        decision = steward(calls, mandate, f"merge {' '.join(customers)}").merge(customers)
    print_decision(form, decision)


@click.command(
    cls=Command,
    short_help="Say that accounts of a customer are another person.",
    examples=[
        'rapportctl identity split email=maria@example.com instagram:maria.k --owner S-17 --reason "her sister"',
        "rapportctl identity split 01kknq5e8d0000g00000000003 store:s-1 store:s-2"
        ' --owner S-17 --reason "a shared till account"',
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.argument("accounts", metavar="ACCOUNT...", nargs=-1, required=True, type=ACCOUNT)
@mandated
@format_option
@click.pass_obj
def split(deployment: Deployment, *, key: Key, accounts: Sequence[str], mandate: Mandate, form: Format) -> None:
    """Make the ACCOUNTs, some of those of the customer that KEY leads to, a customer of their own.

    It holds against the rules and against the same evidence coming again, until it is undone.
    """
    with Calls(deployment) as calls:
        customer = customer_told(calls, key)
        decision = steward(calls, mandate, f"split {customer}").split(customer, accounts)
    print_decision(form, decision)


@click.command(
    cls=Command,
    short_help="Take a decision back, whole or in part.",
    examples=[
        'rapportctl identity undo decisions/01kknq5e8d0000g0000000000a --owner S-17 --reason "two sisters"',
        "rapportctl identity undo decisions/01kknq5e8d0000g0000000000a instagram:maria.k"
        ' --owner S-17 --reason "this account is not hers"',
    ],
)
@click.argument("decision", type=ResourceName("decisions"))
@click.argument("accounts", metavar="[ACCOUNT...]", nargs=-1, type=ACCOUNT)
@mandated
@format_option
@click.pass_obj
def undo(deployment: Deployment, *, decision: str, accounts: Sequence[str], mandate: Mandate, form: Format) -> None:
    """Take DECISION back, also after later ones; with ACCOUNTs, for these alone.

    Accounts go back with all that they brought: record, score and tier are computed as if they had never been merged.
    `rapportctl identity decisions` lists a customer's decisions.
    """
    with commanding(deployment, mandate, f"undo {decision}") as stewardship:
        undone = stewardship.undo(decision, accounts)
    print_decision(form, undone)


def _several(calls: Calls, keys: Sequence[Key]) -> list[str]:
    """The customers that keys lead to, each once. Raises UsageError for one key, `RapportctlError` for one customer."""
    if len(keys) < 2:
        raise click.UsageError("at least two keys are needed")
    customers = list(dict.fromkeys(customer_told(calls, key) for key in keys))
    if len(customers) == 1:
        one = customers[0]
        raise RapportctlError(f"all keys lead to one customer, {one}: `rapportctl identity how {one}` tells why")
    return customers


def _show_preview(preview: PreviewMergeResponse) -> None:
    click.echo(f"as one customer, {preview.customer_id}, with {len(preview.account_keys)} accounts:")
    print_rows("table", preview_columns(preview), preview_rows(preview))
    for service in preview.missing_services:
        note(f"{service} did not answer in time: what it would say is missing")
    if preview.held_back:
        click.echo("what would hold an automatic merge back (a person's merge heeds only constraints and caps):")
        print_rows("table", REFUSAL_COLUMNS, map(refusal_row, preview.held_back))
