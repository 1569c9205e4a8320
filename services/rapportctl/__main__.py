"""rapportctl: everything about a deployment of Rapport from the command line."""

from __future__ import annotations

import sys
from typing import Any

import click

from chassis.settings import SettingsError
from rapportctl.commands.topics import topics
from rapportctl.deployment import Deployment
from rapportctl.errors import NotFoundError, RapportctlError


class Commands(click.Group):
    """A group whose commands report what went wrong in a sentence: exit status 1, or 3 for what does not exist."""

    def invoke(self, context: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run the command."""
        try:
            return super().invoke(context)
        except (RapportctlError, SettingsError) as error:
            click.echo(f"rapportctl: {error}", err=True)
            sys.exit(3 if isinstance(error, NotFoundError) else 1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.pass_context
def main(context: click.Context) -> None:
    r"""Publish to Rapport, look things up, follow what happens, and look after it.

    Addresses come from the environment (docs/conventions.md); `make run` prints them.

    \b
    Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found.
    """
    context.obj = context.obj or Deployment()


main.add_command(topics)

if __name__ == "__main__":
    main()
