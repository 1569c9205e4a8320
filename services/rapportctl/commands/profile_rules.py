"""`rapportctl profile rules` and `recomputation`: the profile's rules, and how far computing anew by them is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

from rapport.profile.v1.administration_pb2 import (
    GetRecomputationRequest,
    GetRulesRequest,
    PromoteRulesRequest,
    Recomputation,
    RulesInForce,
)
from rapportctl.calls import ADMINISTRATION, Calls
from rapportctl.commands.common import show_rules, text_of
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command, Commands
from rapportctl.output import Format, format_option, note, print_fields, print_json, progress
from rapportctl.views import as_json

BETWEEN_LOOKS_SECONDS = 1.0

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Commands, short_help="The profile's rules: show, check, promote.")
def rules() -> None:
    """Show which rules are in force, check others, and put them in force.

    Rules say how contact fields survive, which traits are computed, who is in which segment and stage.
    """


@rules.command(
    cls=Command,
    short_help="The rules in force.",
    examples=["rapportctl profile rules show", "rapportctl profile rules show --yaml > rules.yaml"],
)
@click.option("--yaml", "as_yaml", is_flag=True, help="Only the file, to change it.")
@format_option
@click.pass_obj
def show(deployment: Deployment, *, as_yaml: bool, form: Format) -> None:
    """Show which rules are in force, and who put them there."""
    with Calls(deployment) as calls:
        found = calls.call(ADMINISTRATION, "GetRules", GetRulesRequest(), RulesInForce)
    show_rules(found, found.text, form, as_yaml=as_yaml)


@rules.command(
    cls=Command,
    short_help="Check a file of rules; change nothing.",
    examples=["rapportctl profile rules check rules.yaml"],
)
@click.argument("file", type=_FILE)
@format_option
@click.pass_obj
def check(deployment: Deployment, *, file: Path, form: Format) -> None:
    """Check whether FILE could be put in force: each mistake is told with line and column.

    Shows the version that it would have, and the one that is in force.
    """
    request = PromoteRulesRequest(text=text_of(file), validate_only=True)
    with Calls(deployment) as calls:
        proposed = calls.call(ADMINISTRATION, "PromoteRules", request, RulesInForce).version
        current = calls.call(ADMINISTRATION, "GetRules", GetRulesRequest(), RulesInForce).version
    print_fields(form, {"version": proposed, "in_force": current, "differs": proposed != current})
    if form != "json" and proposed != current:
        note(f"`rapportctl profile rules promote {file} --expect {current}` puts them in force")


@rules.command(
    cls=Command,
    short_help="Put rules in force.",
    examples=[
        "rapportctl profile rules promote rules.yaml --expect 1-2e1c9cfe5ed0 --owner crm --reason 'spend in a window'"
    ],
)
@click.argument("file", type=_FILE)
@click.option("--expect", required=True, help="The version in force that FILE was made from.")
@click.option("--owner", required=True, help="Who decides: a staff number or a role, not a name.")
@click.option("--reason", required=True, help="Why; kept with the rules.")
@format_option
@click.pass_obj
def promote(deployment: Deployment, *, file: Path, expect: str, owner: str, reason: str, form: Format) -> None:
    """Put the rules in FILE in force. Refused where others than --expect are in force by now.

    Everybody is computed anew in the background, while the stream goes on; `recomputation` tells how far that is.
    """
    request = PromoteRulesRequest(text=text_of(file), expected_version=expect, owner=owner, reason=reason)
    with Calls(deployment) as calls:
        found = calls.call(ADMINISTRATION, "PromoteRules", request, RulesInForce)
    if form == "json":
        print_json(as_json(found))
    else:
        click.echo(f"{found.version} is in force")
        note("`rapportctl profile recomputation --follow` shows how far everybody is computed anew")


@click.command(
    cls=Command,
    short_help="How far computing anew is.",
    examples=["rapportctl profile recomputation", "rapportctl profile recomputation --follow"],
)
@click.option("--follow", is_flag=True, help="Wait until it is done, with a bar.")
@format_option
@click.pass_obj
def recomputation(deployment: Deployment, *, follow: bool, form: Format) -> None:
    """Show how far accounts and records are computed anew by the rules and models in force."""
    with Calls(deployment) as calls:
        found = _until_done(lambda: _look(calls)) if follow else _look(calls)
    if form == "json":
        print_json(as_json(found))
    else:
        print_fields(form, _fields(found))


def _look(calls: Calls) -> Recomputation:
    return calls.call(ADMINISTRATION, "GetRecomputation", GetRecomputationRequest(), Recomputation)


def _until_done(look: Callable[[], Recomputation]) -> Recomputation:
    """Look until everything is done; accounts come first, since records follow from them."""
    with progress() as bar:
        found = look()
        accounts = bar.add_task("accounts", total=found.parts)
        records = bar.add_task("records", total=found.parts)
        while True:
            bar.update(accounts, completed=found.persona_parts_done)
            bar.update(records, completed=found.record_parts_done)
            if found.done:
                return found
            time.sleep(BETWEEN_LOOKS_SECONDS)
            found = look()


def _fields(found: Recomputation) -> dict[str, object]:
    return {
        "version": found.version,
        "done": found.done,
        "accounts": f"{found.persona_parts_done} of {found.parts} parts, {found.personas:,} computed anew",
        "records": f"{found.record_parts_done} of {found.parts} parts, {found.records:,} computed anew",
    }
