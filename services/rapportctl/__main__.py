"""rapportctl: everything about a deployment of Rapport from the command line."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from rapportctl.commands.advocacy import advocacy
from rapportctl.commands.dlq import dlq
from rapportctl.commands.get import get, timeline
from rapportctl.commands.identity import identity
from rapportctl.commands.import_ import import_
from rapportctl.commands.profile import profile
from rapportctl.commands.publish import publish
from rapportctl.commands.simulate import simulate
from rapportctl.commands.status import status
from rapportctl.commands.tail import tail
from rapportctl.commands.tier import tier
from rapportctl.commands.topics import topics
from rapportctl.commands.wait import wait_quiet
from rapportctl.commands.watch import watch
from rapportctl.config import surroundings
from rapportctl.deployment import Deployment
from rapportctl.helptext import Commands
from rapportctl.output import note

COMMANDS = (
    *(publish, import_, simulate, tail, watch, get, timeline),
    *(identity, profile, advocacy, tier),
    *(topics, dlq, status, wait_quiet),
)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found.",
)
@click.version_option(package_name="rapport")
@click.pass_context
def main(context: click.Context) -> None:
    """Publish to Rapport, look things up, follow what happens, and look after it.

    Addresses come from the environment (docs/conventions.md), or else from the local stack that runs in this folder.
    """
    # What Kafka's clients say of a broker that is away, a command says in a sentence.
    for client in ("kafka", "aiokafka", "chassis"):
        logging.getLogger(client).setLevel(logging.CRITICAL + 1)
    if context.obj is None:
        environment, where = surroundings(Path.cwd())
        context.obj = Deployment(environment, on_use=lambda: note(where) if where else None)


for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="rapportctl")
