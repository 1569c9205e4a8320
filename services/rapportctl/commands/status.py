"""`rapportctl status`: is everything serving, and how far behind is it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click
from rich.text import Text

from rapportctl.arguments import DURATION
from rapportctl.commands.common import until_interrupted
from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.health import ProcessHealth, State, ask_all, processes
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, note, print_json, print_json_line, print_rows
from rapportctl.status import Status, process_row, read_status

COLOURS = {State.SERVING: "green", State.NOT_SERVING: "yellow", State.SILENT: "red"}


@click.command(
    cls=Command,
    short_help="Show health, lag, rates and totals.",
    examples=[
        "rapportctl status",
        "rapportctl status --watch --interval 5s",
        "rapportctl status --format json | jq '.groups | map(.behind) | add'",
    ],
)
@click.option("--watch", is_flag=True, help="Again and again, until Ctrl-C.")
@click.option("--all", "everything", is_flag=True, help="Also topics on which nothing is behind and nothing happens.")
@click.option("--interval", type=DURATION, default="1s", show_default=True, help="Over which rates are measured.")
@format_option
@click.pass_obj
def status(deployment: Deployment, watch: bool, everything: bool, interval: timedelta, form: Format) -> None:
    """Show each process's health, each group's lag and rates, and how many records were written.

    A process that does not serve says what it waits for. The exit status is 1 where one does not, or where Kafka does
    not answer.
    """
    seconds = interval.total_seconds()
    serving = True
    with until_interrupted():
        serving = _show(deployment, seconds, form, everything=everything, line=watch)
        while watch:
            if form == "table":
                click.clear()
            serving = _show(deployment, seconds, form, everything=everything, line=True)
    if not serving:
        raise RapportctlError("not everything is serving; see above")


def _show(deployment: Deployment, seconds: float, form: Format, *, everything: bool, line: bool) -> bool:
    """Show the present state, and return whether everything serves."""
    tell = print_json_line if line else print_json
    try:
        found = read_status(deployment, seconds)
    except RapportctlError as error:
        # Without Kafka the processes can still be asked, and are what a person then wants to see.
        health = ask_all(processes(deployment))
        if form == "table":
            _print_processes(health)
        else:
            tell({"serving": False, "processes": [process_row(each) for each in health]})
        note(f"rapportctl: {error}")
        return False
    if form == "json":
        tell(found.as_json())
    else:
        _print_processes(found.processes)
        _print_groups(found, deployment.settings.topic_prefix, everything=everything)
        print_rows(form, ["topic", "records"], [{"topic": topic, "records": n} for topic, n in found.totals.items()])
    return found.serving


def _print_processes(health: list[ProcessHealth]) -> None:
    rows = [{**process_row(each), "health": Text(each.state.value, COLOURS[each.state])} for each in health]
    print_rows("table", ["service", "process", "address", "health", "reason"], rows)


def _print_groups(found: Status, prefix: str, *, everything: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "group": each.lag.group.removeprefix(prefix),
            "topic": each.lag.topic.removeprefix(prefix),
            "behind": each.lag.behind,
            "finished": each.lag.committed,
            "finished/s": round(each.finished_per_second),
            "written/s": round(each.written_per_second),
        }
        for each in found.progress
        if everything or each.lag.behind or each.finished_per_second or each.written_per_second
    ]
    if rows:
        print_rows("table", ["group", "topic", "behind", "finished", "finished/s", "written/s"], rows)
    else:
        click.echo("nobody is behind, and nothing is being written")
