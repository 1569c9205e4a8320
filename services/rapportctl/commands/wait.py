"""`rapportctl wait-quiet`: until everything is worked off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import click

from rapportctl.arguments import DURATION
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.kafka.lags import Lag
from rapportctl.output import Format, format_option, print_json, progress
from rapportctl.quiet import wait_until_quiet


@click.command(
    "wait-quiet",
    cls=Command,
    short_help="Wait until all is worked off.",
    examples=["rapportctl wait-quiet --timeout 60s", "rapportctl simulate --people 100 && rapportctl wait-quiet"],
)
@click.option(
    "--timeout", type=DURATION, default="60s", show_default=True, help="Give up after so long, with status 1."
)
@format_option
@click.pass_obj
def wait_quiet(deployment: Deployment, timeout: timedelta, form: Format) -> None:
    """Wait until every service has finished all that was written to its topics."""
    with progress() as bar:
        task = bar.add_task("records left", total=None)
        most = 1

        def tell(lags: Sequence[Lag]) -> None:
            nonlocal most
            behind = sum(lag.behind for lag in lags)
            most = max(most, behind)
            bar.update(task, total=most, completed=most - behind)

        seconds = wait_until_quiet(deployment, timeout.total_seconds(), tell)
    if form == "json":
        print_json({"quiet": True, "seconds": round(seconds, 2)})
    else:
        click.echo(f"all is quiet after {seconds:.1f} s")
