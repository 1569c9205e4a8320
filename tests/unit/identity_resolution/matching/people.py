"""Made-up people of whom is known how often they err, so that what is learnt from them can be compared with that."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from identity_resolution.adapters.similarity import rapidfuzz_similarity
from identity_resolution.domain.matching.comparing import Comparer, Comparison
from identity_resolution.domain.matching.details import Details, normalise
from identity_resolution.domain.matching.model import default_model
from identity_resolution.domain.matching.rules import MatchingRules

RULES = MatchingRules()
SIMILARITY = rapidfuzz_similarity()
DEFAULT_COMPARER = Comparer(RULES, default_model(RULES), SIMILARITY)

SAME = {"given_name": 0.85, "family_name": 0.9, "date_of_birth": 0.95, "city": 0.8}
"""How often two records of one person agree on a field, where both have it."""
MISSING = 0.1


def details(**fields: str | tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Details as of raw values."""
    return normalise(
        (field, value)
        for field, values in fields.items()
        for value in ((values,) if isinstance(values, str) else values)
    )


def compare(one: Details, other: Details) -> Comparison:
    """What the default model says of two records."""
    return DEFAULT_COMPARER.compare(one, other)


@dataclass(frozen=True, slots=True)
class Sample:
    """Records, and whose each is."""

    records: Sequence[Details]
    people: Sequence[int]


def sample(people: int, seed: int, *, records_each: int = 2) -> Sample:
    """Records of so many people, whose values agree as often as `SAME` says and are otherwise somebody else's.

    Values are numbers written as words that are unlike each other: so there is no level between exact and different.
    """
    chance = random.Random(seed)
    made = []
    for person in range(people):
        true = {field: _value(field, chance) for field in SAME}
        for record in range(records_each):
            shown = dict(true)
            if record:
                for field, same in SAME.items():
                    if chance.random() > same:
                        shown[field] = _value(field, chance)
            known = {field: (value,) for field, value in shown.items() if chance.random() > MISSING}
            made.append((known, person))
    chance.shuffle(made)
    return Sample([record for record, _ in made], [person for _, person in made])


def households(count: int, seed: int) -> Sample:
    """Records of couples, each partner twice, who share family name, address and phone; nobody tells a birth date."""
    chance = random.Random(seed)
    made = []
    for household in range(count):
        shared = {
            "family_name": (_word(chance, 400),),
            "street": (f"{chance.randrange(1, 200)} {_word(chance, 300)} st",),
            "postal_code": (str(chance.randrange(10_000, 99_999)),),
            "phone": (str(chance.randrange(200_000_000, 999_999_999)),),
        }
        for partner in range(2):
            given = _word(chance, 200)
            for _ in range(2):
                known = {field: value for field, value in shared.items() if chance.random() > MISSING}
                made.append(({"given_name": (given,), **known}, 2 * household + partner))
    chance.shuffle(made)
    return Sample([record for record, _ in made], [person for _, person in made])


_SIZES = {"given_name": 150, "family_name": 500, "city": 40}


def _value(field: str, chance: random.Random) -> str:
    if field == "date_of_birth":
        return f"{chance.randrange(1930, 2010)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
    return _word(chance, _SIZES[field], field)


def _word(chance: random.Random, size: int, salt: str = "") -> str:
    """One of so many words of eight letters, each as likely as the others and like none of them."""
    letters = random.Random(f"{salt}{chance.randrange(size)}")
    return "".join(letters.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(8))
