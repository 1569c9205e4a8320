"""The command line of the local stack: `python -m localstack`."""

import sys
from typing import Any

import click
from rich.console import Console

from localstack import secantus
from localstack.errors import LocalStackError
from localstack.places import Places
from localstack.settings import Settings
from localstack.setup import set_up


class Commands(click.Group):
    """A group whose commands report a LocalStackError as a problem and a remedy, with exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run the command."""
        try:
            return super().invoke(ctx)
        except LocalStackError as error:
            console = Console(stderr=True, soft_wrap=True, highlight=False)
            console.print(error.problem, style="bold red", markup=False)
            console.print(error.remedy, markup=False)
            sys.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run Rapport on this machine: a real Kafka, a real document store and the services."""


@main.command()
def setup() -> None:
    r"""Install Kafka and a document store into .local; quick when that is done.

    \b
    Example:
      python -m localstack setup
    """
    set_up(Places(), Settings.from_environment(), Console(stderr=True))


@main.command("fast-store")
def fast_store() -> None:
    r"""Build SecantusDB's Rust server with cargo (minutes); it is used from then on.

    \b
    Example:
      python -m localstack fast-store
    """
    places = Places()
    if secantus.rust_server_is_built(places):
        click.echo("The fast store is built.")
        return
    secantus.build_rust_server(places, Settings.from_environment())
    click.echo("The fast store is built; new data folders use it (`make clean-data` makes the next one new).")
