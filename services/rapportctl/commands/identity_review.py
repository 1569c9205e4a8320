"""`rapportctl identity`: what waits for a person, and deciding it."""

from __future__ import annotations

from itertools import islice

import click

from rapport.identity.v1.decisions_pb2 import SuggestionState
from rapport.identity.v1.service_pb2 import Key
from rapportctl.arguments import CUSTOMER_KEY, ResourceName
from rapportctl.calls import Calls
from rapportctl.commands.identity_common import (
    commanding,
    customer_told,
    mandated,
    most_option,
    print_decision,
    print_messages,
)
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.identity_views import SUGGESTION_COLUMNS, suggestion_row
from rapportctl.output import Format, format_option
from rapportctl.stewardship import Decisions, Mandate

STATES = ("pending", "accepted", "rejected", "withdrawn")


@click.command(
    cls=Command,
    short_help="What may be one person, for review.",
    examples=[
        "rapportctl identity suggestions",
        "rapportctl identity suggestions --customer email=maria@example.com --state rejected",
        "rapportctl identity suggestions --max 1000 --format json | jq -r '.[] | select(.weight > 9) | .name'",
    ],
)
@click.option("--customer", "key", type=CUSTOMER_KEY, help="Only those of the customer that this key leads to.")
@click.option("--state", type=click.Choice(STATES), default="pending", show_default=True, help="What became of them.")
@most_option
@format_option
@click.pass_obj
def suggestions(deployment: Deployment, *, key: Key | None, state: str, most: int, form: Format) -> None:
    """Show accounts that may be one person's, the most probable first, with what held an automatic link back.

    The column "right" tells how many of a hundred suggestions like this one are right.
    """
    wanted = SuggestionState.Value(f"SUGGESTION_STATE_{state.upper()}")
    with Calls(deployment) as calls:
        customer = customer_told(calls, key) if key is not None else ""
        found = list(islice(Decisions(calls).suggestions(wanted, customer), most))
    print_messages(form, SUGGESTION_COLUMNS, suggestion_row, found, f"no {state} suggestions")


@click.command(
    cls=Command,
    short_help="Say that a suggestion is right.",
    examples=['rapportctl identity accept suggestions/01kknq5e8d0000g0000000000b --owner S-17 --reason "called her"'],
)
@click.argument("suggestion", type=ResourceName("suggestions"))
@mandated
@format_option
@click.pass_obj
def accept(deployment: Deployment, *, suggestion: str, mandate: Mandate, form: Format) -> None:
    """Make the two accounts of SUGGESTION one customer, whatever the rules say: a must-link."""
    _decide(deployment, suggestion, mandate, form, accepted=True)


@click.command(
    cls=Command,
    short_help="Say that a suggestion is wrong.",
    examples=['rapportctl identity reject suggestions/01kknq5e8d0000g0000000000b --owner S-17 --reason "two sisters"'],
)
@click.argument("suggestion", type=ResourceName("suggestions"))
@mandated
@format_option
@click.pass_obj
def reject(deployment: Deployment, *, suggestion: str, mandate: Mandate, form: Format) -> None:
    """Keep the two accounts of SUGGESTION apart, whatever evidence comes: a cannot-link."""
    _decide(deployment, suggestion, mandate, form, accepted=False)


def _decide(deployment: Deployment, suggestion: str, mandate: Mandate, form: Format, *, accepted: bool) -> None:
    subject = f"{'accept' if accepted else 'reject'} {suggestion}"
    with commanding(deployment, mandate, subject) as stewardship:
        decision = stewardship.decide_suggestion(suggestion, accepted=accepted)
    print_decision(form, decision)
