"""How files are written is found out, and what is no table is said with its line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from rapportctl.errors import RapportctlError
from rapportctl.tables.reading import open_table
from tests.unit.rapportctl.identity_files.tables import written


def values(path: Path) -> list[list[str]]:
    """The rows of a table without bad ones."""
    bad: list[int] = []
    rows = [row.values for row in open_table(path).rows(lambda line, reason: bad.append(line))]
    assert not bad
    return rows


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_gives_most_columns(tmp_path: Path, separator: str) -> None:
    path = written(
        tmp_path, separator.join(["id", "name", "city"]) + "\n" + separator.join(["1", "Ann", "Bath"]) + "\n"
    )
    assert open_table(path).header == ("id", "name", "city")
    assert values(path) == [["1", "Ann", "Bath"]]


def test_a_separator_within_quotes_is_none(tmp_path: Path) -> None:
    path = written(tmp_path, 'id;"name, title, rank"\n1;"Ann; the first"\n')
    assert open_table(path).separator == ";"
    assert values(path) == [["1", "Ann; the first"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_recognised_with_or_without_a_mark(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "id,name\n1,Жанна\n2,田中\n", encoding=encoding)
    assert open_table(path).header == ("id", "name")
    assert values(path) == [["1", "Жанна"], ["2", "田中"]]
    assert not open_table(path).fallback


def test_what_is_no_utf8_is_read_as_windows_has_it_and_that_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "id,name\n1,Müller\n", encoding="cp1252")
    assert values(path) == [["1", "Müller"]]
    assert "cp1252" in open_table(path).fallback


def test_a_gzipped_file_is_read_like_a_plain_one(tmp_path: Path) -> None:
    path = tmp_path / "people.csv.gz"
    path.write_bytes(gzip.compress(b"id,name\n1,Ann\n"))
    assert values(path) == [["1", "Ann"]]


def test_ragged_rows_are_told_with_their_line_and_the_others_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, 'id,name\n1,Ann\n2\n\n3,"Bo\nb"\n4,Cy,extra\n')
    bad: list[tuple[int, str]] = []
    rows = open_table(path).rows(lambda line, reason: bad.append((line, reason)))
    assert [row.values[0] for row in rows] == ["1", "3"]
    assert bad == [
        (3, "1 values, where the first line names 2"),
        (7, "3 values, where the first line names 2"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "people.csv is empty: its first line must name the columns"),
        (b"\n\n", "is empty"),
        (b"id,name,id\n", "line 1: the column 'id' occurs twice"),
    ],
)
def test_a_file_without_a_usable_first_line_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(RapportctlError, match=said):
        open_table(path)


def test_a_damaged_archive_is_told_and_not_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "people.csv.gz"
    path.write_bytes(gzip.compress(b"id,name\n" + b"1,Ann\n" * 10_000)[:-20])
    with pytest.raises(RapportctlError, match="damaged"):
        open_table(path)


def test_an_encoding_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RapportctlError, match="there is no encoding 'utf-9'"):
        open_table(written(tmp_path, "id\n1\n"), encoding="utf-9")


def test_a_field_that_never_ends_is_told_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, 'id,name\n1,"' + "x" * 2_000_000 + '"\n')
    with pytest.raises(RapportctlError, match="line 2: no CSV: field larger than field limit"):
        list(open_table(path).rows(lambda line, reason: None))
