"""`make quality`, or `python -m tests.quality`: measures linking, and prints tables or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import click
from rich.console import Console

from rapportctl.tables.pairwise import Pairwise
from tests.quality import advocacy, compared, speed, tables, towns
from tests.quality.compared import Compared
from tests.quality.files import LabelledFile, fake_1000, febrl_files
from tests.quality.speed import SpeedFigures
from tests.quality.town import PEOPLE, SEEDS
from tests.quality.towns import TownFigures

PARTS = ("files", "towns", "speed", "advocacy")
WIDTH = 150


@dataclass(slots=True)
class Figures:
    """All that was measured; what was not asked for is empty."""

    files: list[Compared] = field(default_factory=list)
    towns: list[TownFigures] = field(default_factory=list)
    speed: list[SpeedFigures] = field(default_factory=list)
    advocacy: str = ""


@click.command()
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Only this part; may be given several times.")
@click.option("--people", type=click.IntRange(100), default=PEOPLE, show_default=True, help="In each town.")
@click.option(
    "--seeds", type=click.IntRange(1, len(SEEDS)), default=len(SEEDS), show_default=True, help="So many towns."
)
@click.option(
    "--records",
    type=click.IntRange(1_000),
    default=speed.SIZES[-1],
    show_default=True,
    help="Of the longest list that speed is measured on.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def main(*, only: tuple[str, ...], people: int, seeds: int, records: int, form: str) -> None:
    """Measure the engine beside Splink and recordlinkage, on towns, and on longer and longer lists. Takes minutes.

    For example: python -m tests.quality --only speed --records 100000
    """
    parts = only or PARTS
    figures = Figures()
    tell = Console(stderr=True).print
    if "files" in parts:
        for file in _files(tell):
            tell(f"{file.name}: {len(file.rows):,} records")
            figures.files.append(compared.compare(file))
    if "towns" in parts:
        for seed in SEEDS[:seeds]:
            tell(f"town {seed}: {people:,} people")
            figures.towns.append(towns.link(seed, people))
    if "speed" in parts:
        figures.speed = speed.measure(tuple(size for size in speed.SIZES if size <= records) or (records,), tell)
    if "advocacy" in parts:
        tell("advocacy: gaming and sentiment")
        figures.advocacy = advocacy.report()
    if form == "json":
        click.echo(json.dumps(_plain(asdict(figures), figures), indent=2))
        return
    _show(figures)
    if figures.advocacy:
        click.echo(figures.advocacy)


def _files(tell: Any) -> Iterator[LabelledFile]:
    fake = fake_1000()
    if fake is None:
        tell("fake_1000 is left out: the shared data is not beside the project")
    else:
        yield fake
    yield from febrl_files()


def _show(figures: Figures) -> None:
    console = Console(highlight=False, width=WIDTH)
    if figures.files:
        console.print(tables.of_files(figures.files))
        for each in figures.files:
            ours, theirs = each.engine.stream.f1, each.splinks_best
            verdict = "at least as good as" if ours >= theirs else "WORSE than"
            spread = f"order changes it by {each.engine.spread:.4f}"
            console.print(f"{each.name}: F1 {ours:.4f} is {verdict} Splink's {theirs:.4f}; {spread}")
    if figures.towns:
        console.print(tables.of_towns(figures.towns))
    if figures.speed:
        console.print(tables.of_speed(figures.speed))


def _plain(told: dict[str, Any], figures: Figures) -> dict[str, Any]:
    """The figures as JSON has them, with what is computed from counts beside the counts."""

    def with_ratios(value: Any) -> Any:
        if isinstance(value, list):
            return [with_ratios(each) for each in value]
        if not isinstance(value, dict):
            return value
        plain = {name: with_ratios(each) for name, each in value.items()}
        if plain.keys() == {"found", "true", "both", "clusters", "true_clusters"}:
            pairs = Pairwise(**plain)
            plain |= {"precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1}
        return plain

    plain: dict[str, Any] = with_ratios(told)
    for each, file in zip(plain["files"], figures.files, strict=True):
        each["engine"]["order_changes_f1_by"] = file.engine.spread
    return plain


if __name__ == "__main__":
    main()
