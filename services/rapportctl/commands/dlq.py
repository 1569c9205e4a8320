"""`rapportctl dlq`: what could not be used, why, and trying it again."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import click

from rapportctl.dead_letters import (
    Kind,
    Letter,
    Replay,
    decoded,
    kinds_of,
    read_letter,
    read_letters,
    replay,
)
from rapportctl.deployment import Deployment
from rapportctl.helptext import Commands
from rapportctl.output import Format, format_option, note, print_fields, print_rows, progress
from rapportctl.views import moment_of_ms

HIDDEN = "hidden, as it may hold personal data; --reveal shows it"


@click.group(cls=Commands, short_help="What could not be used, and trying again.")
def dlq() -> None:
    """Dead letters: records that a service could not use, kept as they came with the reason."""


@dlq.command(
    "list",
    short_help="Count by service and reason.",
    examples=[
        "rapportctl dlq list",
        "rapportctl dlq list vip-tier",
        "rapportctl dlq list --format json | jq 'map(.count) | add'",
    ],
)
@click.argument("service", required=False)
@format_option
@click.pass_obj
def list_(deployment: Deployment, service: str | None, form: Format) -> None:
    """Count the dead letters by service and reason, with the newest of each.

    Of SERVICE alone, or of all services.
    """
    services = [deployment.service(service).name] if service else list(deployment.services)
    kinds = kinds_of(_counted(letter for name in services for letter in read_letters(deployment, name)))
    rows = [_row(kind) for kind in kinds]
    if not rows and form == "table":
        click.echo("no dead letters")
        return
    print_rows(form, ["service", "reason", "count", "newest", "partition", "offset", "detail"], rows)


@dlq.command(
    short_help="Show one dead letter.",
    examples=[
        "rapportctl dlq show identity-resolution 2 117",
        "rapportctl dlq show identity-resolution 2 117 --reveal",
    ],
)
@click.argument("service")
@click.argument("partition", type=click.IntRange(0))
@click.argument("offset", type=click.IntRange(0))
@click.option("--reveal", is_flag=True, help="Also the key and the value, which may hold personal data.")
@format_option
@click.pass_obj
def show(deployment: Deployment, *, service: str, partition: int, offset: int, reveal: bool, form: Format) -> None:
    """Show one dead letter of SERVICE, by PARTITION and OFFSET as `dlq list` tells them."""
    letter = read_letter(deployment, deployment.service(service).name, partition, offset)
    record = letter.record
    fields: dict[str, Any] = {
        "service": letter.service,
        "reason": letter.reason,
        "partition": record.partition,
        "offset": record.offset,
        "time": moment_of_ms(record.timestamp),
        "headers": dict(letter.facts),
        "key": (letter.source_key or b"").decode(errors="replace") if reveal else HIDDEN,
        "value": decoded(deployment, letter) if reveal else HIDDEN,
        "bytes": len(record.value or b""),
    }
    if reveal:
        fields["base64"] = base64.b64encode(record.value or b"").decode()
    print_fields(form, fields)


@dlq.command(
    "replay",
    short_help="Give dead letters back to their service.",
    examples=[
        "rapportctl dlq replay identity-resolution --reason UNKNOWN_KIND --dry-run",
        "rapportctl dlq replay vip-tier",
        "rapportctl dlq replay vip-tier --partition 2 --offset 117",
    ],
)
@click.argument("service")
@click.option("--reason", help="Only those with this reason.")
@click.option("--partition", type=click.IntRange(0), help="Together with --offset: only this one.")
@click.option("--offset", type=click.IntRange(0))
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@format_option
@click.pass_obj
def replay_(
    deployment: Deployment,
    *,
    service: str,
    reason: str | None,
    partition: int | None,
    offset: int | None,
    dry_run: bool,
    form: Format,
) -> None:
    """Give the dead letters of SERVICE back to it, once what made them useless has been repaired.

    Identity resolution's go back to `interactions`, another service's to its own retry topic, with key and bytes as
    they came. What was applied meanwhile is not applied again, so that a replay can be repeated; what is still of no
    use comes back as a new dead letter. Dead letters stay where they are.
    """
    name = deployment.service(service).name
    if (partition is None) != (offset is None):
        raise click.UsageError("--partition and --offset go together")
    letters: Iterable[Letter]
    if partition is not None and offset is not None:
        letters = [read_letter(deployment, name, partition, offset)]
    else:
        letters = _counted(read_letters(deployment, name))
    wanted = (letter for letter in letters if reason is None or letter.reason == reason)
    with ExitStack() as stack:
        sender = None if dry_run else stack.enter_context(deployment.sender())
        done = replay(wanted, deployment.settings.topic_prefix, sender)
    _report(done, form, dry_run=dry_run)


def _counted(letters: Iterable[Letter]) -> Iterator[Letter]:
    """Pass the letters on and show how many there were."""
    with progress() as bar:
        task = bar.add_task("reading", total=None)
        for count, letter in enumerate(letters, start=1):
            if count % 500 == 0:
                bar.update(task, completed=count)
            yield letter


def _row(kind: Kind) -> dict[str, Any]:
    record = kind.newest.record
    return {
        "service": kind.service,
        "reason": kind.reason,
        "count": kind.count,
        "newest": moment_of_ms(record.timestamp),
        "partition": record.partition,
        "offset": record.offset,
        "detail": kind.newest.detail,
        "source": kind.newest.source_topic,
    }


def _report(done: Replay, form: Format, *, dry_run: bool) -> None:
    fields = {
        "would_be_sent" if dry_run else "sent": done.destinations.total(),
        "to": dict(done.destinations),
        "same_as_another": done.same,
        "left": done.elsewhere.total(),
        "left_from": dict(done.elsewhere),
    }
    print_fields(form, fields)
    if done.elsewhere:
        note("what was left did not come from interactions, and its source sends the newest state again by itself")
