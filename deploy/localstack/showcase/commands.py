"""The commands `run` and `demo`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from localstack.data_folder import DataFolder
from localstack.interrupts import Interrupted, interruptible
from localstack.places import Places
from localstack.show import printing
from localstack.showcase.run import Showcase
from localstack.stack import Stack
from localstack.topics import apply_topics
from rapportctl.helptext import Command
from rapportctl.town import TownSettings

PEOPLE = 300
SEED = 7
INVALID_SHARE = 0.002

people_option = click.option(
    "--people", type=click.IntRange(1, 100_000), default=PEOPLE, show_default=True, help="People in the town."
)
seed_option = click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Decides the town.")
workers_option = click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Workers of each service."
)


@click.command(cls=Command, examples=["python -m localstack run --people 1000 --seed 8"])
@people_option
@seed_option
@workers_option
@click.option("--live-rate", type=click.FloatRange(0.1), default=5.0, show_default=True, help="Events a second later.")
def run(people: int, seed: int, workers: int, live_rate: float) -> None:
    """Start everything, send a simulated town through it, show what came of it, and let it go on until Ctrl-C.

    Started again it goes on with the data it had; `make clean-data` forgets them.
    """
    console = Console()
    stack = _stack(Places().data, workers, console)
    try:
        with interruptible(), stack:
            showcase = Showcase(stack, _town(people, seed), console)
            if showcase.truth_file.exists():
                console.print("Going on with the data of the last time (`make clean-data` forgets them).\n")
                showcase.catch_up()
            else:
                showcase.check(showcase.send())
            showcase.show()
            showcase.live(live_rate)
    except Interrupted:
        console.print("Stopped; the data stays.")


@click.command(cls=Command, examples=["python -m localstack demo --people 1000"])
@people_option
@seed_option
@workers_option
def demo(people: int, seed: int, workers: int) -> None:
    """Send a simulated town through a fresh deployment, check every figure against the truth, and end.

    Ends with exit status 0 where all agree, and 1 where something differs. Its data are apart from those of `run`.
    """
    console = Console()
    data = Places().data.with_name("demo-data")
    DataFolder(data).forget()
    try:
        with interruptible(), _stack(data, workers, console) as stack:
            showcase = Showcase(stack, _town(people, seed), console)
            checks = showcase.check(showcase.send())
            showcase.show()
    except Interrupted:
        console.print("Stopped.")
        sys.exit(130)
    wrong = [check.name for check in checks if not check.holds]
    if wrong:
        console.print(f"{len(wrong)} figures differ: {', '.join(wrong)}", style="bold red")
        sys.exit(1)
    console.print(f"\nAll {len(checks)} figures agree with the town's truth.", style="bold green")
    console.print("`make run` does the same and stays up, to look around in.")


def _town(people: int, seed: int) -> TownSettings:
    return TownSettings(people=people, seed=seed, invalid_share=INVALID_SHARE).ending_at(datetime.now(UTC))


def _stack(data: Path, workers: int, console: Console) -> Stack:
    return Stack(data, workers=workers, before_services=apply_topics, on_event=printing(console))
