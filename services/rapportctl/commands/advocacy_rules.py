"""`rapportctl advocacy rules`, `shadow` and `promote`: the rules in force, and others beside them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from rapport.advocacy.v1.rules_pb2 import GetRulesRequest, PromoteRulesRequest, Rules
from rapportctl.advocacy_views import MOVER_COLUMNS, mover_row
from rapportctl.calls import ADVOCACY, Calls
from rapportctl.commands.common import show_rules, text_of
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, note, print_fields, print_json, print_rows, progress
from rapportctl.reports.shadow_pictures import draw_shadow
from rapportctl.shadow import Shadow
from rapportctl.shadow import shadow as compare
from rapportctl.views import as_json

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    cls=Command,
    short_help="The rules in force.",
    examples=["rapportctl advocacy rules", "rapportctl advocacy rules --yaml > rules.yaml"],
)
@click.option("--yaml", "as_yaml", is_flag=True, help="Only the file, to change it.")
@format_option
@click.pass_obj
def rules(deployment: Deployment, *, as_yaml: bool, form: Format) -> None:
    """Show which rules are in force, and who put them there."""
    with Calls(deployment) as calls:
        found = calls.call(ADVOCACY, "GetRules", GetRulesRequest(), Rules)
    show_rules(found, found.yaml, form, as_yaml=as_yaml)


@click.command(
    cls=Command,
    short_help="Try other rules out over live history.",
    examples=[
        "rapportctl advocacy shadow rules-new.yaml",
        "rapportctl advocacy shadow rules-new.yaml --pictures shadow/ --max 50",
    ],
)
@click.argument("file", type=_FILE)
@click.option("--pictures", type=click.Path(file_okay=False, path_type=Path), help="Draw pictures into this folder.")
@click.option("--max", "most", type=click.IntRange(0), default=20, show_default=True, help="Movers to show.")
@format_option
@click.pass_obj
def shadow(deployment: Deployment, *, file: Path, pictures: Path | None, most: int, form: Format) -> None:
    """Score every customer by the rules in FILE beside those in force; nothing is changed.

    Shows how scores and standings are spread, how far the order of customers stays, and who moves most and why.
    """
    text = text_of(file)
    with Calls(deployment) as calls, progress() as bar:
        task = bar.add_task("customers", total=None)
        found = compare(calls, text, lambda done: bar.update(task, completed=done))
    if form == "json":
        print_json(_as_json(found, most))
    else:
        _print(form, found, most)
    if pictures is not None:
        for path in draw_shadow(found, pictures):
            note(f"drew {path}")
    if form != "json":
        note(f"`rapportctl advocacy promote {file} --expect {found.current_version}` puts them in force")


@click.command(
    cls=Command,
    short_help="Put rules in force.",
    examples=["rapportctl advocacy promote new.yaml --expect 2-3f1c9a27d4e0 --owner crm --reason 'reviews count more'"],
)
@click.argument("file", type=_FILE)
@click.option("--expect", required=True, help="The version in force that FILE was compared with.")
@click.option("--owner", required=True, help="Who decides: a staff number or a role, not a name.")
@click.option("--reason", required=True, help="Why; kept with the rules.")
@format_option
@click.pass_obj
def promote(deployment: Deployment, *, file: Path, expect: str, owner: str, reason: str, form: Format) -> None:
    """Put the rules in FILE in force, for the whole history.

    Every customer is computed anew within minutes. Refused where others than --expect are in force by now.
    """
    request = PromoteRulesRequest(yaml=text_of(file), expected_version=expect, owner=owner, reason=reason)
    with Calls(deployment) as calls:
        found = calls.call(ADVOCACY, "PromoteRules", request, Rules)
    if form == "json":
        print_json(as_json(found))
    else:
        click.echo(f"{found.version} is in force")


def _print(form: Format, found: Shadow, most: int) -> None:
    correlation = found.rank_correlation()
    standings = [
        f"{now} to {then}: {number:,}" if now != then else f"{now}: {number:,} stay"
        for (now, then), number in sorted(found.standings.items())
    ]
    fields = {
        "in force": found.current_version,
        "proposed": found.proposed_version,
        "customers": len(found.pairs),
        "whose score moves": len(found.movers),
        "rank correlation": "unknown" if correlation is None else f"{correlation:.4f}",
        "standings": standings,
    }
    print_fields(form, fields)
    columns = ("score_from", "now", "then")
    bars = [dict(zip(columns, bar, strict=True)) for bar in found.distribution() if bar[1] or bar[2]]
    if bars:
        print_rows(form, columns, bars)
    if found.movers and most:
        print_rows(form, MOVER_COLUMNS, map(mover_row, found.biggest(most)))


def _as_json(found: Shadow, most: int) -> dict[str, object]:
    return {
        "current_version": found.current_version,
        "proposed_version": found.proposed_version,
        "customers": len(found.pairs),
        "moved": len(found.movers),
        "rank_correlation": found.rank_correlation(),
        "standings": [
            {"now": now, "then": then, "customers": number} for (now, then), number in sorted(found.standings.items())
        ],
        "distribution": [{"from": first, "now": now, "then": then} for first, now, then in found.distribution()],
        "movers": [asdict(each) for each in found.biggest(most)],
    }
