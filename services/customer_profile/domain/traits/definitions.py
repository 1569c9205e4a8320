"""Traits as the rules declare them, what contradicts itself in them, and what personas count for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from customer_profile.domain.traits.attributes import ATTRIBUTES, INTERACTION, KINDS, Attribute, Type

Path = tuple[str | int, ...]

COUNT = "count"
SUM, EXTREME, END, VALUE = "sum", "extreme", "end", "value"
FORMS: Mapping[str, str] = {
    COUNT: SUM,
    "sum": SUM,
    "avg": SUM,
    "min": EXTREME,
    "max": EXTREME,
    "first": END,
    "last": END,
    "most_frequent": VALUE,
    "distinct": VALUE,
}
"""How functions are counted."""
_OF_NUMBERS = ("sum", "avg", "min", "max")

_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an attribute must be. All that is set must hold; a value that is absent passes no test."""

    equals: str | int | None = None
    is_one_of: tuple[str | int, ...] = ()
    at_least: int | None = None
    at_most: int | None = None

    def admits(self, value: str | int) -> bool:
        """Whether a value passes."""
        if self.equals is not None and value != self.equals:
            return False
        if self.is_one_of and value not in self.is_one_of:
            return False
        if isinstance(value, str):
            return True
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def values(self) -> tuple[str | int, ...]:
        """The values that it compares with."""
        return (*(() if self.equals is None else (self.equals,)), *self.is_one_of)

    def has_bounds(self) -> bool:
        """Whether it tells greater from smaller."""
        return self.at_least is not None or self.at_most is not None


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait: a function over an attribute of those interactions that pass the tests of `where`, by attribute.

    `window_days` looks back over so many days, today's among them, in UTC; 0 over everything. `currency` is that of the
    amounts looked at.
    """

    trait: str
    function: str
    attribute: str = ""
    where: Mapping[str, Wanted] = field(default_factory=dict)
    window_days: int = 0
    currency: str = ""

    def attributes(self) -> list[str]:
        """Names of all attributes that it looks at."""
        return [*([self.attribute] if self.attribute else []), *self.where]

    def kinds(self) -> frozenset[str]:
        """The kinds of interactions that it can look at."""
        kinds = KINDS
        for name in self.attributes():
            kinds &= ATTRIBUTES[name].kinds
        test = self.where.get("kind")
        return frozenset(kind for kind in kinds if test is None or test.admits(kind))

    def of(self) -> str:
        """What it takes one by one: interactions, or lines or topics of them."""
        return next((of for of in self._parts() if of != INTERACTION), INTERACTION)

    def _parts(self) -> list[str]:
        return [ATTRIBUTES[name].of for name in self.attributes()]

    def mistakes(self) -> Iterator[tuple[Path, str]]:
        """Yield what contradicts itself, and where in the declaration."""
        yield from self._mistakes_of_attribute()
        for name, test in self.where.items():
            yield from (((("where", name, *path)), words) for path, words in _mistakes(name, ATTRIBUTES[name], test))
        if not self.kinds():
            yield ("where",) if self.where else (), f"no kind of interaction has all of {', '.join(self.attributes())}"
        if len(set(self._parts()) - {INTERACTION}) > 1:
            yield (), "lines and topics cannot be looked at together"
        money = next((name for name in self.attributes() if ATTRIBUTES[name].type is Type.MONEY), "")
        if money and not self.currency:
            yield (), f"currency is missing: {money} is money, and amounts in different currencies are never mixed"
        if self.currency and not money:
            yield ("currency",), f"{self.trait} looks at no money, so that a currency means nothing"

    def _mistakes_of_attribute(self) -> Iterator[tuple[Path, str]]:
        if self.function == COUNT:
            if self.attribute:
                yield ("attribute",), "count counts, and looks at no attribute; use where, or distinct"
        elif not self.attribute:
            yield (), f"attribute is missing: {self.function} of what?"
        elif self.function in _OF_NUMBERS and ATTRIBUTES[self.attribute].type is Type.WORD:
            yield ("function",), f"{self.function} is of numbers, and {self.attribute} has words"


def _mistakes(name: str, attribute: Attribute, test: Wanted) -> Iterator[tuple[Path, str]]:
    is_word = attribute.type is Type.WORD
    if is_word and test.has_bounds():
        yield (), f"{name} has words, which are not greater or smaller; use equals or is_one_of"
    if not test.values() and not test.has_bounds():
        yield (), "one of equals, is_one_of, at_least and at_most"
    for value in test.values():
        if isinstance(value, str) != is_word:
            yield (), f"{name} has {attribute.type.value}, and is never {value!r}"
        elif attribute.words and value not in attribute.words:
            yield (), f"{name} is never {value!r}, but one of {', '.join(sorted(attribute.words))}"


def mistakes(traits: Sequence[Trait]) -> Iterator[tuple[Path, str]]:
    """Yield what contradicts itself in the traits, and where."""
    names: set[str] = set()
    for place, trait in enumerate(traits):
        if trait.trait in names:
            yield (place, "trait"), f"{trait.trait} is declared twice"
        names.add(trait.trait)
        yield from ((((place, *path)), words) for path, words in trait.mistakes())


@dataclass(frozen=True, slots=True)
class Kept:
    """What personas count for a trait, under a key that follows from its definition and not from its name.

    `form` is how it is counted: one of SUM, EXTREME, END and VALUE, which are compared by identity.
    `has_numbers` says whether what is counted are numbers: as keys of mappings they are words.
    """

    key: str
    function: str
    window_days: int
    has_numbers: bool
    form: str


def kept(trait: Trait) -> Kept:
    """Return what is counted for a trait. Traits with the same definition share it."""
    definition = [trait.function, trait.attribute, trait.window_days, trait.currency]
    where = {name: [each.equals, each.is_one_of, each.at_least, each.at_most] for name, each in trait.where.items()}
    digest = hashlib.sha256(json.dumps([definition, where], sort_keys=True).encode()).hexdigest()
    has_numbers = not trait.attribute or ATTRIBUTES[trait.attribute].type is not Type.WORD
    return Kept(digest[:_DIGITS], trait.function, trait.window_days, has_numbers, FORMS[trait.function])


class Plan:
    """Traits with what is counted for them, by name and by key; `version` names all that is counted."""

    def __init__(self, traits: Sequence[Trait]) -> None:
        self.traits = tuple(traits)
        self.kept = {trait.trait: kept(trait) for trait in traits}
        self.keys = {each.key: each for each in self.kept.values()}
        self.version = hashlib.sha256(" ".join(sorted(self.keys)).encode()).hexdigest()[:_DIGITS]


NO_TRAITS = Plan(())
