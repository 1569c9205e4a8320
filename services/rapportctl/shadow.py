"""Scores by other rules beside those in force, over all customers: how they are spread, and who would move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rapport.advocacy.v1.advocacy_pb2 import CompareRulesResponse, Comparison, Standing
from rapport.advocacy.v1.rules_pb2 import CompareRulesRequest
from rapportctl.calls import ADVOCACY, Calls

BIN = 50
"""Points in one bar of a distribution."""
DEADLINE_SECONDS = 60.0
PAGE = 500


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer whose score changes, and the parts of it that change most, in milli-points."""

    customer: str
    current: int
    proposed: int
    because: tuple[tuple[str, int], ...]

    @property
    def change(self) -> int:
        """By how many points."""
        return self.proposed - self.current


@dataclass(slots=True)
class Shadow:
    """Two rule sets side by side. `standings` counts customers by standing now and then; `pairs` are their scores."""

    current_version: str = ""
    proposed_version: str = ""
    pairs: list[tuple[int, int]] = field(default_factory=list)
    standings: Counter[tuple[str, str]] = field(default_factory=Counter)
    movers: list[Mover] = field(default_factory=list)

    def take(self, comparison: Comparison) -> None:
        """Count a customer."""
        now, then = comparison.current_score, comparison.proposed_score
        self.pairs.append((now, then))
        self.standings[_word(comparison.current_standing), _word(comparison.proposed_standing)] += 1
        if now != then:
            because = tuple((each.part, each.proposed_milli - each.current_milli) for each in comparison.differences)
            self.movers.append(Mover(comparison.customer_id, now, then, because))

    def biggest(self, most: int) -> list[Mover]:
        """The customers whose scores change most, either way."""
        return sorted(self.movers, key=lambda each: (-abs(each.change), each.customer))[:most]

    def distribution(self) -> list[tuple[int, int, int]]:
        """(first score of a bar, customers now, customers then), from 0 to 1,000."""
        now, then = (Counter(pair[side] // BIN for pair in self.pairs) for side in (0, 1))
        return [(place * BIN, now[place], then[place]) for place in range(1000 // BIN + 1)]

    def rank_correlation(self) -> float | None:
        """Spearman's, with shared ranks for equal scores; None where one side does not vary."""
        return spearman([now for now, _ in self.pairs], [then for _, then in self.pairs])


def shadow(calls: Calls, yaml: str, progress: Callable[[int], None] = lambda _: None) -> Shadow:
    """Compare the rules with those in force, over all customers; `progress` is told how many are done."""
    found = Shadow()
    for page in _pages(calls, yaml):
        found.current_version, found.proposed_version = page.current_version, page.proposed_version
        for comparison in page.comparisons:
            found.take(comparison)
        progress(len(found.pairs))
    return found


def spearman(one: Sequence[int], other: Sequence[int]) -> float | None:
    """The correlation of ranks, from -1 to 1; equal values share the mean of their ranks."""
    left, right = _ranks(one), _ranks(other)
    mean = (len(one) + 1) / 2
    spread = [sum((rank - mean) ** 2 for rank in side) for side in (left, right)]
    if not all(spread):
        return None
    together = sum((a - mean) * (b - mean) for a, b in zip(left, right, strict=True))
    return float(together / (spread[0] * spread[1]) ** 0.5)


def _ranks(values: Sequence[int]) -> list[float]:
    counts = Counter(values)
    below = 0
    rank: dict[int, float] = {}
    for value in sorted(counts):
        rank[value] = below + (counts[value] + 1) / 2
        below += counts[value]
    return [rank[value] for value in values]


def _pages(calls: Calls, yaml: str) -> Iterator[CompareRulesResponse]:
    request = CompareRulesRequest(yaml=yaml, page_size=PAGE)
    while True:
        page = calls.call(ADVOCACY, "CompareRules", request, CompareRulesResponse, DEADLINE_SECONDS)
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def _word(standing: Standing.ValueType) -> str:
    return Standing.Name(standing).removeprefix("STANDING_").lower()
