"""`rapportctl profile`: records as they were, consent, purchases, rules, export and erasure."""

from __future__ import annotations

import click

from rapportctl.commands.profile_decisions import consent, field
from rapportctl.commands.profile_looks import accounts, list_customers, show, watch, watch_segment
from rapportctl.commands.profile_privacy import erase, erasure, export
from rapportctl.commands.profile_purchases import fit_lifetime_value, orders, purchases
from rapportctl.commands.profile_rules import recomputation, rules
from rapportctl.helptext import Commands

COMMANDS: tuple[click.Command, ...] = (
    show,
    list_customers,
    accounts,
    watch,
    watch_segment,
    consent,
    field,
    export,
    erase,
    erasure,
    orders,
    purchases,
    fit_lifetime_value,
    rules,
    recomputation,
)


@click.group(cls=Commands, short_help="Records: history, consent, purchases, rules, export, erasure.")
def profile() -> None:
    """Look into records and what they follow from, lay down what people decide, export and erase.

    KEY is a customer id, an identifier as type=value (email=maria@example.com), or an account as channel:id.
    """


for command in COMMANDS:
    profile.add_command(command)
