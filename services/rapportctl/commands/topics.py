"""`rapportctl topics`: what the registry says, and making the broker agree."""

from __future__ import annotations

import click

from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.helptext import Commands
from rapportctl.kafka.topics import create_missing, differences, read_existing, repair_settings
from rapportctl.output import Format, format_option, note, print_fields, print_rows
from rapportctl.registry import registry


@click.group(cls=Commands)
def topics() -> None:
    """Show the topics of Rapport, and create them."""


@topics.command("list", short_help="List the topics.", examples=["rapportctl topics list --format json"])
@format_option
@click.pass_obj
def list_(deployment: Deployment, form: Format) -> None:
    """List the topics that Rapport uses, whether they exist or not."""
    prefix = deployment.settings.topic_prefix
    rows = [
        {
            "topic": prefix + topic.name,
            "key": topic.key,
            "value": topic.value or "bytes",
            "owner": topic.owner,
            "kept": topic.config["cleanup.policy"],
            "description": topic.description,
        }
        for topic in registry().values()
    ]
    print_rows(form, ["topic", "key", "value", "kept", "owner"], rows)


@topics.command(short_help="Show one topic.", examples=["rapportctl topics describe tier-changes"])
@click.argument("name")
@format_option
@click.pass_obj
def describe(deployment: Deployment, name: str, form: Format) -> None:
    """Show one topic: what it carries, who writes and reads it, its settings."""
    topic = deployment.topic(name)
    fields = {
        "topic": deployment.settings.topic_prefix + topic.name,
        "description": topic.description,
        "key": topic.key,
        "value": topic.value or "bytes",
        "owner": topic.owner,
        "consumers": list(topic.consumers),
        "partitions": topic.partitions(deployment.settings.partitions),
        "config": dict(topic.config),
    }
    print_fields(form, fields)


@topics.command(
    short_help="Create what is missing, report drift.",
    examples=["rapportctl topics apply", "rapportctl topics apply --dry-run --format json | jq '.[].topic'"],
)
@click.option("--dry-run", is_flag=True, help="Only report; exit 1 where something differs.")
@click.option("--repair", is_flag=True, help="Also set settings that have drifted; partition counts are never changed.")
@format_option
@click.pass_obj
def apply(deployment: Deployment, dry_run: bool, repair: bool, form: Format) -> None:
    """Create the topics that are missing, and report what differs from the registry.

    Safe to run again at any time. Ends with exit status 1 where a difference is left.
    """
    settings = deployment.settings
    wanted = {settings.topic_prefix + topic.name: topic for topic in registry().values()}
    existing = read_existing(deployment.admin, settings.topic_prefix)
    found = differences(wanted.values(), existing, settings.topic_prefix, settings.partitions)
    created = repaired = 0
    if not dry_run:
        created = create_missing(deployment.admin, found, wanted, settings.partitions)
        repaired = repair_settings(deployment.admin, found) if repair else 0
    left = [
        difference
        for difference in found
        if dry_run or (difference.what != "topic" and not (repair and difference.is_repairable))
    ]
    rows = [
        {"topic": each.topic, "what": each.what, "want": each.want, "have": each.have or "missing"} for each in left
    ]
    if rows or form == "json":
        print_rows(form, ["topic", "what", "want", "have"], rows)
    note(f"{len(wanted)} topics: {created} created, {repaired} settings repaired, {len(left)} differences left")
    if left:
        raise RapportctlError("the broker differs from the registry; see above")
