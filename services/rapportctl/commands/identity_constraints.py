"""`rapportctl identity`: what people lay down about accounts and values, whatever the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

import click

from rapport.identity.v1.events_pb2 import ConstraintKind
from rapport.identity.v1.service_pb2 import IdentifierValue, Key
from rapportctl.arguments import ACCOUNT, CUSTOMER_KEY, EXPIRY, IDENTIFIER, ResourceName
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
from rapportctl.identity_views import CONSTRAINT_COLUMNS, constraint_row
from rapportctl.output import Format, format_option, note, print_json
from rapportctl.stewardship import Decisions, Mandate
from rapportctl.views import as_json

KINDS = ("must-link", "cannot-link")


@click.command(
    cls=Command,
    short_help="Say that accounts are, or are not, one person.",
    examples=[
        "rapportctl identity constrain cannot-link instagram:maria.k email:maria@example.com"
        ' --owner S-17 --reason "two sisters"',
        "rapportctl identity constrain must-link store:s-1 store:s-2 --expires 90d"
        ' --owner S-17 --reason "while the cards are exchanged"',
    ],
)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("accounts", metavar="ACCOUNT ACCOUNT...", nargs=-1, required=True, type=ACCOUNT)
@click.option("--expires", type=EXPIRY, help="Holds until then: 90d, or 2026-12-31. By default for ever.")
@mandated
@format_option
@click.pass_obj
def constrain(
    deployment: Deployment,
    *,
    kind: str,
    accounts: Sequence[str],
    expires: datetime | timedelta | None,
    mandate: Mandate,
    form: Format,
) -> None:
    """Lay down that all the ACCOUNTs are one person (must-link), or that no two of them are (cannot-link).

    It outranks the rules, and the same evidence coming again.
    """
    if len(accounts) < 2:
        raise click.UsageError("at least two accounts are needed")
    until = deployment.clock.now() + expires if isinstance(expires, timedelta) else expires
    wanted = ConstraintKind.Value(f"CONSTRAINT_KIND_{kind.upper().replace('-', '_')}")
    with commanding(deployment, mandate, kind) as stewardship:
        answer = stewardship.add_constraint(wanted, accounts, until)
    if form == "json":
        print_json(as_json(answer))
        return
    print_messages(form, CONSTRAINT_COLUMNS, constraint_row, [answer.constraint], "")
    print_decision(form, answer.decision)
    note(f"`rapportctl identity unconstrain {answer.constraint.name}` takes the constraint back")


@click.command(
    cls=Command,
    short_help="Take a constraint back.",
    examples=[
        "rapportctl identity unconstrain constraints/01kknq5e8d0000g0000000000c"
        ' --owner S-17 --reason "it was one person after all"'
    ],
)
@click.argument("constraint", type=ResourceName("constraints"))
@mandated
@format_option
@click.pass_obj
def unconstrain(deployment: Deployment, *, constraint: str, mandate: Mandate, form: Format) -> None:
    """Take CONSTRAINT back: the evidence decides again about the customers concerned."""
    with commanding(deployment, mandate, f"unconstrain {constraint}") as stewardship:
        decision = stewardship.remove_constraint(constraint)
    print_decision(form, decision)


@click.command(
    cls=Command,
    short_help="What people have laid down.",
    examples=[
        "rapportctl identity constraints",
        "rapportctl identity constraints email=maria@example.com",
        "rapportctl identity constraints --max 1000 --format json | jq -r '.[] | select(.expire_time) | .name'",
    ],
)
@click.argument("key", required=False, type=CUSTOMER_KEY)
@most_option
@format_option
@click.pass_obj
def constraints(deployment: Deployment, key: Key | None, most: int, form: Format) -> None:
    """Show the constraints on the customer that KEY leads to; without KEY, all."""
    with Calls(deployment) as calls:
        customer = customer_told(calls, key) if key is not None else ""
        found = list(islice(Decisions(calls).constraints(customer), most))
    print_messages(form, CONSTRAINT_COLUMNS, constraint_row, found, "no constraints")


@click.command(
    cls=Command,
    short_help="Let an identifier tie nothing any more.",
    examples=['rapportctl identity block email=info@example.com --owner S-17 --reason "the whole office reads it"'],
)
@click.argument("identifier", metavar="TYPE=VALUE", type=IDENTIFIER)
@mandated
@format_option
@click.pass_obj
def block(deployment: Deployment, *, identifier: IdentifierValue, mandate: Mandate, form: Format) -> None:
    """Let the identifier tie nothing from now on; the customer that it held together is decided anew."""
    with commanding(deployment, mandate, f"block this {identifier.type}") as stewardship:
        decision = stewardship.block_identifier(identifier, unblock=False)
    print_decision(form, decision)


@click.command(
    cls=Command,
    short_help="Let a blocked identifier tie again.",
    examples=['rapportctl identity unblock email=info@example.com --owner S-17 --reason "it is one person now"'],
)
@click.argument("identifier", metavar="TYPE=VALUE", type=IDENTIFIER)
@mandated
@format_option
@click.pass_obj
def unblock(deployment: Deployment, *, identifier: IdentifierValue, mandate: Mandate, form: Format) -> None:
    """Let an identifier that a person blocked tie accounts again. What the rules block stays blocked."""
    with commanding(deployment, mandate, f"unblock this {identifier.type}") as stewardship:
        decision = stewardship.block_identifier(identifier, unblock=True)
    print_decision(form, decision)
