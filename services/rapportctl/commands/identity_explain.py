"""`rapportctl identity`: who is who, and for what reasons."""

from __future__ import annotations

from itertools import islice

import click

from rapport.identity.v1.service_pb2 import Comparison, ExplainWhyNotResponse, ExplainWhyResponse, Key
from rapportctl.arguments import ACCOUNT, CUSTOMER_KEY
from rapportctl.bits import weight_text
from rapportctl.calls import Calls
from rapportctl.commands.identity_common import customer_told, most_option, print_messages
from rapportctl.deployment import Deployment
from rapportctl.explanations import Explanations
from rapportctl.helptext import Command
from rapportctl.identity_views import (
    COMPARISON_COLUMNS,
    CONSTRAINT_COLUMNS,
    DECISION_COLUMNS,
    IDENTIFIER_COLUMNS,
    REFUSAL_COLUMNS,
    STEP_COLUMNS,
    TIE_COLUMNS,
    comparison_row,
    constraint_row,
    decision_row,
    identifier_row,
    refusal_row,
    step_row,
    tie_row,
)
from rapportctl.output import Format, format_option, print_fields, print_json, print_rows
from rapportctl.stewardship import Decisions
from rapportctl.views import as_json
from rapportctl.waterfall import WATERFALL_COLUMNS, waterfall_rows


