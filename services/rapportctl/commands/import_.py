"""`rapportctl import`: a table of people through Kafka."""

from __future__ import annotations

from pathlib import Path

import click

from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.helptext import Command
from rapportctl.output import Format, byte_progress, format_option, print_fields
from rapportctl.tables.opening import (
    file_argument,
    mapping_option,
    open_rows,
    refuse_bad_rows,
    tell_bad_rows,
    tell_unusable,
)


@click.command(
    "import",
    cls=Command,
    short_help="Send a table of people.",
    examples=[
        "rapportctl import people.csv --mapping examples/mappings/people.yaml",
        "rapportctl import people.csv && rapportctl wait-quiet --timeout 5m",
    ],
)
@file_argument
@mapping_option
@format_option
@click.pass_obj
def import_(deployment: Deployment, file: Path, mapping: Path | None, form: Format) -> None:
    """Send the rows of FILE, a CSV file, as interactions: each row is an account that is observed with its details.

    Which customers its rows become is for identity resolution to decide, as for all that arrives: `rapportctl identity
    link` makes the same decisions without Kafka, to look at them first. Sending a file again changes nothing.

    Rows that cannot be read are reported by line and reason; the others are sent all the same, and the exit status is
    1.
    """
    rows = open_rows(file, mapping, deployment.clock.now())
    sent = 0
    with byte_progress() as bar:
        task = bar.add_task("sending", total=file.stat().st_size)
        with deployment.interaction_sender() as sender:
            for record in rows.records(lambda count: bar.advance(task, count)):
                sender.send(record.interaction)
                sent += 1
    tell_bad_rows(rows.report.bad)
    tell_unusable(rows.report.unusable.items())
    if form == "json":
        mistakes = [{"line": line, "reason": reason} for line, reason in rows.report.bad]
        print_fields(form, {"sent": sent, "bad": len(mistakes), "mistakes": mistakes})
    else:
        click.echo(f"{sent:,} rows sent, {len(rows.report.bad):,} bad rows left out")
    refuse_bad_rows(rows.report.bad, "sent")
    if not sent:
        raise RapportctlError(f"{file.name} has no rows below its first line")
