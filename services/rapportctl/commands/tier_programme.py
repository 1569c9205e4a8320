"""`rapportctl tier`: what other programmes would change, and bringing them into force."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import yaml

from rapport.tier.v1 import tier_pb2 as pb
from rapportctl.arguments import MOMENT
from rapportctl.calls import TIER, Calls
from rapportctl.commands.common import text_of
from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, note, print_fields, print_json, print_rows, progress
from rapportctl.reports.tier_pictures import draw_moves
from rapportctl.tier_views import MOVE_COLUMNS, move_row, preview_fields
from rapportctl.views import as_json

SHARES = 256
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    cls=Command,
    short_help="Who would move under another programme file.",
    examples=[
        "rapportctl tier preview programme-2027.yaml",
        "rapportctl tier preview programme-2027.yaml --picture moves.svg --examples 100",
    ],
)
@click.argument("file", type=_FILE)
@click.option("--examples", type=click.IntRange(1, 1000), default=20, show_default=True, help="Name so many that move.")
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="Draw the moves: .png or .svg.")
@format_option
@click.pass_obj
def preview(deployment: Deployment, *, file: Path, examples: int, picture: Path | None, form: Format) -> None:
    """Decide about every customer under the programmes of FILE and say who would move and what it costs.

    Nothing is stored or told. The service replays all history that it has.
    """
    request = pb.PreviewProgrammeRequest(programmes=text_of(file), examples=examples)
    previews: list[pb.ProgrammePreview] = []
    with Calls(deployment) as calls, progress() as bar:
        task = bar.add_task("deciding", total=SHARES)
        for answer in calls.stream(TIER, "PreviewProgramme", request, pb.PreviewProgrammeResponse):
            bar.update(task, completed=answer.shares_done)
            previews.extend(answer.previews)
    if form == "json":
        print_json([as_json(each) for each in previews])
    else:
        for each in previews:
            print_fields(form, preview_fields(each))
            print_rows(form, MOVE_COLUMNS, map(move_row, each.moves))
    if picture is not None:
        draw_moves(previews, picture)
        note(f"drawn: {picture}")


@click.command(
    cls=Command,
    short_help="Bring another edition of a programme into force on a day.",
    examples=["rapportctl tier promote programme-2027.yaml --into programme.yaml --from 2027-01-01"],
)
@click.argument("file", type=_FILE)
@click.option("--into", required=True, type=_FILE, help="The programme file that the service reads; it is rewritten.")
@click.option("--from", "begins", required=True, type=MOMENT, help="The day from which the new editions apply.")
def promote(file: Path, into: Path, begins: datetime) -> None:
    """Add the programmes of FILE to another file as editions that apply from a day on.

    Until then nothing changes; from then on their thresholds raise at once, and lower when a customer's period ends.
    Workers and servers read the file when they start. Comments of the rewritten file are lost.
    """
    if begins <= datetime.now(UTC):
        raise click.UsageError("--from is a day to come; a programme in force is changed by editing its file")
    new, old = _read(file), _read(into)
    day = begins.date().isoformat()
    names = {each["programme"] for each in new["programmes"]}
    kept = [each for each in old["programmes"] if each["programme"] not in names or each.get("applies_from", "") != day]
    old["programmes"] = [*kept, *({**each, "applies_from": day} for each in new["programmes"])]
    old["benefits"] = sorted({*old.get("benefits", []), *new.get("benefits", [])})
    old["version"] = max(old["version"], new["version"]) + 1
    into.write_text(yaml.safe_dump(old, sort_keys=False, allow_unicode=True), encoding="utf-8")
    note(f"{', '.join(sorted(names))} from {day}: version {old['version']} of {into}; restart the service to read it")


def _read(path: Path) -> dict[str, Any]:
    data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or not isinstance(data.get("programmes"), list) or "version" not in data:
        raise RapportctlError(f"{path}: this is no programme file; it would have version and programmes")
    return dict(data)
