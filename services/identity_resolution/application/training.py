"""Learns a model of matching from a file of records, without knowing who is who in it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import log2

from identity_resolution.domain.matching.blocking import keys
from identity_resolution.domain.matching.comparing import Comparer
from identity_resolution.domain.matching.counting import tables
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.estimating import MOST_ROUNDS, Estimate, Found, Observed, estimate, rounded
from identity_resolution.domain.matching.model import Model, Training, default_model, probability, version_of
from identity_resolution.domain.matching.patterns import Pattern, Patterns
from identity_resolution.domain.matching.reporting import TrainingReport, report
from identity_resolution.domain.matching.rules import MatchingRules, ordered
from identity_resolution.domain.matching.similarity import Similarity

MOST_RECORDS = 50_000
"""Of a longer file so many are learnt from, taken at random: more of them change no figure that counts."""
RANDOM_PAIRS = 100_000
SURE = 0.95
"""From this probability on two records are counted as one person, where people are counted."""

Progress = Callable[[str, int, int], None]
"""Is told what is done, how much of it, and of how much."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model and the report of its training."""

    model: Model
    report: TrainingReport


def train(
    records: Sequence[Details],
    rules: MatchingRules,
    similarity: Similarity,
    *,
    seed: int,
    progress: Progress = lambda what, done, of: None,
) -> TrainedModel:
    """Estimate a model from records. Equal arguments give equal models.

    Values are first counted by records and, once a first model tells who is one person, by people: somebody who stands
    in the file ten times does not make a name common. `progress` is told what is done, how much of it, and of how much.
    """
    chance = random.Random(seed)  # noqa: S311 - draws samples, guards nothing
    chosen = list(records) if len(records) <= MOST_RECORDS else chance.sample(list(records), MOST_RECORDS)
    school = _School(chosen, rules, similarity, chance, progress)
    one_each = -log2(max(len(chosen), 2))
    start = replace(default_model(rules), prior=one_each, household=one_each)
    first, _ = school.learn(start, None)
    second, observed = school.learn(first.model, school.people(first.model))
    training = Training(len(chosen), observed.found.total(), first.rounds + second.rounds, second.matches)
    model = replace(second.model, version=version_of(second.model), training=training)
    return TrainedModel(model, report(model, training, observed, rules, school.names))


class _School:
    """Learns from one list of records, as often as wanted."""

    def __init__(
        self,
        records: Sequence[Details],
        rules: MatchingRules,
        similarity: Similarity,
        chance: random.Random,
        progress: Progress,
    ) -> None:
        self._records = records
        self._rules = rules
        self._similarity = similarity
        self._progress = progress
        self.names = tuple(ordered(rules.fields))
        self._pairs = list(_pairs_by_keys(records, rules, progress))
        self._random: Counter[Pattern] = Counter()
        self._chance = chance

    def learn(self, start: Model, people: Sequence[Hashable] | None) -> tuple[Estimate, Observed]:
        """Estimate a model, from this one on, if the records are of these people."""
        frequencies = tables(self._rules, self._records, people)
        observed = self._observe(Patterns(self._rules, frequencies, self._similarity))
        estimated = estimate(
            observed,
            self._rules,
            self.names,
            guess=default_model(self._rules),
            start=replace(start, frequencies=frequencies),
            progress=lambda number: self._progress("expectation maximisation", number, MOST_ROUNDS),
        )
        return estimated, observed

    def people(self, model: Model) -> list[int]:
        """Return for each record the number of a record of the same person: those that are surely one, and theirs."""
        comparer = Comparer(self._rules, model, self._similarity)
        people = list(range(len(self._records)))

        def person(record: int) -> int:
            while people[record] != record:
                people[record] = people[people[record]]
                record = people[record]
            return record

        for one, other, _ in self._pairs:
            if probability(comparer.weights(self._records[one], self._records[other])[0]) >= SURE:
                people[person(other)] = person(one)
        return [person(record) for record in people]

    def _observe(self, patterns: Patterns) -> Observed:
        observed = Observed(len(self._records))
        observed.present = {name: sum(name in record for record in self._records) for name in self.names}
        for number, (one, other, found_by) in enumerate(self._pairs):
            pattern = patterns.of(self._records[one], self._records[other])
            observed.found[Found(rounded(pattern), found_by)] += 1
            if number % 1000 == 0:
                self._progress("comparing pairs with a key in common", number, len(self._pairs))
        observed.random = self._at_random(patterns)
        return observed

    def _at_random(self, patterns: Patterns) -> Counter[Pattern]:
        """Patterns of pairs at random; found once, as what the frequencies change in them is little."""
        if self._random:
            return self._random
        pairs = _pairs_at_random(len(self._records), self._chance)
        for number, (one, other) in enumerate(pairs):
            self._random[rounded(patterns.of(self._records[one], self._records[other]))] += 1
            if number % 1000 == 0:
                self._progress("comparing pairs at random", number, len(pairs))
        return self._random


def _pairs_by_keys(
    records: Sequence[Details], rules: MatchingRules, progress: Progress
) -> Iterator[tuple[int, int, int]]:
    """Yield the pairs of records that share a key, with bit n set for each rule n that found them."""
    numbers = {"+".join(parts): number for number, parts in enumerate(rules.blocking)}
    blocks: dict[str, list[int]] = {}
    for record, details in enumerate(records):
        found: Counter[int] = Counter()
        for key in keys(details, rules):
            block = blocks.setdefault(key, [])
            if len(block) < rules.candidates_per_key:
                bit = 1 << numbers[key.partition("=")[0]]
                for other in block:
                    found[other] |= bit
                block.append(record)
        for other, found_by in found.items():
            yield other, record, found_by
        if record % 1000 == 0:
            progress("looking for pairs with a key in common", record, len(records))


def _pairs_at_random(records: int, chance: random.Random) -> list[tuple[int, int]]:
    """Return pairs of different records; all pairs where these are few."""
    if records * (records - 1) // 2 <= RANDOM_PAIRS:
        return list(combinations(range(records), 2))
    drawn = ((chance.randrange(records), chance.randrange(records)) for _ in range(RANDOM_PAIRS))
    return [pair for pair in drawn if pair[0] != pair[1]]
