"""Tables for tests, written where a test wants them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rapportctl.tables.guessing import guess_mapping
from rapportctl.tables.mapping import TableMapping, read_mapping
from rapportctl.tables.reading import open_table
from rapportctl.tables.rows import Record, Rows

MAPPING = """
version: 1
id: id
truth: person
details:
  given_name: given_name
  family_name: family_name
  date_of_birth: date_of_birth
  email: email
  phone: phone
  street: street
  postal_code: postal_code
  city: city
"""
"""For the list of `tests.quality.crowd`."""

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def written(folder: Path, text: str, name: str = "people.csv", encoding: str = "utf-8") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def mapped(folder: Path, text: str) -> Path:
    """A mapping file with this text."""
    return written(folder, text, "mapping.yaml")


def rows_of(path: Path, mapping: Path | None = None) -> Rows:
    """The table under the mapping, or under a guessed one."""
    table = open_table(path)
    found: TableMapping
    found = read_mapping(mapping, table.header) if mapping else guess_mapping(table.header, path.name)[0]
    return Rows(table, found, NOW)


def records_of(path: Path, mapping: Path | None = None) -> list[Record]:
    """All its records."""
    return list(rows_of(path, mapping).records())
