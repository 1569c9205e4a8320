"""`rapportctl advocacy`: who speaks for the brand and against it, why, and by which rules."""

from __future__ import annotations

import click

from rapportctl.commands.advocacy_lists import detractors, referrals, top
from rapportctl.commands.advocacy_rules import promote, rules, shadow
from rapportctl.commands.advocacy_scores import explain, score, what_if
from rapportctl.helptext import Commands

COMMANDS = (score, explain, what_if, top, detractors, referrals, rules, shadow, promote)


@click.group(cls=Commands, short_help="Who speaks for the brand: scores, reasons, lists, rules.")
def advocacy() -> None:
    """Ask who speaks for the brand and against it, and why; try rules out and put them in force.

    KEY is a customer id, an identifier as type=value (email=maria@example.com), or an account as channel:id
    (instagram:maria.k).
    """


for command in COMMANDS:
    advocacy.add_command(command)
