"""Who engages with whom, and groups that mostly engage with each other or with the same few.

A ring: accounts of which each reaches each over edges of `ring_exchanges` or more (a strongly connected component),
that engage with content of others `ring_given` times or more, and most of it (`ring_inside_percent`) inside the group.
Friends do engage with each other; what they lack is the volume together with the turning inwards.

A farm: `farm_accounts` or more that engage repeatedly with the same `farm_authors` or more, most of theirs in
common (a dense biclique). Fans of the same stars share some of them, not all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from advocacy_scoring.domain.decay import day_of
from advocacy_scoring.domain.findings import Suspicion
from advocacy_scoring.domain.gaming.graph import Edges, components, restricted
from advocacy_scoring.domain.gaming.suspects import Suspects
from advocacy_scoring.domain.persona import Trace
from advocacy_scoring.domain.rules import GamingRules

_ALIKE_PERCENT = 60
_REPEATED = 2
_MOST_FANS = 2000
"""Accounts compared with each other in one search for farms; more come first by how much they engage."""


@dataclass(slots=True)
class Exchanges:
    """Engagements with content whose author is known: counts by engager and author, and the traces of each pair."""

    edges: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    traces: dict[tuple[str, str], list[Trace]] = field(default_factory=lambda: defaultdict(list))


def exchanges(traces: Sequence[Trace]) -> Exchanges:
    """Match engagements with the authors of what they engage with; nobody engages with their own."""
    authors = {trace.post: trace.account for trace in traces if trace.post}
    found = Exchanges()
    for trace in traces:
        author = authors.get(trace.target) if trace.target else None
        if author is not None and author != trace.account:
            found.edges[trace.account][author] += 1
            found.traces[trace.account, author].append(trace)
    return found


def suspect_rings(rules: GamingRules, found: Exchanges, suspects: Suspects) -> None:
    """Add what members of rings did for each other."""
    for ring in rings(rules, found.edges):
        for account in sorted(ring):
            inside = [
                trace for author in ring if author != account for trace in found.traces.get((account, author), ())
            ]
            _suspect(suspects, Suspicion.RING, account, inside, sorted(ring - {account}))


def rings(rules: GamingRules, edges: Edges) -> Iterator[frozenset[str]]:
    """The rings among the accounts, each the largest set that holds the definition.

    Who does not meet it leaves, which may take the group apart, so what is left is searched again.
    """
    waiting: list[frozenset[str]] = [frozenset(edges)]
    while waiting:
        for group in components(restricted(edges, waiting.pop(), rules.ring_exchanges)):
            kept = frozenset(account for account in group if _turns_inwards(rules, edges, account, group))
            if kept == group:
                if 3 <= len(group) <= rules.ring_largest:
                    yield group
            elif len(kept) > 1:
                waiting.append(kept)


def suspect_farms(rules: GamingRules, found: Exchanges, suspects: Suspects) -> None:
    """Add what the accounts of farms did for the authors that they have in common."""
    for accounts, authors in farms(rules, found.edges):
        for account in accounts:
            done = [trace for author in sorted(authors) for trace in found.traces.get((account, author), ())]
            _suspect(suspects, Suspicion.FARM, account, done, [each for each in accounts if each != account])


def farms(rules: GamingRules, edges: Edges) -> Iterator[tuple[list[str], frozenset[str]]]:
    """Groups of accounts with nearly the same authors, and the authors that most of a group have."""
    sets: dict[str, frozenset[str]] = {}
    for account, counts in edges.items():
        repeated = frozenset(author for author, count in counts.items() if count >= _REPEATED)
        if len(repeated) >= rules.farm_authors and 2 * sum(counts[each] for each in repeated) > sum(counts.values()):
            sets[account] = repeated
    ranked = sorted(sets, key=lambda account: (-len(sets[account]), account))[:_MOST_FANS]
    taken: set[str] = set()
    for account in ranked:
        if account in taken:
            continue
        group = [other for other in ranked if other not in taken and _alike(sets[account], sets[other])]
        if len(group) >= rules.farm_accounts:
            taken.update(group)
            common = Counter(author for member in group for author in sets[member])
            yield sorted(group), frozenset(a for a, number in common.items() if 2 * number > len(group))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return 100 * len(one & other) >= _ALIKE_PERCENT * len(one | other)


def _turns_inwards(rules: GamingRules, edges: Edges, account: str, group: frozenset[str]) -> bool:
    given = edges.get(account, {})
    total = sum(given.values())
    inside = sum(count for target, count in given.items() if target in group)
    return total >= rules.ring_given and 100 * inside >= rules.ring_inside_percent * total


def _suspect(
    suspects: Suspects, suspicion: Suspicion, account: str, traces: Iterable[Trace], others: Sequence[str]
) -> None:
    done = list(traces)
    for trace in done:
        suspects.mark(suspicion, account, trace.signature, day_of(trace.at_ms))
    suspects.explain(suspicion, account, done, others)
