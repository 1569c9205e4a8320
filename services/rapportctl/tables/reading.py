"""Reads a table: a CSV file, plain or gzipped, whose encoding and separator are found out where nobody names them."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple, cast

from rapportctl.errors import RapportctlError

SEPARATORS = (",", ";", "\t", "|")
LONGEST_FIELD = 1 << 20
_CHUNK = 1 << 20
_QUOTED = re.compile(r'"[^"]*"')
_BAD_FILE = (EOFError, gzip.BadGzipFile, zlib.error)


class Row(NamedTuple):
    """A row, and the number of the line on which it ends in the file."""

    line: int
    values: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read as a table, any number of times. `fallback` says why it is not read as UTF-8, if so."""

    path: Path
    encoding: str
    separator: str
    header: tuple[str, ...]
    fallback: str = ""

    def rows(self, on_bad: Callable[[int, str], None], on_bytes: Callable[[int], None] | None = None) -> Iterator[Row]:
        """Yield the rows with as many values as there are columns; `on_bad` is told of the others, with their line.

        Empty lines are passed over. `on_bytes` hears how much of the file has been read. Raises `RapportctlError` for a
        file that is damaged.
        """
        with _opened(self.path, on_bytes) as raw:
            text = io.TextIOWrapper(raw, encoding=self.encoding, errors="replace", newline="")
            reader = _reader(text, self.separator)
            try:
                next(reader)
                for values in reader:
                    if len(values) == len(self.header):
                        yield Row(reader.line_num, values)
                    elif values:
                        on_bad(reader.line_num, f"{len(values)} values, where the first line names {len(self.header)}")
            except csv.Error as error:
                raise RapportctlError(f"{self.path.name}, line {reader.line_num}: no CSV: {error}") from None
            except _BAD_FILE as error:
                place = f"after line {reader.line_num}"
                raise RapportctlError(f"{self.path.name} is damaged {place}: {error}") from None


def open_table(path: Path, encoding: str = "", separator: str = "") -> Table:
    """Find out how the file is written. Raises `RapportctlError` where it is no table.

    Without an encoding: what a byte order mark says, else UTF-8, and where it is no UTF-8, Windows' cp1252.
    """
    fallback = ""
    try:
        if not encoding:
            encoding, fallback = _encoding(path)
        elif not _is_encoding(encoding):
            raise RapportctlError(f"there is no encoding {encoding!r}; utf-8, cp1252 and utf-16 are some that exist")
        with _opened(path) as raw:
            line = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="").readline()
        separator = separator or max(SEPARATORS, key=_QUOTED.sub("", line).count)
        header = _header(path, encoding, separator)
    except _BAD_FILE as error:
        raise RapportctlError(f"{path.name} is damaged: {error}") from None
    except OSError as error:
        raise RapportctlError(f"{path.name} cannot be read: {error.strerror}") from None
    return Table(path, encoding, separator, header, fallback)


def _header(path: Path, encoding: str, separator: str) -> tuple[str, ...]:
    with _opened(path) as raw:
        reader = _reader(io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline=""), separator)
        try:
            header = tuple(name.strip() for name in next(reader, []))
        except csv.Error as error:
            raise RapportctlError(f"{path.name}, line 1: no CSV: {error}") from None
    if not any(header):
        raise RapportctlError(f"{path.name} is empty: its first line must name the columns")
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise RapportctlError(f"{path.name}, line 1: the column {twice[0]!r} occurs twice")
    return header


def _encoding(path: Path) -> tuple[str, str]:
    with _opened(path) as raw:
        start = raw.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _opened(path) as raw:
        try:
            while chunk := raw.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", f"{path.name} is no UTF-8: it is read as cp1252 (Windows); `file: encoding:` names another"
    return "utf-8-sig", ""


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def _reader(lines: IO[str], separator: str) -> csv._reader:  # type: ignore[name-defined]
    csv.field_size_limit(LONGEST_FIELD)
    return csv.reader(lines, delimiter=separator)


def _opened(path: Path, on_bytes: Callable[[int], None] | None = None) -> IO[bytes]:
    raw: IO[bytes] = (
        cast(IO[bytes], io.BufferedReader(_Counted(path, on_bytes), _CHUNK)) if on_bytes else path.open("rb")
    )
    # gzip's type of file is narrower than its use: it only reads.
    return cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw


class _Counted(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, on_bytes: Callable[[int], None]) -> None:
        super().__init__(path, "rb")
        self._on_bytes = on_bytes

    def readinto(self, buffer: bytearray, /) -> int | None:  # type: ignore[override]
        count = super().readinto(buffer)
        self._on_bytes(count or 0)
        return count
