"""Mapping files: which column of a table is which detail, which is an identifier, and which names the record."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chassis.rules import Problem, RulesError, load_rules
from rapportctl.errors import RapportctlError

SCHEMA = Path(__file__).parent / "mapping.schema.json"
CHANNEL = "file"
MISSING = ("", "null", "nan", "none", "n/a", "\\n")

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: columns, joined with a blank, or else a value that is the same in all rows.

    `format` is how a date is written, as in strptime.
    """

    columns: str | tuple[str, ...] = ()
    value: str = ""
    format: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return (self.columns,) if isinstance(self.columns, str) else self.columns


Columns = str | tuple[str, ...]
Written = str | tuple[str, ...] | Source
"""A source as a file writes it: a column, several columns, or all that can be said."""


@dataclass(frozen=True, slots=True)
class AccountColumns:
    """What a row's account is made of. By default the channel is `file`, and the id that of the record."""

    channel: Written = field(default_factory=lambda: Source(value=CHANNEL))
    id: Written | None = None


@dataclass(frozen=True, slots=True)
class FileForm:
    """How the file is written; what is empty is found out."""

    separator: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """All that a mapping file says. `id` names the column of the record's id; without one its number stands for it.

    `missing` are texts that stand for no value, compared in lower case without blanks around them. Telephone numbers
    without a country code are read as numbers of `phone_region`.
    """

    version: int = 1
    id: str = ""
    account: AccountColumns = field(default_factory=AccountColumns)
    truth: str = ""
    time: Written | None = None
    details: Mapping[str, Written] = field(default_factory=dict)
    attributes: Mapping[str, Written] = field(default_factory=dict)
    identifiers: Mapping[str, Columns] = field(default_factory=dict)
    phone_region: str = ""
    missing: tuple[str, ...] = MISSING
    file: FileForm = field(default_factory=FileForm)

    def columns(self) -> Iterator[tuple[Path_, str]]:
        """Each column that is named, and the path to where."""
        for key, name in (("id", self.id), ("truth", self.truth)):
            if name:
                yield (key,), name
        account: list[tuple[Path_, Written | None]] = [
            (("account", "channel"), self.account.channel),
            (("account", "id"), self.account.id),
            (("time",), self.time),
        ]
        groups = (("details", self.details), ("attributes", self.attributes), ("identifiers", self.identifiers))
        named = [((group, name), written) for group, sources in groups for name, written in sources.items()]
        for path, written in [*account, *named]:
            if written is not None:
                yield from _named(path, written)


def source(written: Written) -> Source:
    """What a source says, however it is written."""
    return written if isinstance(written, Source) else Source(written)


@dataclass(frozen=True, slots=True)
class Declared:
    """What the identity rules declare: types of identifiers, and fields that are compared."""

    types: Sequence[str]
    fields: Sequence[str]


def read_mapping(path: Path, header: Sequence[str], declared: Declared | None = None, truth: str = "") -> TableMapping:
    """Read a mapping file for a table with these columns, and for these rules, where they are known.

    `truth` names the column of the truth instead of the file's own. Raises `RapportctlError` with all mistakes, each
    with line and column.
    """

    def check(mapping: TableMapping) -> Iterator[Problem]:
        for place, name in mapping.columns():
            if name not in header:
                yield Problem(place, _no_column(name, header))
        if declared is not None:
            yield from _undeclared("identifiers", mapping.identifiers, "have no type", declared.types)
            yield from _undeclared("attributes", mapping.attributes, "compare no field", declared.fields)
        if not (mapping.details or mapping.attributes or mapping.identifiers):
            yield Problem((), "no column is mapped: details, attributes or identifiers are needed to link anything")

    return with_truth(_load(path, check), header, truth)


def read_form(path: Path) -> FileForm:
    """What a mapping file says of how the table's file is written. Raises as `read_mapping`."""
    return _load(path).file


def with_truth(mapping: TableMapping, header: Sequence[str], truth: str) -> TableMapping:
    """The mapping with another column of the truth, if one is named. Raises `RapportctlError` where it is missing."""
    if not truth:
        return mapping
    if truth not in header:
        raise RapportctlError(f"--truth: {_no_column(truth, header)}")
    return replace(mapping, truth=truth)


def _load(path: Path, check: Callable[[TableMapping], Iterable[Problem]] | None = None) -> TableMapping:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    try:
        return load_rules(path, schema, TableMapping, check).value
    except RulesError as error:
        raise RapportctlError("the mapping cannot be used:\n  " + "\n  ".join(error.problems)) from None


def _named(path: Path_, written: Written) -> Iterator[tuple[Path_, str]]:
    if isinstance(written, str):
        yield path, written
    elif isinstance(written, Source):
        yield from (((*path, "columns"), name) for name in written.names)
    else:
        yield from (((*path, place), name) for place, name in enumerate(written))


def _no_column(name: str, header: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, header, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"the table has no column {name!r}{hint or '.'} Its columns are {', '.join(header)}"


def _undeclared(group: str, names: Iterable[str], lack: str, known: Sequence[str]) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            yield Problem(
                (group, name), f"the identity rules {lack} {name!r}{hint or '.'} There are {', '.join(known)}"
            )