@click.command(
    cls=Command,
    short_help="Which customer it is, with its accounts.",
    examples=[
        "rapportctl identity resolve email=maria@example.com",
        "rapportctl identity resolve instagram:maria.k --format json | jq -r .customer_id",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@format_option
@click.pass_obj
def resolve(deployment: Deployment, key: Key, form: Format) -> None:
    """Show the live customer that KEY leads to, and which accounts it holds."""
    with Calls(deployment) as calls:
        answer = calls.resolve(key)
        customer = calls.membership(answer.customer_id)
    fields = {
        "customer_id": answer.customer_id,
        "merged_from": answer.merged_from,
        "accounts": [account.account_key for account in customer.accounts],
        "absorbed": list(customer.absorbed),
        "version": customer.version,
    }
    print_fields(form, fields)


@click.command(
    cls=Command,
    short_help="What ties a customer's accounts together.",
    examples=[
        "rapportctl identity identifiers email=maria@example.com",
        "rapportctl identity identifiers 01kknq5e8d0000g00000000003 --format json | jq .refusals",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@format_option
@click.pass_obj
def identifiers(deployment: Deployment, key: Key, form: Format) -> None:
    """Show the identifiers of the customer that KEY leads to, who showed them, and the ties that were refused."""
    with Calls(deployment) as calls:
        found = Explanations(calls).identifiers(customer_told(calls, key))
    if form == "json":
        print_json(
            {
                "identifiers": [as_json(each) for each in found.identifiers],
                "refusals": [as_json(each) for each in found.refusals],
            }
        )
        return
    print_messages(form, IDENTIFIER_COLUMNS, identifier_row, found.identifiers, "no identifiers")
    print_messages(form, REFUSAL_COLUMNS, refusal_row, found.refusals, "no tie was refused")


@click.command(
    cls=Command,
    short_help="Why two accounts are one customer.",
    examples=[
        "rapportctl identity why instagram:maria.k email:maria@example.com",
        "rapportctl identity why instagram:maria.k store:s-1042 --format json | jq .comparison.fields",
    ],
)
@click.argument("account", type=ACCOUNT)
@click.argument("other", metavar="ACCOUNT", type=ACCOUNT)
@format_option
@click.pass_obj
def why(deployment: Deployment, account: str, other: str, form: Format) -> None:
    """Show the ties that lead from one ACCOUNT to the other, and how alike their details are.

    The way shown is the strongest: its weakest tie is as strong as that of any other way.
    """
    with Calls(deployment) as calls:
        answer = Explanations(calls).why(account, other)
    if form == "json":
        print_json(as_json(answer))
    else:
        _show_why(answer)


def _show_why(answer: ExplainWhyResponse) -> None:
    if answer.customer_id:
        click.echo(f"one customer, {answer.customer_id}, by these ties:")
        print_rows("table", TIE_COLUMNS, map(tie_row, answer.ties))
    else:
        click.echo("they are of two customers: `rapportctl identity why-not` tells the reasons")
    if answer.HasField("comparison"):
        _show_waterfall(answer.comparison)


def _show_waterfall(comparison: Comparison) -> None:
    said = f"{comparison.account_key} and {comparison.other_account_key} compared"
    click.echo(f"{said}: {weight_text(comparison.weight)}")
    print_rows("table", WATERFALL_COLUMNS, waterfall_rows(comparison))


@click.command(
    "why-not",
    cls=Command,
    short_help="Why two customers are not one.",
    examples=[
        "rapportctl identity why-not instagram:maria.k email=maria@example.com",
        "rapportctl identity why-not 01kknq5e8d0000g00000000003 01kknq5e9r0000g00000000007 --pairs 3",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.argument("other", metavar="KEY", type=CUSTOMER_KEY)
@click.option(
    "--pairs", type=click.IntRange(0, 10), default=1, show_default=True, help="Show so many pairs field by field."
)
@format_option
@click.pass_obj
def why_not(deployment: Deployment, *, key: Key, other: Key, pairs: int, form: Format) -> None:
    """Show what speaks for and against the two customers being one, and which rule or person forbade it.

    Of their accounts the pairs that are most alike are compared, at most 10.
    """
    with Calls(deployment) as calls:
        answer = Explanations(calls).why_not(customer_told(calls, key), customer_told(calls, other))
    if form == "json":
        print_json(as_json(answer))
    else:
        _show_why_not(answer, pairs)


def _show_why_not(answer: ExplainWhyNotResponse, pairs: int) -> None:
    if answer.customer_id:
        click.echo(f"they are one customer, {answer.customer_id}: `rapportctl identity how` tells how it came about")
        return
    click.echo(f"linked without a person from {weight_text(answer.link_threshold)} on")
    print_messages("table", REFUSAL_COLUMNS, refusal_row, answer.refusals, "no tie between the two was refused")
    if answer.constraints:
        print_rows("table", CONSTRAINT_COLUMNS, map(constraint_row, answer.constraints))
    print_messages("table", COMPARISON_COLUMNS, comparison_row, answer.comparisons, "no details to compare")
    for comparison in answer.comparisons[:pairs]:
        _show_waterfall(comparison)


@click.command(
    cls=Command,
    short_help="How a customer came about, step by step.",
    examples=[
        "rapportctl identity how email=maria@example.com",
        "rapportctl identity how 01kknq5e8d0000g00000000003 --max 500 --format json | jq '.[].joined.event_id'",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@most_option
@format_option
@click.pass_obj
def how(deployment: Deployment, key: Key, most: int, form: Format) -> None:
    """Show the steps by which the customer that KEY leads to came about, oldest first, with their evidence."""
    with Calls(deployment) as calls:
        steps = list(islice(Explanations(calls).how(customer_told(calls, key)), most))
    print_messages(form, STEP_COLUMNS, step_row, steps, "no steps")


@click.command(
    cls=Command,
    short_help="The decisions that changed a customer.",
    examples=[
        "rapportctl identity decisions email=maria@example.com",
        "rapportctl identity decisions instagram:maria.k --format json | jq -r '.[] | select(.owner) | .name'",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@most_option
@format_option
@click.pass_obj
def decisions(deployment: Deployment, key: Key, most: int, form: Format) -> None:
    """Show the decisions that changed the customer that KEY leads to, newest first: merges, splits, undos, others."""
    with Calls(deployment) as calls:
        found = list(islice(Decisions(calls).decisions(customer_told(calls, key)), most))
    print_messages(form, DECISION_COLUMNS, decision_row, found, "no decision has changed this customer")
