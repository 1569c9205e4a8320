"""`rapportctl simulate`: a town of people who do things, with the truth about them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import IO, Any

import click

from rapportctl.arguments import DURATION, MOMENT, RATE
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, print_fields, progress
from rapportctl.simulation import Outcome, Progress, run, write_lines
from rapportctl.town import TownSettings


@click.command(
    cls=Command,
    short_help="Send what a simulated town does.",
    examples=[
        "rapportctl simulate --people 1000 --seed 7 --duration 30d --rate 2000/s",
        "rapportctl simulate --people 100 --truth truth.json --invalid-share 0.01",
        "rapportctl simulate --people 1000 --tangled --share twin_share=0.2 --truth truth.json",
        "rapportctl simulate --people 50 --start 2026-01-01 --out town.jsonl && rapportctl publish town.jsonl",
    ],
)
@click.option("--people", type=int, default=1000, show_default=True, help="How many people live in the town.")
@click.option("--seed", type=int, default=7, show_default=True, help="Decides everything that chance decides.")
@click.option("--duration", type=DURATION, default="30d", show_default=True, help="How long the town is watched.")
@click.option("--rate", type=RATE, help="Events in a time, such as 2000/s; as fast as it goes by default.")
@click.option("--start", type=MOMENT, help="When the town's time begins.  [default: so that it ends now]")
@click.option("--events-per-day", type=float, default=1.0, show_default=True, help="Of each person, on average.")
@click.option("--invalid-share", type=float, default=0.0, show_default=True, help="Invalid events for each valid one.")
@click.option(
    "--repeat-share", type=float, default=0.01, show_default=True, help="Share of events that are sent twice."
)
@click.option("--tangled", is_flag=True, help="Plant all that makes it hard to tell who is who.")
@click.option(
    "--share",
    "shares",
    multiple=True,
    metavar="NAME=SHARE",
    callback=lambda _context, _option, given: _shares(given),
    help="Set one of the shares that docs/town.md lists, such as twin_share=0.05; may be repeated.",
)
@click.option("--truth", type=click.File("w", encoding="utf-8"), help="Write what is true of the town here.")
@click.option(
    "--out", type=click.File("w", encoding="utf-8"), help="Write lines for `publish` here instead of sending."
)
@format_option
@click.pass_obj
def simulate(
    deployment: Deployment,
    *,
    people: int,
    seed: int,
    duration: timedelta,
    rate: float | None,
    start: datetime | None,
    events_per_day: float,
    invalid_share: float,
    repeat_share: float,
    tangled: bool,
    shares: dict[str, float],
    truth: IO[str] | None,
    out: IO[str] | None,
    form: Format,
) -> None:
    """Make a town of people with several accounts each, and send what they do with the brand.

    The town is the same for the same seed and numbers, on every machine; ending now, only its dates differ. With
    --start, sending it again changes nothing: every event is then a repeat.
    """
    try:
        settings = TownSettings(
            people=people,
            seed=seed,
            duration=duration,
            events_per_day=events_per_day,
            invalid_share=invalid_share,
            repeat_share=repeat_share,
        )
        settings = (settings.tangled() if tangled else settings).with_shares(shares)
        settings = settings.ending_at(start + duration if start else deployment.clock.now())
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with progress() as bar:
        tell = _teller(bar, "writing" if out else "sending")
        if out is not None:
            outcome = write_lines(settings, out, tell)
        else:
            outcome = run(settings, deployment.interaction_sender(), rate=rate, on_progress=tell)
    if truth is not None:
        truth.write(outcome.truth.to_json() + "\n")
    if out is None or out.name != "-":
        print_fields(form, summary(outcome))


def summary(outcome: Outcome) -> dict[str, Any]:
    """What was sent, and what must come of it."""
    totals = outcome.truth.totals
    return {
        "events": totals.events,
        "valid": totals.valid,
        "repeated": totals.repeated,
        "invalid": totals.invalid,
        "invalid_by_reason": totals.invalid_by_reason,
        "people": totals.persons,
        "accounts": totals.accounts,
        "customers": totals.customers,
        "orders": totals.orders,
        "returns": totals.returns,
        "net_minor_units": totals.net,
        "first": totals.first_at.isoformat(timespec="seconds"),
        "last": totals.last_at.isoformat(timespec="seconds"),
        "seconds": round(outcome.seconds, 2),
        "events_per_second": round(outcome.rate),
    }


def _shares(given: Iterable[str]) -> dict[str, float]:
    """Read shares, "name=number"; which there are, and that they are from 0 to 1, is left to the town's settings."""
    shares: dict[str, float] = {}
    for each in given:
        name, _, number = each.partition("=")
        try:
            shares[name] = float(number)
        except ValueError:
            raise click.BadParameter(f"{each!r} is no share; right would be twin_share=0.05") from None
    return shares


def _teller(bar: Any, what: str) -> Progress:  # noqa: ANN401 - rich's
    task = bar.add_task(what, total=None)

    def tell(done: int, planned: int) -> None:
        bar.update(task, completed=done, total=planned)

    return tell
