"""What the commands of `rapportctl identity` share: who commands and why, and showing what was decided."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import click
from google.protobuf.message import Message

from rapport.identity.v1.decisions_pb2 import Decision
from rapport.identity.v1.service_pb2 import Key
from rapportctl.arguments import DURATION
from rapportctl.calls import Calls
from rapportctl.commands.common import customer_of
from rapportctl.deployment import Deployment
from rapportctl.identity_views import decision_fields
from rapportctl.output import Format, note, print_fields, print_json, print_rows
from rapportctl.stewardship import Mandate, Stewardship
from rapportctl.views import as_json

M = TypeVar("M", bound=Message)

most_option: Callable[..., Any] = click.option(
    "--max", "most", type=click.IntRange(1), default=50, show_default=True, help="At most so many."
)


def mandated(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say who commands and why; it gets them as `mandate`."""

    @click.option("--owner", required=True, help="Who commands: a staff number or a role, not a name.")
    @click.option("--reason", required=True, help="Why; kept with the decision.")
    @click.option("--request-id", help="To repeat a command whose outcome did not arrive: the id that it printed.")
    @click.option(
        "--timeout", type=DURATION, default="60s", show_default=True, help="Wait so long for the outcome at most."
    )
    @functools.wraps(command)
    def with_mandate(
        *arguments: Any,  # noqa: ANN401 - click's
        owner: str,
        reason: str,
        request_id: str | None,
        timeout: timedelta,
        **others: Any,  # noqa: ANN401 - click's
    ) -> None:
        mandate = Mandate(
            owner=owner,
            reason=reason,
            request_id=request_id or str(uuid.uuid4()),
            timeout_seconds=timeout.total_seconds(),
        )
        command(*arguments, mandate=mandate, **others)

    return with_mandate


def steward(calls: Calls, mandate: Mandate, subject: str) -> Stewardship:
    """What carries the command out; says first under which request id, and about what (as the server will see it)."""
    note(f"request id {mandate.request_id}: {subject}")
    pending = functools.cache(lambda: note("the outcome is not known yet; asking again"))
    return Stewardship(calls, mandate, on_pending=pending)


@contextmanager
def commanding(deployment: Deployment, mandate: Mandate, subject: str) -> Iterator[Stewardship]:
    """As `steward`, for commands that need no other calls."""
    with Calls(deployment) as calls:
        yield steward(calls, mandate, subject)


def customer_told(calls: Calls, key: Key) -> str:
    """The customer id that a key stands for; says where it led to an id that was merged away."""
    customer, merged_from = customer_of(calls, key)
    if merged_from:
        note(f"{merged_from} was merged into {customer}")
    return customer


def print_decision(form: Format, decision: Decision) -> None:
    """Show what was decided, and how to take it back."""
    if form == "json":
        print_json(as_json(decision))
    elif decision.name:
        print_fields(form, decision_fields(decision))
        note(f"`rapportctl identity undo {decision.name}` takes it back")
    else:
        click.echo("nothing had to change")


def print_messages(
    form: Format, columns: Sequence[str], row: Callable[[M], Mapping[str, Any]], messages: Iterable[M], none: str
) -> None:
    """Show a list: as rows, or the sentence `none` where there are none; or the messages themselves as JSON."""
    found = list(messages)
    if form == "json":
        print_json([as_json(each) for each in found])
    elif found:
        print_rows(form, columns, map(row, found))
    else:
        click.echo(none)
