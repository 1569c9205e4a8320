"""Opens a table under its mapping for a command, and says to the person what was found out on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from rapportctl.errors import RapportctlError
from rapportctl.output import note
from rapportctl.tables.guessing import guess_mapping
from rapportctl.tables.mapping import Declared, FileForm, TableMapping, read_form, read_mapping, with_truth
from rapportctl.tables.reading import open_table
from rapportctl.tables.rows import Rows

MISTAKES_SHOWN = 100

file_argument: Callable[..., Any] = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
mapping_option: Callable[..., Any] = click.option(
    "--mapping",
    metavar="FILE.yaml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the columns mean; guessed from their names without it.",
)


def open_rows(
    file: Path, mapping: Path | None, now: datetime, declared: Declared | None = None, truth: str = ""
) -> Rows:
    """The table's rows as records; see `read_mapping` and `Rows` for the arguments.

    Says on standard error what was guessed, and what is uncertain. Raises `RapportctlError`.
    """
    form = read_form(mapping) if mapping else FileForm()
    table = open_table(file, form.encoding, form.separator)
    if table.fallback:
        note(table.fallback)
    said: TableMapping
    if mapping:
        said = read_mapping(mapping, table.header, declared, truth)
    else:
        guessed, sentences = guess_mapping(table.header, file.name)
        said = with_truth(guessed, table.header, truth)
        for sentence in sentences:
            note(sentence)
    rows = Rows(table, said, now)
    for name in rows.ambiguous_dates():
        note(f"{name}: its dates do not show whether day or month comes first; read with the day first (`format:`)")
    return rows


def tell_bad_rows(bad: Sequence[tuple[int, str]]) -> None:
    """Tell the first of the rows that could not be used, by line and reason."""
    for line, reason in bad[:MISTAKES_SHOWN]:
        note(f"line {line}: {reason}")
    if len(bad) > MISTAKES_SHOWN:
        note(f"... and {len(bad) - MISTAKES_SHOWN:,} more bad rows")


def tell_unusable(unusable: Iterable[tuple[str, int]]) -> None:
    """Tell how many values could not be used, by what they should have been."""
    for name, count in unusable:
        note(f"{name}: {count:,} values could not be read and were left out")


def refuse_bad_rows(bad: Sequence[tuple[int, str]], what: str) -> None:
    """Raise `RapportctlError` where there were bad rows, after all else was done."""
    if bad:
        raise RapportctlError(f"{len(bad):,} bad rows; the others were {what}")
