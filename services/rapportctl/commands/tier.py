"""`rapportctl tier`: tiers, points, and the programmes behind them."""

from __future__ import annotations

import click

from rapportctl.commands.tier_decide import adjust, override, spend
from rapportctl.commands.tier_looks import history, ledger, show
from rapportctl.commands.tier_programme import preview, promote
from rapportctl.commands.tier_stream import check_stream, watch
from rapportctl.helptext import Commands

COMMANDS = (show, ledger, history, override, adjust, spend, preview, promote, watch, check_stream)


@click.group(cls=Commands, short_help="Tiers and points: reasons, decisions, previews, streams.")
def tier() -> None:
    """Ask why a customer holds its tier, decide about tiers and points, and see what other programmes would change.

    KEY is a customer id, an identifier as type=value (email=maria@example.com), or an account as channel:id.
    """


for command in COMMANDS:
    tier.add_command(command)
