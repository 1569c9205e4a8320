"""How common values are among people: what makes agreeing on a rare one tell more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.kinds import KINDS
from identity_resolution.domain.matching.model import Frequencies
from identity_resolution.domain.matching.rules import MatchingRules

MOST_VALUES = 2_000
"""Values of one field in a model; the others have the mean of the rest."""
LEAST_PEOPLE = 3
"""People, as far as they are told apart, who must share a value for it to stand in a model: none is told of alone."""


def counts(
    name: str, stem: Callable[[str], str], records: Sequence[Details], people: Sequence[Hashable]
) -> Counter[str]:
    """Return by how many people each value of a field is held, by its stem; `people` says whose each record is."""
    held = {
        (person, stem(value)) for person, record in zip(people, records, strict=True) for value in record.get(name, ())
    }
    return Counter(value for _, value in held)


def frequencies(held: Counter[str], guess: float, *, are_people_known: bool) -> Frequencies | None:
    """Return the shares of values; None where nobody has any. `guess` is how often two people agree by default.

    The share of a value is what matters to somebody who has it: how many of the other people have it, too. So of values
    that single persons have nothing is known but that they are rare: they take the mean of all that are not common.
    As long as it is not known who is one person, those who share such a value may be: it is at most as common as the
    guess.
    """
    total = held.total()
    if total < LEAST_PEOPLE:
        return None
    common = {value: count for value, count in held.most_common(MOST_VALUES) if count >= LEAST_PEOPLE}
    agreeing, people = 0, 0
    for value, count in held.items():
        if value not in common:
            agreeing += count * (count - 1)
            people += count
    rest = (agreeing + 1) / ((people + 1) * (total - 1) + 1 / guess)
    if not are_people_known:
        rest = min(rest, guess)
    return Frequencies({value: (count - 1) / (total - 1) for value, count in sorted(common.items())}, rest)


def tables(
    rules: MatchingRules, records: Sequence[Details], people: Sequence[Hashable] | None
) -> dict[str, Frequencies]:
    """Return the frequencies for each field that is weighed by value and occurs.

    `people` says whose each record is; None that this is not known, and each is taken for another's.
    """
    whose = people if people is not None else range(len(records))
    made = {}
    for name, field in rules.fields.items():
        if field.term_frequency:
            kind = KINDS[field.kind]
            guess = kind.levels[kind.names.index(kind.weighed)].u
            held = counts(name, kind.stem, records, whose)
            made[name] = frequencies(held, guess, are_people_known=people is not None)
    return {name: table for name, table in made.items() if table is not None}
