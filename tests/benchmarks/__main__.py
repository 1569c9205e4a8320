"""`make bench`, or `python -m tests.benchmarks`: measures on this machine and prints Markdown or JSON."""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click
from rich.console import Console

from tests.benchmarks.advocacy import Cost, costs_table, measure_advocacy
from tests.benchmarks.identity import IdentityFigures, measure_admission, measure_in_memory, measure_worker
from tests.benchmarks.lookups import LookupFigures, measure_lookups
from tests.benchmarks.pipeline import Measured, measure_bare, measure_whole, running_stack
from tests.benchmarks.profile import ProfileFigures, Sizes, measure_profile, profile_tables
from tests.benchmarks.tiers import TierCost, measure_tiers
from tests.benchmarks.tiers import costs_table as tiers_table


@dataclass
class Figures:
    """All that was measured."""

    store: str = ""
    whole: list[Measured] = field(default_factory=list)
    bare: list[Measured] = field(default_factory=list)
    lookups: list[LookupFigures] = field(default_factory=list)
    identity: list[IdentityFigures] = field(default_factory=list)
    advocacy: list[Cost] = field(default_factory=list)
    tiers: list[TierCost] = field(default_factory=list)
    profile: ProfileFigures | None = None


PARTS = ("pipeline", "identity", "advocacy", "tiers", "profile")


@click.command()
@click.option("--people", type=click.IntRange(10), default=1000, show_default=True, help="People in the town.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Pipelines measured in turn.")
@click.option("--pieces", type=click.IntRange(10_000), default=60_000, show_default=True, help="Of evidence.")
@click.option("--only", type=click.Choice(PARTS), help="Measure this alone.")
@click.option("--due", type=click.IntRange(100), default=100_000, show_default=True, help="Tiers that end at once.")
@click.option("--customers", type=click.IntRange(200), default=300_000, show_default=True, help="Looked up.")
@click.option("--exported", type=click.IntRange(1, 1_000), default=1_000, show_default=True, help="Customers exported.")
@click.option(
    "--large", type=click.IntRange(1), default=100_000, show_default=True, help="Interactions of one customer."
)
@click.option("--anew", type=click.IntRange(1), default=5_000, show_default=True, help="Customers computed anew.")
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown", show_default=True)
def main(
    *, people: int, rounds: int, pieces: int, only: str | None, due: int, customers: int, exported: int, large: int,
    anew: int, form: str,
) -> None:  # fmt: skip
    r"""Measure the whole pipeline beside a bare one, look-ups beside a bare server, decisions, scores, tiers, records.

    Each round starts a fresh Kafka and store for each of the two pipelines. Takes minutes.

    \b
    Example:
      python -m tests.benchmarks --people 1000 --rounds 3
      python -m tests.benchmarks --only identity
    """
    console = Console(stderr=True)
    figures = Figures()
    if only in (None, "pipeline"):
        _measure_pipelines(figures, people, rounds, console)
    if only in (None, "identity"):
        _measure_identity(figures, people, pieces, console)
    if only in (None, "advocacy"):
        console.print("advocacy scoring in memory")
        figures.advocacy = measure_advocacy()
    if only in (None, "tiers"):
        console.print("tiers")
        with _folder() as folder:
            figures.tiers = measure_tiers(folder, due)
    if only in (None, "profile"):
        console.print("the profile")
        with _folder() as folder:
            figures.profile = measure_profile(folder, Sizes(customers, exported, large, anew))
        figures.store = figures.store or figures.profile.store
    if form == "json":
        click.echo(json.dumps(asdict(figures), indent=2))
        return
    _print(figures)


def _print(figures: Figures) -> None:
    click.echo(_machine(figures.store))
    if figures.whole:
        click.echo(_pipelines(figures.whole, figures.bare))
        click.echo(_processes(_middle(figures.whole), _middle(figures.bare)))
        click.echo(_lookups(figures.lookups))
    if figures.identity:
        click.echo(_identity(figures.identity))
    if figures.advocacy:
        click.echo(costs_table(figures.advocacy))
    if figures.tiers:
        click.echo(tiers_table(figures.tiers))
    if figures.profile:
        click.echo(profile_tables(figures.profile))


