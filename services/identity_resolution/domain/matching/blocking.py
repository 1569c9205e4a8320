"""Which records meet at all: keys that records of one person are likely to share, and others are not.

A key is made of parts, "field" or "field.form":

| form | of | is |
|---|---|---|
| (none) | any | the value itself |
| `phonetic` | names, places, firms | its sound, word by word |
| `initial` | any | its first sign |
| `year`, `month`, `day` | dates | that part; `day` is month and day |
| `local` | e-mail | what is before the @, without separators and tag |
| `national` | phone | its last nine digits |
| `skeleton` | handle | the handle without separators and digits at the end |
| `number`, `word` | street | the house number, the sound of the longest word |
| `word` | company | the sound of the longest word |

`name.phonetic` is the sound of given and family name together in alphabetical order, which withstands their exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice, product

from identity_resolution.domain.matching.addresses import street_parts
from identity_resolution.domain.matching.contacts import national, skeleton, spelling
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.phonetics import phonetic
from identity_resolution.domain.matching.rules import MatchingRules

MOST_KEYS = 24
NAME = "name"
_SHORTEST = 3


def keys(details: Details, rules: MatchingRules) -> tuple[str, ...]:
    """Return the record's keys, "rule=values", in the order of the rules; at most `MOST_KEYS`, each once.

    A record lacks the keys of which it lacks a part. Several values of a field make several keys.
    """
    made: dict[str, None] = {}
    known: dict[str, tuple[str, ...]] = {}
    for rule, parts in _named(rules.blocking):
        choices = []
        for part in parts:
            if part not in known:
                known[part] = _values(details, part)
            if not known[part]:
                break
            choices.append(known[part])
        else:
            for chosen in product(*choices):
                made[f"{rule}={'|'.join(chosen)}"] = None
    return tuple(islice(made, MOST_KEYS))


@lru_cache(maxsize=16)
def _named(blocking: tuple[tuple[str, ...], ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [("+".join(parts), parts) for parts in blocking]


def fields_of(parts: Iterable[str]) -> frozenset[str]:
    """Return the fields that a key is made of."""
    names: set[str] = set()
    for part in parts:
        name = part.partition(".")[0]
        names |= {"given_name", "family_name"} if name == NAME else {name}
    return frozenset(names)


def _values(details: Details, part: str) -> tuple[str, ...]:
    field, _, form = part.partition(".")
    if field == NAME:
        return _names_by_sound(details)
    values = details.get(field, ())
    if not form or not values:
        return values
    make = FORMS[form]
    return tuple(dict.fromkeys(made for value in values if (made := make(value))))


def _names_by_sound(details: Details) -> tuple[str, ...]:
    given, family = details.get("given_name", ()), details.get("family_name", ())
    return tuple(dict.fromkeys(" ".join(sorted((_sound(one), _sound(other)))) for one, other in product(given, family)))


@lru_cache(maxsize=65_536)
def _sound(value: str) -> str:
    return " ".join(map(phonetic, value.split()))


def _local(value: str) -> str:
    local = spelling(value.partition("@")[0].partition("+")[0])
    return local if len(local) >= _SHORTEST else ""


def _street_number(value: str) -> str:
    numbers = street_parts(value).numbers
    return numbers[0] if numbers else ""


def _word(value: str) -> str:
    longest = max(street_parts(value).words, key=lambda word: (len(word), word), default="")
    return phonetic(longest)


FORMS: dict[str, Callable[[str], str]] = {
    "phonetic": _sound,
    "initial": lambda value: value[:1],
    "year": lambda value: value[:4],
    "month": lambda value: value[5:7],
    "day": lambda value: value[5:],
    "local": _local,
    "national": national,
    "skeleton": skeleton,
    "number": _street_number,
    "word": _word,
}
"""By the name under which a part calls them."""
