"""`rapportctl publish`: interactions from lines of JSON."""

from __future__ import annotations

import os
from typing import IO, Any

import click
from rich.progress import TaskID

from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.helptext import Command
from rapportctl.output import Format, byte_progress, format_option, note, print_json
from rapportctl.publishing import BadLine, publish_lines

MISTAKES_SHOWN = 100


@click.command(
    cls=Command,
    short_help="Send interactions, from lines of JSON.",
    examples=[
        "rapportctl publish interactions.jsonl",
        "zcat archive.jsonl.gz | rapportctl publish -",
        "rapportctl publish interactions.jsonl --format json 2>/dev/null | jq .mistakes",
    ],
)
@click.argument("file", type=click.File("rb"))
@format_option
@click.pass_obj
def publish(deployment: Deployment, file: IO[bytes], form: Format) -> None:
    """Send the interactions of FILE, or of standard input where FILE is "-".

    Each line is an interaction in protobuf's JSON mapping: {"eventId": "e-1", "occurredAt": "2026-03-14T09:26:53Z",
    "account": {"channel": "instagram", "id": "maria.k"}, "like": {"postId": "p-1"}}.

    Lines that are no interaction are reported by number and reason; the others are sent all the same, and the exit
    status is 1. Sending a file again changes nothing: what has been seen counts as a repeat.
    """
    shown = 0

    def tell(bad: BadLine) -> None:
        nonlocal shown
        shown += 1
        if shown <= MISTAKES_SHOWN:
            note(f"line {bad.line}: {bad.reason}")

    with byte_progress() as bar:
        task = bar.add_task("publishing", total=_size(file))
        with deployment.interaction_sender() as sender:
            published = publish_lines(file, sender, tell, _advance(bar, task))
    if shown > MISTAKES_SHOWN:
        note(f"... and {shown - MISTAKES_SHOWN:,} more bad lines")
    if form == "json":
        mistakes = [{"line": each.line, "reason": each.reason} for each in published.mistakes]
        print_json({"sent": published.sent, "bad": published.bad, "mistakes": mistakes})
    else:
        click.echo(f"{published.sent:,} interactions sent, {published.bad:,} bad lines left out")
    if published.bad:
        raise RapportctlError(f"{published.bad:,} bad lines; the others were sent")


def _size(file: IO[bytes]) -> int | None:
    try:
        status = os.fstat(file.fileno())
    except (OSError, AttributeError):
        return None
    return status.st_size or None


def _advance(bar: Any, task: TaskID) -> Any:  # noqa: ANN401 - rich's
    """Return what moves the bar on; a bar is told every so often, for each telling costs as much as a line."""
    waiting = lines = 0

    def advance(line: bytes | str) -> None:
        nonlocal waiting, lines
        waiting += len(line)
        lines += 1
        if lines % 500 == 0:
            bar.advance(task, waiting)
            waiting = 0

    return advance
