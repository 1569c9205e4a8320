"""Precision, recall and F1 over pairs of records: the usual measure of a linkage against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Counts of pairs: found by the linker, true, and both; and how many clusters there are of each."""

    found: int
    true: int
    both: int
    clusters: int
    true_clusters: int

    @property
    def precision(self) -> float:
        """Share of the pairs found that are true; 1 where none was found."""
        return self.both / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were found; 1 where there are none."""
        return self.both / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where both are."""
        total = self.found + self.true
        return 2 * self.both / total if total else 1.0


def compare(found: Mapping[str, Hashable], truth: Mapping[str, Hashable]) -> Pairwise:
    """Compare two clusterings, each a cluster per record, over the records of the truth.

    Of a cluster of n records n(n-1)/2 pairs count, so nothing grows with the square of the file.
    """
    missing = truth.keys() - found.keys()
    if missing:
        raise ValueError(f"{len(missing)} records have no cluster, for example {min(missing)}")
    ours = Counter(found[record] for record in truth)
    theirs = Counter(truth.values())
    shared = Counter((found[record], cluster) for record, cluster in truth.items())
    return Pairwise(_pairs(ours.values()), _pairs(theirs.values()), _pairs(shared.values()), len(ours), len(theirs))


def compare_links(links: Iterable[tuple[str, str]], truth: Mapping[str, Hashable]) -> Pairwise:
    """Compare links as they stand, without drawing conclusions from two that meet in one record."""
    found = both = 0
    for one, other in {(min(pair), max(pair)) for pair in links}:
        found += 1
        both += truth[one] == truth[other]
    theirs = Counter(truth.values())
    return Pairwise(found, _pairs(theirs.values()), both, 0, len(theirs))


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
