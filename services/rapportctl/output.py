"""What commands print: tables for people, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

Format = Literal["table", "json"]

format_option: Callable[..., Any] = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="A table for people, or JSON for scripts.",
)


def print_rows(form: Format, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], title: str = "") -> None:
    """Print rows as a table of the columns, or as a JSON array of whole rows."""
    if form == "json":
        print_json(list(rows))
        return
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(text(row.get(column, "")) for column in columns))
    Console(highlight=False).print(table)


def print_fields(form: Format, fields: Mapping[str, Any], title: str = "") -> None:
    """Print one thing: its fields below each other, or as a JSON object."""
    if form == "json":
        print_json(fields)
        return
    table = Table(title=title or None, title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in fields.items():
        if value not in (None, "", [], {}):
            table.add_row(name, text(value))
    Console(highlight=False).print(table)


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON value."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_json_line(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON value on one line, for streams."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A value in a cell."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {text(part)}" for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return "\n".join(text(part) for part in value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def progress() -> Progress:
    """A progress bar on standard error; silent where that is no terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not sys.stderr.isatty(),
    )


def note(message: str) -> None:
    """Say something to the person without disturbing what scripts read."""
    click.echo(message, err=True)
