"""`rapportctl identity`: who is who, why, and what people decide about it."""

from __future__ import annotations

import click

from rapportctl.commands.identity_constraints import block, constrain, constraints, unblock, unconstrain
from rapportctl.commands.identity_explain import decisions, how, identifiers, resolve, why, why_not
from rapportctl.commands.identity_files import link, train
from rapportctl.commands.identity_merge import merge, preview_merge, split, undo
from rapportctl.commands.identity_reevaluate import reevaluate
from rapportctl.commands.identity_relationships import relate, relationships, unrelate
from rapportctl.commands.identity_review import accept, reject, suggestions
from rapportctl.helptext import Commands

COMMANDS = (
    *(resolve, identifiers, why, why_not, how, decisions),
    *(preview_merge, merge, split, undo),
    *(suggestions, accept, reject),
    *(constrain, unconstrain, constraints, block, unblock),
    *(relate, unrelate, relationships),
    reevaluate,
    *(link, train),
)


@click.group(cls=Commands, short_help="Who is who: reasons, merges, constraints, reviews.")
def identity() -> None:
    """Ask who is who and why, and decide by hand.

    KEY is a customer id, an identifier as type=value (email=maria@example.com), or an account as channel:id
    (instagram:maria.k). ACCOUNT is channel:id, as the channel writes it or as Rapport shows it.

    How much ties two accounts is told in bits, with the probability beside it: 10 bits are odds of 1024 to 1 that they
    are one person, 0 bits are even odds.
    """


for command in COMMANDS:
    identity.add_command(command)
