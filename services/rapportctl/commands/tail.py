"""`rapportctl tail`: any topic, decoded."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable

import click

from chassis.records import Record
from rapportctl.commands.common import until_interrupted
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.kafka.reading import ReadMessage, TopicReader, decode
from rapportctl.keys import PERSONAL_CHANNELS
from rapportctl.output import Format, format_option, print_json_line
from rapportctl.views import moment_of_ms

NEWEST = 10


@click.command(
    cls=Command,
    short_help="Show the records of a topic, decoded.",
    examples=[
        "rapportctl tail tier-changes",
        "rapportctl tail interactions --follow --max 5",
        "rapportctl tail customer-records --from-beginning --format json | jq .value",
        "rapportctl tail identified-interactions --key email:maria@example.com",
    ],
)
@click.argument("topic")
@click.option("--from-beginning", is_flag=True, help="All records, from the oldest, instead of the newest.")
@click.option("--follow", "-f", is_flag=True, help="Go on with records as they come, until Ctrl-C.")
@click.option(
    "--max", "most", type=click.IntRange(1), help=f"End after so many records; without other options {NEWEST}."
)
@click.option(
    "--key", help="Only records with this key; of an account on a personal channel, also as the person has it."
)
@format_option
@click.pass_obj
def tail(
    deployment: Deployment,
    *,
    topic: str,
    from_beginning: bool,
    follow: bool,
    most: int | None,
    key: str | None,
    form: Format,
) -> None:
    """Show the records of TOPIC (with or without its prefix), decoded: by default the newest 10.

    Records are in order within a partition. With --format json each record is one line.
    """
    wanted = None if key is None else _key(deployment, key)
    with deployment.reader(deployment.topic(topic)) as reader, until_interrupted():
        for record in itertools.islice(_records(reader, from_beginning, follow, most, wanted), most):
            message = decode(reader.topic, record)
            if form == "json":
                print_json_line(message.as_json())
            else:
                click.echo(_text(message))


def _records(
    reader: TopicReader, from_beginning: bool, follow: bool, most: int | None, key: bytes | None
) -> Iterable[Record]:
    if follow:
        return reader.follow(from_beginning=from_beginning, key=key)
    return reader.all(key) if from_beginning else reader.newest(most or NEWEST, key)


def _key(deployment: Deployment, key: str) -> bytes:
    channel, colon, account_id = key.partition(":")
    if colon and channel in PERSONAL_CHANNELS:
        return deployment.keys.key(channel, account_id)
    return key.encode()


def _text(message: ReadMessage) -> str:
    head = click.style(f"{message.partition}:{message.offset}  {moment_of_ms(message.timestamp_ms)}", dim=True)
    value = "(empty)" if message.value is None else json.dumps(message.value, ensure_ascii=False)
    return f"{head}  {click.style(message.key or '(no key)', bold=True)}  {value}"