def _measure_pipelines(figures: Figures, people: int, rounds: int, console: Console) -> None:
    for number in range(rounds):
        with _folder() as folder:
            console.print(f"round {number + 1} of {rounds}: bare pipeline")
            with running_stack(folder / "bare", with_services=False) as stack:
                figures.store = stack.addresses.store_kind
                figures.bare.append(measure_bare(stack, people))
            console.print(f"round {number + 1} of {rounds}: whole pipeline")
            with running_stack(folder / "whole", with_services=True) as stack:
                figures.whole.append(measure_whole(stack, people))
                if number == rounds - 1:
                    console.print("look-ups")
                    figures.lookups = measure_lookups(stack)


def _measure_identity(figures: Figures, people: int, pieces: int, console: Console) -> None:
    console.print("identity resolution in memory")
    figures.identity.append(measure_admission(people))
    figures.identity += measure_in_memory(pieces)
    console.print("identity resolution: a worker")
    with _folder() as folder:
        figures.identity += measure_worker(folder, pieces)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="rapport-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _machine(store: str) -> str:
    return f"Python {platform.python_version()}, {platform.machine()}{f', store: {store}' if store else ''}.\n"


def _middle(rounds: list[Measured]) -> Measured:
    return sorted(rounds, key=lambda each: each.rate)[len(rounds) // 2]


def _pipelines(whole: list[Measured], bare: list[Measured]) -> str:
    ratios = sorted(one.rate / other.rate for one, other in zip(whole, bare, strict=True))
    rows = [
        "| pipeline | events | events/s (median) | CPU µs/event | writes/event | reads/event | round trips/1,000 |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in (_middle(whole), _middle(bare)):
        cpu = 1e6 * sum(each.cpu.values()) / each.events
        store = each.store
        rows.append(
            f"| {each.name} | {each.events:,} | {each.rate:,.0f} | {cpu:,.0f} | {store.written / each.events:.2f} "
            f"| {store.returned / each.events:.2f} | {1000 * store.round_trips / each.events:.1f} |"
        )
    middle = ratios[len(ratios) // 2]
    rows.append(
        f"\nRatio whole to bare, median of {len(ratios)} rounds: **{middle:.2f}** "
        f"(from {ratios[0]:.2f} to {ratios[-1]:.2f}).\n"
    )
    return "\n".join(rows)


def _processes(whole: Measured, bare: Measured) -> str:
    rows = ["| process | CPU µs per event |", "|---|---|"]
    for measured in (whole, bare):
        for name, seconds in measured.cpu.items():
            rows.append(f"| {measured.name}: {name} | {1e6 * seconds / measured.events:,.0f} |")
    return "\n".join(rows) + "\n"


def _lookups(figures: list[LookupFigures]) -> str:
    rows = [
        "| call | callers | calls/s | bare | ratio | p50 ms | p99 ms | server CPU µs/call | bare |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows.extend(
        f"| {each.name} | {each.callers} | {each.rate:,.0f} | {each.bare_rate:,.0f} "
        f"| {each.rate / each.bare_rate:.2f} | {each.p50:.2f} | {each.p99:.2f} "
        f"| {each.server_cpu:,.0f} | {each.bare_cpu:,.0f} |"
        for each in figures
    )
    return "\n".join(rows) + "\n"


def _identity(figures: list[IdentityFigures]) -> str:
    rows = ["| what | where | pieces | pieces/s | CPU µs/piece |", "|---|---|---|---|---|"]
    for each in figures:
        cpu = ", ".join(f"{name} {used:,.0f}" for name, used in each.cpu.items()) or f"{1e6 / each.rate:,.0f}"
        rows.append(f"| {each.kind} | {each.where} | {each.pieces:,} | {each.rate:,.0f} | {cpu} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
