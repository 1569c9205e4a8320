"""`rapportctl identity`: who belongs to whom without being one person."""

from __future__ import annotations

from itertools import islice

import click

from rapport.identity.v1.events_pb2 import RelationshipKind
from rapport.identity.v1.service_pb2 import Key
from rapportctl.arguments import CUSTOMER_KEY, ResourceName
from rapportctl.calls import Calls
from rapportctl.commands.identity_common import (
    commanding,
    customer_told,
    mandated,
    most_option,
    print_messages,
    steward,
)
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.identity_views import RELATIONSHIP_COLUMNS, relationship_row
from rapportctl.output import Format, format_option, print_json
from rapportctl.stewardship import Decisions, Mandate
from rapportctl.views import as_json


@click.command(
    cls=Command,
    short_help="Link a customer to another, or to an organisation.",
    examples=[
        "rapportctl identity relate email=maria@example.com --household email=jan@example.com"
        ' --owner S-17 --reason "one address, told by both"',
        'rapportctl identity relate instagram:maria.k --agency "North Star" --owner S-17 --reason "contract of May"',
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--household", type=CUSTOMER_KEY, metavar="KEY", help="Lives with the customer that this key leads to.")
@click.option("--employer", metavar="NAME", help="Works for this organisation; for the brand itself: staff.")
@click.option("--agency", metavar="NAME", help="Is represented by this agency.")
@click.option("--executive", metavar="NAME", help="Is an executive of this organisation.")
@mandated
@format_option
@click.pass_obj
def relate(
    deployment: Deployment,
    *,
    key: Key,
    household: Key | None,
    employer: str | None,
    agency: str | None,
    executive: str | None,
    mandate: Mandate,
    form: Format,
) -> None:
    """Say how the customer that KEY leads to belongs to another customer or to an organisation.

    The two stay two: a relationship merges nothing. Exactly one of the options for the other side is needed.
    """
    named = {"employer": employer, "agency": agency, "executive": executive}
    organisations = [(kind, name) for kind, name in named.items() if name is not None]
    if len(organisations) + (household is not None) != 1:
        raise click.UsageError("one of --household, --employer, --agency and --executive is needed, and no more")
    with Calls(deployment) as calls:
        customer = customer_told(calls, key)
        other = customer_told(calls, household) if household is not None else ""
        kind, organisation = organisations[0] if organisations else ("household", "")
        wanted = RelationshipKind.Value(f"RELATIONSHIP_KIND_{kind.upper()}")
        stewardship = steward(calls, mandate, f"relate {customer}")
        made = stewardship.add_relationship(wanted, customer, other=other, organisation=organisation)
    if form == "json":
        print_json(as_json(made))
    else:
        print_messages(form, RELATIONSHIP_COLUMNS, relationship_row, [made], "")


@click.command(
    cls=Command,
    short_help="Take a relationship back.",
    examples=[
        "rapportctl identity unrelate relationships/01kknq5e8d0000g0000000000d"
        ' --owner S-17 --reason "the contract has ended"'
    ],
)
@click.argument("relationship", type=ResourceName("relationships"))
@mandated
@format_option
@click.pass_obj
def unrelate(deployment: Deployment, *, relationship: str, mandate: Mandate, form: Format) -> None:
    """Take RELATIONSHIP back."""
    with commanding(deployment, mandate, f"unrelate {relationship}") as stewardship:
        stewardship.remove_relationship(relationship)
    if form == "json":
        print_json({"removed": relationship})
    else:
        click.echo(f"{relationship} is taken back")


@click.command(
    cls=Command,
    short_help="Whom a customer belongs to.",
    examples=[
        "rapportctl identity relationships email=maria@example.com",
        "rapportctl identity relationships instagram:maria.k --format json | jq -r '.[].organisation'",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@most_option
@format_option
@click.pass_obj
def relationships(deployment: Deployment, key: Key, most: int, form: Format) -> None:
    """Show the household, employers, agencies and the like of the customer that KEY leads to."""
    with Calls(deployment) as calls:
        found = list(islice(Decisions(calls).relationships(customer_told(calls, key)), most))
    print_messages(form, RELATIONSHIP_COLUMNS, relationship_row, found, "no relationships")
