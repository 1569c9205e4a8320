"""What a model says of a file's pairs: their weights, and a few of them in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from identity_resolution.application.observing import Blocks
from identity_resolution.domain.matching.blocking import keys
from identity_resolution.domain.matching.comparing import Comparer, Comparison
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.rules import MatchingRules

MOST_RECORDS = 20_000
"""Of a longer file the first so many are scored; they show the same shapes."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Weights of the pairs that share a blocking key, in bits, and what is typical of some of them."""

    weights: list[float]
    examples: list[tuple[str, Comparison]]


def score(records: Sequence[Details], rules: MatchingRules, comparer: Comparer, blocks: Blocks) -> Scores:
    """Score the pairs of a file, and pick examples: surely one person, hardly linked, to be asked about, hardly not."""
    weights: list[float] = []
    pairs: list[tuple[int, int]] = []
    for one, other in _pairs(records[:MOST_RECORDS], rules, blocks):
        weights.append(comparer.weights(records[one], records[other])[0])
        pairs.append((one, other))
    order = sorted(range(len(weights)), key=weights.__getitem__)
    link, suggest = rules.thresholds.link, rules.thresholds.suggest
    linked = [place for place in order if weights[place] >= link]
    asked = [place for place in order if suggest <= weights[place] < link]
    left = [place for place in order if weights[place] < suggest]
    picked = [
        ("A pair that links, of middling weight", linked[len(linked) // 2 :]),
        ("The weakest pair that links", linked),
        ("A pair that a person is asked about", asked[len(asked) // 2 :]),
        ("The strongest pair that nobody is asked about", left[-1:]),
    ]
    examples = [
        (title, comparer.compare(*(records[record] for record in pairs[places[0]])))
        for title, places in picked
        if places
    ]
    return Scores(weights, examples)


def _pairs(records: Sequence[Details], rules: MatchingRules, blocks: Blocks) -> Iterator[tuple[int, int]]:
    """Yield each pair that shares a key once, as a stream would find it."""
    for record, details in enumerate(records):
        account = str(record)
        own = keys(details, rules)
        found = blocks.add(dict.fromkeys(own, (account,)))
        yield from ((int(other), record) for other in {other for key in own for other in found[key].seen_by(account)})
