"""What the rules say of matching: fields and how each is compared, what brings records together, thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

COMPANY = "company"


@dataclass(frozen=True, slots=True)
class MatchField:
    """How one field is compared.

    `kind` names a comparison of `kinds.py`; `levels` moves the bounds of its levels, by their names. A personal field
    is of one person, as a birth date is; the others a household or an office may share. With `term_frequency`, agreeing
    on a rare value weighs more than on a common one. `given` names fields of which this one follows in part: where one
    of them agrees, this one agreeing says less, and is weighed by how often it does so then. `source` is the attribute
    that the values come from, if it is called otherwise.
    """

    kind: str
    personal: bool = False
    term_frequency: bool = False
    given: tuple[str, ...] = ()
    levels: dict[str, float] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Bits, the prior included: log2 of the odds that two accounts are one person.

    At `link` or above they are one; from `suggest` on, a person is asked. A pair whose personal fields weigh
    `contradict` or less is two people. `hold` is what a tie must keep where it would join a customer with one that
    contradicts it: its own bits and the weight of the personal fields together.
    """

    link: float = 5.0
    suggest: float = 0.0
    contradict: float = -6.0
    hold: float = 4.0


def default_fields() -> dict[str, MatchField]:
    """Return the standard fields; for an order in which each follows those that it depends on, see `ordered`."""
    return {
        "given_name": MatchField("given_name", personal=True, term_frequency=True, given=("family_name",)),
        "family_name": MatchField("family_name", term_frequency=True, given=("postal_code",)),
        "date_of_birth": MatchField("date", personal=True, term_frequency=True),
        "national_id": MatchField("code", personal=True),
        "email": MatchField("email", term_frequency=True, given=("family_name",)),
        "phone": MatchField("phone"),
        "handle": MatchField("handle", term_frequency=True, given=("family_name",)),
        "company": MatchField("company", term_frequency=True),
        "street": MatchField("street", term_frequency=True, given=("postal_code",)),
        "postal_code": MatchField("postal_code", term_frequency=True),
        "city": MatchField("place", term_frequency=True, given=("postal_code",)),
        "region": MatchField("place", term_frequency=True, given=("city", "postal_code")),
        "country": MatchField("place", term_frequency=True, given=("region", "city")),
    }


def default_blocking() -> tuple[tuple[str, ...], ...]:
    """Return the keys by which records meet: each is selective, and each withstands other errors than the rest."""
    return (
        ("email",),
        ("email.local",),
        ("phone.national",),
        ("handle.skeleton",),
        ("national_id",),
        ("date_of_birth",),
        ("name.phonetic",),
        ("family_name.phonetic", "date_of_birth.year"),
        ("given_name.phonetic", "date_of_birth.day"),
        ("family_name.phonetic", "postal_code"),
        ("given_name.phonetic", "postal_code"),
        ("family_name.phonetic", "city.phonetic"),
        ("street.number", "street.word", "city.phonetic"),
        ("street.number", "street.word", "postal_code"),
        ("company.word", "city.phonetic"),
        ("company.phonetic",),
    )


@dataclass(frozen=True, slots=True)
class MatchingRules:
    """All of them. `blocking` lists keys, each of parts like `family_name.phonetic`, which blocking.py explains.

    Of one key at most `candidates_per_key` accounts are compared: a block that is full is too common to tell, and is
    closed for good; records that are alike meet by another key. `model` is the path of a model file; without it the one
    that comes with the service is used.
    """

    fields: dict[str, MatchField] = field(default_factory=default_fields)
    blocking: tuple[tuple[str, ...], ...] = field(default_factory=default_blocking)
    thresholds: Thresholds = field(default_factory=Thresholds)
    candidates_per_key: int = 50
    model: str | None = None


def contradicting(fields: Mapping[str, MatchField]) -> frozenset[str]:
    """Return the fields that may say of two accounts that they are two: the personal ones, and the names of firms."""
    return frozenset(name for name, each in fields.items() if each.personal or each.kind == COMPANY)


def ordered(fields: dict[str, MatchField]) -> list[str]:
    """Return the names of the fields, each after those it is given. Raises ValueError where they go in a circle."""
    placed: dict[str, None] = {}
    waiting = dict(fields)
    while waiting:
        free = [name for name, each in waiting.items() if not any(parent in waiting for parent in each.given)]
        if not free:
            raise ValueError(f"these fields are given each other in a circle: {', '.join(sorted(waiting))}")
        for name in free:
            placed[name] = None
            del waiting[name]
    return list(placed)
