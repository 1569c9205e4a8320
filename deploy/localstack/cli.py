"""The command line of the local stack: `python -m localstack`."""

import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from localstack import secantus
from localstack.data_folder import DataFolder
from localstack.errors import LocalStackError
from localstack.interrupts import Interrupted, interruptible, sleep_until_interrupted
from localstack.places import Places
from localstack.running import read_running, stop_running
from localstack.settings import Settings
from localstack.setup import set_up
from localstack.show import addresses_table, printing
from localstack.showcase.commands import demo, run
from localstack.stack import Stack
from localstack.topics import apply_topics
from rapportctl.helptext import Command


class Commands(click.Group):
    """A group whose commands report a LocalStackError as a problem and a remedy, with exit status 1."""

    command_class = Command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run the command."""
        try:
            return super().invoke(ctx)
        except LocalStackError as error:
            console = Console(stderr=True, soft_wrap=True, highlight=False)
            console.print(error.problem, style="bold red", markup=False)
            console.print(error.remedy, markup=False)
            sys.exit(1)


data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder of the data and logs.  [default: .local/data of the project]",
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run Rapport on this machine: a real Kafka, a real document store and the services."""


main.add_command(run)
main.add_command(demo)


@main.command(examples=["python -m localstack setup"])
def setup() -> None:
    """Install Kafka and a document store into .local; quick when that is done."""
    set_up(Places(), Settings.from_environment(), Console(stderr=True))


@main.command("fast-store", examples=["python -m localstack fast-store"])
def fast_store() -> None:
    """Build SecantusDB's Rust server with cargo (minutes); new data uses it from then on."""
    places = Places()
    if secantus.rust_server_is_built(places):
        click.echo("The fast store is built.")
        return
    secantus.build_rust_server(places, Settings.from_environment())
    click.echo("The fast store is built. Data that was made with another store stays there until `make clean-data`.")


def _ports(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    ports = {}
    for value in values:
        name, _, number = value.partition("=")
        if not name or not number.isdecimal() or not 0 < int(number) < 65536:
            raise click.BadParameter(f"{value!r} is not NAME=NUMBER, such as kafka=9092.")
        ports[name] = int(number)
    return ports


@main.command(
    examples=[
        "python -m localstack up",
        "python -m localstack up --workers 2 --port kafka=9092 --port identity-resolution-server=7401",
        "python -m localstack up --no-services --format json",
    ]
)
@data_option
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Workers of each service.")
@click.option("--services/--no-services", default=True, show_default=True, help="Run Rapport's services too.")
@click.option("--port", "ports", multiple=True, callback=_ports, metavar="NAME=NUMBER", help="A port that must be so.")
@click.option("--durable", is_flag=True, help="Sync every write of the store, to survive its kill -9; slower.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def up(*, data: Path | None, workers: int, services: bool, ports: dict[str, int], durable: bool, form: str) -> None:
    """Start everything, print the addresses, and stay until Ctrl-C. Goes on with the data of the last time.

    With --format json one line of JSON is printed once all is ready.
    """
    console = Console(stderr=True)
    stack = Stack(
        data,
        services=None if services else (),
        workers=workers,
        ports=ports,
        durable=durable,
        before_services=apply_topics if services else None,
        on_event=printing(console),
    )
    try:
        with interruptible(), stack:
            if form == "json":
                click.echo(json.dumps(asdict(stack.addresses)))
            else:
                Console(soft_wrap=True).print(addresses_table(stack.addresses))
                console.print("Ctrl-C stops it; the data stays.")
            sleep_until_interrupted()
    except Interrupted:
        console.print("Stopped.")


@main.command(examples=["python -m localstack down"])
@data_option
def down(data: Path | None) -> None:
    """Stop the stack that runs elsewhere with this data, and wait until it has ended."""
    stopped = stop_running(data or Places().data)
    click.echo("Stopped." if stopped else "Nothing was running.")


@main.command(examples=['eval "$(python -m localstack env)" && rapportctl status'])
@data_option
@click.option("--format", "form", type=click.Choice(["shell", "json"]), default="shell", show_default=True)
def env(data: Path | None, form: str) -> None:
    """Print the variables that lead rapportctl, or a service of your own, to the running stack."""
    variables = read_running(data or Places().data)["environment"]
    if form == "json":
        click.echo(json.dumps(variables))
        return
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")


@main.command("clean-data", examples=["python -m localstack clean-data"])
@data_option
def clean_data(data: Path | None) -> None:
    """Forget the data, logs and ports of earlier runs; what was installed stays."""
    folder = DataFolder(data or Places().data)
    click.echo(f"Removed {folder.folder}." if folder.forget() else "There was no data.")
    if Settings.from_environment().store_url is not None:
        click.echo("The databases in RAPPORT_STORE_URL are your own and were left alone.")
