"""The figures as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table

from rapportctl.tables.pairwise import Pairwise
from tests.quality.compared import Compared
from tests.quality.speed import SpeedFigures
from tests.quality.towns import TownFigures

MEBIBYTE = 1 << 20


def of_files(compared: Sequence[Compared]) -> Table:
    """Precision, recall and F1 of each linker on each file."""
    table = _table("Files", "file", "linker", "precision", "recall", "F1", "clusters", "of", "note")
    for each in compared:
        engine = each.engine
        rows: list[tuple[str, Pairwise, str]] = [
            ("Rapport, stream order", engine.stream, f"{engine.suggestions} suggestions")
        ]
        rows += [("Rapport, random order", pairs, "") for pairs in engine.shuffled]
        for figures in each.splink:
            rows.append((f"Splink, {figures.settings}", figures.documented, f"threshold {figures.threshold:g}"))
            rows.append(("  at its best threshold", figures.best, f"{figures.best_weight:+.1f} bits, by the truth"))
        rows.append(("recordlinkage, ECM", each.ecm.clusters, f"{each.ecm.candidates:,} candidates"))
        for place, (linker, pairs, note) in enumerate(rows):
            table.add_row("" if place else each.name, linker, *_pairwise(pairs), note)
        table.add_section()
    return table


def of_towns(figures: Iterable[TownFigures]) -> Table:
    """How right the engine was about towns."""
    table = _table("Towns", "seed", "people", "accounts", "precision", "recall", "wrong pairs", "missed", "suggestions")
    for each in figures:
        measured = each.measured
        table.add_row(
            str(each.seed),
            f"{each.people:,}",
            f"{each.accounts:,}",
            f"{measured.precision:.5f}",
            f"{measured.recall:.5f}",
            f"{measured.wrong:,} of {measured.found:,}",
            f"{measured.missed:,} of {measured.findable:,}",
            f"{each.suggestions:,}",
        )
    return table


def of_speed(figures: Sequence[SpeedFigures]) -> Table:
    """How fast lists of people are linked."""
    columns = (
        "records",
        "records/s",
        "CPU µs/record",
        "growth",
        "look-ups",
        "memory",
        "training",
        "precision",
        "recall",
        "F1",
    )
    table = _table("Speed", *columns)
    for each in figures:
        table.add_row(
            f"{each.records:,}",
            f"{each.records_per_second:,.0f}",
            f"{each.cpu_microseconds:,.0f}",
            f"{each.cpu_microseconds / figures[0].cpu_microseconds:.2f}",
            f"{each.lookups:.0%}",
            f"{each.memory / MEBIBYTE:,.0f} MiB",
            f"{each.training_seconds:,.0f} s",
            *_pairwise(each.quality)[:3],
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in columns:
        table.add_column(name, justify="left" if name in {"file", "linker", "note"} else "right", no_wrap=True)
    return table


def _pairwise(pairs: Pairwise) -> tuple[str, ...]:
    return (
        *(f"{value:.4f}" for value in (pairs.precision, pairs.recall, pairs.f1)),
        f"{pairs.clusters:,}",
        f"{pairs.true_clusters:,}",
    )
