"""What the converters share: reading a CSV file under a bar, where interactions go, and an account of it all."""

from __future__ import annotations

import csv
import gzip
import logging
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import click
from rich.progress import Progress

from chassis.settings import SettingsError
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.output import byte_progress, note
from rapportctl.publishing import to_line

SHOWN_MISTAKES = 10

HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
"""How the converters' --help is laid out."""

file_argument: Callable[..., Any] = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
out_option: Callable[..., Any] = click.option(
    "--out",
    metavar="FILE.jsonl",
    help="Write JSON lines for `rapportctl publish` instead of sending; - is standard output.",
)


class ConversionError(Exception):
    """The file is not what the converter expects; the message says where, and what would be right."""


class Row(NamedTuple):
    """The wanted columns of one row, and the number of the line on which it ends in the file."""

    line: int
    values: tuple[str, ...]


class CsvFile:
    """A CSV file in UTF-8, plain or gzipped, of which some columns are wanted; it can be read more than once.

    Bytes that are no UTF-8 become U+FFFD: copies of these data sets differ in the encoding of a few descriptions.
    """

    def __init__(self, path: Path, columns: Sequence[str], progress: Progress | None = None) -> None:
        self._path = path
        self._columns = columns
        self._progress = progress or Progress(disable=True)

    def rows(self, doing: str = "reading") -> Iterator[Row]:
        """Yield the rows under a bar named `doing`; a row that is too short has empty values.

        Raises `ConversionError` for a file without the columns, and for one that is damaged.
        """
        task = self._progress.add_task(doing, total=self._path.stat().st_size)
        with self._progress.open(self._path, "rb", task_id=task) as raw:
            yield from self._read(raw)
        self._progress.update(task, completed=self._path.stat().st_size)

    def _read(self, raw: IO[bytes]) -> Iterator[Row]:
        # gzip's type of file is narrower than its use: it only reads.
        unpacked = gzip.GzipFile(fileobj=raw) if self._path.suffix == ".gz" else raw
        lines = (line.decode("utf-8", "replace") for line in cast(Iterator[bytes], unpacked))
        reader = csv.reader(lines)
        try:
            header = [name.strip().removeprefix("\ufeff") for name in next(reader, [])]
            wanted = itemgetter(*self._places(header))
            for values in reader:
                if len(values) < len(header):
                    values.extend([""] * (len(header) - len(values)))
                yield Row(reader.line_num, wanted(values))
        except csv.Error as error:
            raise ConversionError(f"{self._path.name}, line {reader.line_num}: no CSV: {error}") from None
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ConversionError(f"{self._path.name} is damaged after line {reader.line_num}: {error}") from None

    def _places(self, header: Sequence[str]) -> list[int]:
        missing = [name for name in self._columns if name not in header]
        if missing:
            raise ConversionError(
                f"{self._path.name} has no column {', '.join(missing)} in its first line; wanted are "
                f"{', '.join(self._columns)}"
            )
        return [header.index(name) for name in self._columns]


@dataclass(slots=True)
class Report:
    """What came of a file: what was made, amounts by what they are (in minor units), and what was left out and why."""

    made: Counter[str] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    mistakes: list[tuple[int, str]] = field(default_factory=list)

    def leave_out(self, what: str, number: int) -> None:
        """Count what was left out; no number, or less, is nothing."""
        if number > 0:
            self.left_out[what] += number

    def mistake(self, line: int, what: str) -> None:
        """Count a row that cannot be read; the first few are told, without their values."""
        self.unreadable += 1
        if len(self.mistakes) < SHOWN_MISTAKES:
            self.mistakes.append((line, what))

    def lines(self) -> list[str]:
        """Say it, to be read in columns."""
        said = [(what, f"{number:,}") for what, number in self.made.items()]
        said += [(what, f"{amount // 100:,}.{amount % 100:02d}") for what, amount in self.amounts.items()]
        said += [(f"left out: {what}", f"{number:,}") for what, number in self.left_out.items()]
        if self.unreadable:
            said.append(("left out: rows that cannot be read", f"{self.unreadable:,}"))
        if not said:
            return ["there is nothing in it"]
        widths = [max(map(len, column)) for column in zip(*said, strict=True)]
        told = [f"{what:<{widths[0]}}  {figure:>{widths[1]}}" for what, figure in said]
        return told + [f"line {line}: {what}" for line, what in self.mistakes]


Convert = Callable[[CsvFile, Report], Iterator[Interaction]]
"""Makes interactions of a file, and an account of it."""


def run(convert: Convert, path: Path, columns: Sequence[str], out: str | None, source: str) -> None:
    """Convert a file, send or write what comes out, and print the account of it on standard error.

    `source` is who sends, as a CloudEvents source. Raises `click.ClickException` (exit status 1), with a sentence on
    what went wrong; also where all was dealt with but rows that could not be read.
    """
    for client in ("kafka", "aiokafka", "chassis"):
        logging.getLogger(client).setLevel(logging.CRITICAL + 1)  # what goes wrong is told in a sentence
    report = Report()
    try:
        with byte_progress() as progress, _destination(out, source) as send:
            for interaction in convert(CsvFile(path, columns, progress), report):
                send(interaction)
    except (ConversionError, RapportctlError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
    for line in report.lines():
        note(line)
    if report.unreadable:
        raise click.ClickException(f"{report.unreadable:,} rows could not be read; the rest was dealt with")


@contextmanager
def _destination(out: str | None, source: str) -> Iterator[Callable[[Interaction], None]]:
    if out is None:
        with Deployment().interaction_sender(source) as sender:
            yield sender.send
    elif out == "-":
        yield lambda interaction: click.echo(to_line(interaction))
    else:
        # Written beside and renamed at the end: a conversion that fails leaves no half file under the name.
        path, unfinished = Path(out), Path(out + ".part")
        with unfinished.open("w", encoding="utf-8") as lines:
            yield lambda interaction: print(to_line(interaction), file=lines)
        unfinished.replace(path)
