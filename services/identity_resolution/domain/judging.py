"""Which pairs of accounts the log is told of: those that are alike, that contradict each other, or that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from identity_resolution.domain.evidence import Pair
from identity_resolution.domain.known import Known
from identity_resolution.domain.matching.comparing import Comparer
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.rules import MatchingRules
from identity_resolution.domain.policy import type_of

MOST_CONTRADICTIONS = 5
"""Told at once of accounts that share no identifier: the likest, as only these might be tied for other reasons."""
DECIMALS = 3
NEVER = float("-inf")


class Met(NamedTuple):
    """Another account to compare with. Its personal details must weigh at least `enough` if nothing is to be told."""

    other: str
    known: Known
    enough: float = NEVER


class Judge:
    """Compares accounts, and judges what the log must know of it.

    `trust` is that of the rules, in bits by type of identifier; `model` is the version of the model that compares.
    """

    def __init__(self, rules: MatchingRules, comparer: Comparer, model: str, trust: Mapping[str, float]) -> None:
        self._bounds = rules.thresholds
        self._comparer = comparer
        self._model = model
        self._enough = {type_: rules.thresholds.hold - bits for type_, bits in trust.items()}

    def enough(self, identifier: str) -> float:
        """What personal details must weigh, in bits, for a tie by this identifier to hold; it is given by its key."""
        return self._enough.get(type_of(identifier), NEVER)

    def pairs(self, account: str, mine: Known, met: Iterable[Met], told: Mapping[str, float]) -> list[Pair]:
        """The pairs to tell of. `told` has by other account what evidence of this account told last.

        A pair that was told, by either account, is told again if it has changed, whatever it weighs now. Of those that
        only contradict each other the log is not told field by field: they are many, and what is asked for is compared
        again.
        """
        bounds = self._bounds
        pairs: list[tuple[Pair, Known]] = []
        contradictions: list[tuple[Pair, Known]] = []
        for other, theirs, enough in met:
            weight, personal = self._comparer.weights(mine.details, theirs.details)
            was_told = other in mine.told or account in theirs.told or other in told
            if weight >= bounds.suggest or personal < enough or was_told:
                pairs.append((self._pair(other, mine.details, theirs.details), theirs))
            elif personal <= bounds.contradict:
                contradictions.append((Pair(other, _rounded(weight), _rounded(personal), (), self._model), theirs))
        contradictions.sort(key=lambda each: -each[0].weight)
        return [
            pair
            for pair, theirs in (*pairs, *contradictions[:MOST_CONTRADICTIONS])
            # What evidence of this account told last still stands, unless others have told something since.
            if not told.get(pair.other) == mine.told.get(pair.other) == theirs.told.get(account) == pair.weight
        ]

    def _pair(self, other: str, mine: Details, theirs: Details) -> Pair:
        found = self._comparer.compare(mine, theirs)
        fields = tuple((each.field, each.level, _rounded(each.weight)) for each in found.levels)
        return Pair(other, _rounded(found.weight), _rounded(found.personal), fields, self._model)


def _rounded(bits: float) -> float:
    return round(bits, DECIMALS)
