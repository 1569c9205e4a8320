"""What commands print: tables for people, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

Format = Literal["table", "json"]

WIDTH_OF_NO_TERMINAL = 200
"""Columns of a table that goes into a file or another program."""

format_option: Callable[..., Any] = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="A table for people, or JSON for scripts.",
)


def print_rows(form: Format, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as a table of the columns, headed by their names in words, or as a JSON array of whole rows."""
    if form == "json":
        print_json(list(rows))
        return
    table = Table(header_style="bold")
    cells = [[_cell(row.get(column, "")) for column in columns] for row in rows]
    for place, column in enumerate(columns):
        is_number = bool(cells) and all(_is_number(row[place]) for row in cells)
        table.add_column(_title(column), overflow="fold", justify="right" if is_number else "left")
    for row in cells:
        table.add_row(*row)
    _console().print(table)


def print_fields(form: Format, fields: Mapping[str, Any]) -> None:
    """Print one thing: its fields below each other, without empty ones; or as a JSON object."""
    if form == "json":
        print_json(fields)
        return
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in fields.items():
        if value not in (None, "", [], {}):
            table.add_row(Text(_title(name)), _cell(value))
    _console().print(table)


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON value."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_json_line(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON value on one line, for streams."""
    click.echo(json.dumps(value, ensure_ascii=False))


def text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A value in a cell."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {text(part)}" for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return "\n".join(text(part) for part in value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def progress() -> Progress:
    """A progress bar on standard error; silent where that is no terminal."""
    return _bar(MofNCompleteColumn())


def byte_progress() -> Progress:
    """As `progress`, for bytes."""
    return _bar(DownloadColumn())


def note(message: str) -> None:
    """Say something to the person without disturbing what scripts read."""
    click.echo(message, err=True)


def _bar(done: ProgressColumn) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        done,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_NO_TERMINAL)


def _cell(value: Any) -> Text:  # noqa: ANN401 - any JSON value
    """A cell, without taking brackets in people's words for markup."""
    return value if isinstance(value, Text) else Text(text(value))


def _title(name: str) -> str:
    return name.replace("_", " ")


def _is_number(cell: Text) -> bool:
    return cell.plain.replace(",", "").removeprefix("-").isdigit()
