"""`rapportctl identity`: who is who, why, and what people decide about it."""

from __future__ import annotations

import click

from rapportctl.helptext import Commands


@click.group(cls=Commands, short_help="Who is who: reasons, merges, constraints, reviews.")
def identity() -> None:
    """Ask who is who and why, and decide by hand.

    KEY is a customer id, an identifier as type=value (email=maria@example.com), or an account as channel:id
    (instagram:maria.k). ACCOUNT is channel:id, as the channel writes it or as Rapport shows it. Strength is told in bits,
    the logarithm to base 2 of the odds that two are one person, with the probability beside it.
    """
