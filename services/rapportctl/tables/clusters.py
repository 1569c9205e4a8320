"""What linking a table came to: the cluster of each record, as a file and as figures."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapportctl.tables.pairwise import compare

DIGITS = 5


@dataclass(frozen=True, slots=True)
class Clusters:
    """By the id of each record, in the order of the table: its cluster, and who it is where the table says so.

    `bad` are rows that could not be used, by line and reason; `refusals` counts links that a rule forbade, by its name.
    """

    cluster_of: Mapping[str, str]
    truth: Mapping[str, str]
    bad: list[tuple[int, str]]
    suggestions: int
    refusals: Mapping[str, int]
    seconds: float

    def write(self, path: Path) -> None:
        """Write them as CSV: beside and renamed at the end, for what fails must leave no half file under the name."""
        unfinished = path.with_name(path.name + ".part")
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["record_id", "cluster_id"])
            writer.writerows(self.cluster_of.items())
        unfinished.replace(path)

    def summary(self) -> dict[str, Any]:
        """How many there are of what, and how fast they were found."""
        records = len(self.cluster_of)
        return {
            "records": records,
            "clusters": len(set(self.cluster_of.values())),
            "suggestions": self.suggestions,
            "refusals": dict(self.refusals),
            "seconds": round(self.seconds, 2),
            "records_per_second": round(records / self.seconds) if self.seconds else records,
        }

    def measured(self) -> dict[str, Any]:
        """Precision, recall and F1 over the pairs of records of which the truth is known; empty where none is."""
        if not self.truth:
            return {}
        measured = compare(self.cluster_of, self.truth)
        return {
            "records_with_truth": len(self.truth),
            "precision": round(measured.precision, DIGITS),
            "recall": round(measured.recall, DIGITS),
            "f1": round(measured.f1, DIGITS),
            "true_clusters": measured.true_clusters,
        }
