"""`rapportctl identity reevaluate`: deciding again, under the rules as they are now."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import click

from chassis.records import Record
from rapport.identity.v1.decisions_pb2 import Decision
from rapport.identity.v1.service_pb2 import Key
from rapportctl.arguments import CUSTOMER_KEY, DURATION, RATE, ResourceName
from rapportctl.calls import Calls
from rapportctl.commands.identity_common import customer_told
from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, note, print_fields, progress
from rapportctl.reevaluation import Reevaluation, Tally, live_customers
from rapportctl.regrouping import Regrouping
from rapportctl.stewardship import Decisions, Mandate, PendingError, Stewardship

CUSTOMERS = "customers"


@click.command(
    cls=Command,
    short_help="Decide again under the rules as they are now.",
    examples=[
        "rapportctl identity reevaluate email=maria@example.com --dry-run",
        'rapportctl identity reevaluate --all --rate 500/s --owner S-17 --reason "rules of June"',
        "rapportctl identity reevaluate --all --dry-run --format json | jq '.changes | length'",
        "rapportctl identity reevaluate --all --after 01kknq5e8d0000g00000000003"
        ' --owner S-17 --reason "rules of June, the rest"',
    ],
)
@click.argument("keys", metavar="[KEY...]", nargs=-1, type=CUSTOMER_KEY)
@click.option("--all", "everybody", is_flag=True, help="All live customers, in the order of their ids.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--rate", type=RATE, default="100/s", show_default=True, help="So many customers, at most.")
@click.option("--after", type=ResourceName("customers"), help="Only customers after this one, to go on where it ended.")
@click.option("--owner", help="Who commands: a staff number or a role, not a name. Needed without --dry-run.")
@click.option("--reason", help="Why; kept with the decisions. Needed without --dry-run.")
@click.option("--timeout", type=DURATION, default="60s", show_default=True, help="Wait so long for each outcome.")
@format_option
@click.pass_obj
def reevaluate(
    deployment: Deployment,
    *,
    keys: Sequence[Key],
    everybody: bool,
    dry_run: bool,
    rate: float,
    after: str | None,
    owner: str | None,
    reason: str | None,
    timeout: timedelta,
    form: Format,
) -> None:
    """Decide again about the customers that the KEYs lead to, or about all, under the rules as they are now.

    Shows each change as it comes: the customers before, and after. What people decided stands. Deciding twice changes
    nothing, so that a run that was stopped can go on with --after, or start anew.
    """
    if bool(keys) == everybody:
        raise click.UsageError("either KEYs or --all is needed")
    if not dry_run and not (owner and reason):
        raise click.UsageError("--owner and --reason are needed, or --dry-run")
    changes: list[dict[str, Any]] = []

    def tell(change: Regrouping) -> None:
        if form == "json":
            changes.append(change.as_json())
        else:
            click.echo(change.text())

    with Calls(deployment) as calls:
        customers = _customers(deployment, calls, keys, after)
        decide: Callable[[Sequence[str]], Decision] = Decisions(calls).preview_reevaluation
        if owner and reason and not dry_run:
            decide = _commands(calls, owner, reason, timeout)
        reevaluation = Reevaluation(decide, rate, tell)
        _run(reevaluation, customers)
    fields = _summary(reevaluation.tally, form, dry_run=dry_run)
    print_fields(form, {**fields, "changes": changes} if form == "json" else fields)


def _commands(calls: Calls, owner: str, reason: str, timeout: timedelta) -> Callable[[Sequence[str]], Decision]:
    """What decides again, each time under a request id of its own: a repetition decides the same."""

    def decide(customers: Sequence[str]) -> Decision:
        mandate = Mandate(
            owner=owner, reason=reason, request_id=str(uuid.uuid4()), timeout_seconds=timeout.total_seconds()
        )
        return Stewardship(calls, mandate).reevaluate(customers)

    return decide


def _customers(deployment: Deployment, calls: Calls, keys: Sequence[Key], after: str | None) -> list[str]:
    """The customers to decide about, each once, sorted."""
    if keys:
        customers = sorted({customer_told(calls, key) for key in keys})
    else:
        with deployment.reader(deployment.topic(CUSTOMERS)) as reader:
            customers = live_customers(_counted(reader.all()), _tell_unreadable)
    if after is None:
        return customers
    last = after.removeprefix("customers/").lower()
    return [customer for customer in customers if customer > last]


def _counted(records: Iterable[Record]) -> Iterator[Record]:
    """Pass the records on and show how many there were."""
    with progress() as bar:
        task = bar.add_task("reading customers", total=None)
        for count, record in enumerate(records, start=1):
            if count % 1_000 == 0:
                bar.update(task, completed=count)
            yield record


def _tell_unreadable(record: Record) -> None:
    note(f"partition {record.partition}, offset {record.offset}: this is no Customer")


def _run(reevaluation: Reevaluation, customers: Sequence[str]) -> None:
    """Show progress. What stops it is told with how to go on."""
    tally = reevaluation.tally
    try:
        with progress() as bar:
            task = bar.add_task("deciding again", total=len(customers))
            for done in reevaluation.run(customers):
                bar.advance(task, done)
    except KeyboardInterrupt:
        raise RapportctlError(_stopped(tally, customers)) from None
    except PendingError as error:
        raise RapportctlError(f"{error.said}; {_stopped(tally, customers)}") from None
    except RapportctlError as error:
        raise RapportctlError(f"{error}; {_stopped(tally, customers)}") from None


def _stopped(tally: Tally, customers: Sequence[str]) -> str:
    if not tally.last:
        return f"stopped before any of {len(customers):,} customers was done"
    return f"stopped after {tally.asked:,} of {len(customers):,} customers: --after {tally.last} goes on"


def _summary(tally: Tally, form: Format, *, dry_run: bool) -> dict[str, Any]:
    # A preview is no decision, whatever it is called.
    decisions: dict[str, Any] = (
        {} if dry_run else {"decisions": tally.decisions if form == "json" else len(tally.decisions)}
    )
    return {
        "customers": tally.asked,
        "would_change" if dry_run else "changed": tally.changed,
        "not_found": tally.not_found,
        "too_large": tally.too_large,
        **decisions,
        "last": tally.last,
    }
