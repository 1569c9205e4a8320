"""What a customer must be like to stand in a stage or a segment: tests of facts, in all-of, any-of and none-of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from customer_profile.domain.facts import AGES, NUMBERS, WORDS, Facts

DAY_MS = 86_400_000

Path = tuple[str | int, ...]
Age = tuple[str, int]
"""A fact that time alone moves, and the days since it at which a test of it turns over."""

SUBJECTS = ("fact", "trait", "field", "consent", "channel")
_GROUPS = ("all_of", "any_of", "none_of")


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds where its own test does, and every one of `all_of`, one of `any_of` if there are any, none of `none_of`.

    It tests one subject at most. A `fact` or a `trait`: that it is known, and what of `at_least`, `at_most` and
    `is_one_of` is given. A `field` of the contact: that a value survives, and that it `is_one_of`. A `consent` for a
    purpose, `via` a channel or any: that it is granted. A `channel`: that the customer has an account there.
    """

    fact: str = ""
    trait: str = ""
    field: str = ""
    consent: str = ""
    channel: str = ""
    via: str = ""
    at_least: float | None = None
    at_most: float | None = None
    is_one_of: tuple[str, ...] = ()
    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    none_of: tuple[Condition, ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether the customer with these facts is like that."""
        if not self._is_met(facts):
            return False
        for each in self.all_of:
            if not each.holds(facts):
                return False
        if self.any_of and not any(each.holds(facts) for each in self.any_of):
            return False
        return not (self.none_of and any(each.holds(facts) for each in self.none_of))

    def _is_met(self, facts: Facts) -> bool:
        if self.fact:
            return self._admits(facts.known(self.fact))
        if self.trait:
            return self._admits(facts.traits.get(self.trait))
        if self.field:
            return self._admits(facts.fields.get(self.field))
        if self.channel:
            return self.channel in facts.channels
        return not self.consent or facts.has_consent(self.consent, self.via)

    def _admits(self, value: float | str | None) -> bool:
        if value is None:
            return False
        if isinstance(value, str):
            return self.at_least is None and self.at_most is None and (not self.is_one_of or value in self.is_one_of)
        return (
            not self.is_one_of
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )

    def everywhere(self, path: Path = ()) -> Iterator[tuple[Path, Condition]]:
        """It and every condition within it, each with where it stands."""
        yield path, self
        for group in _GROUPS:
            within: tuple[Condition, ...] = getattr(self, group)
            for index, condition in enumerate(within):
                yield from condition.everywhere((*path, group, index))

    def asks_for_traits(self) -> bool:
        """Whether it, or any condition within it, tests a trait."""
        return any(each.trait for _, each in self.everywhere())

    def ages(self) -> Iterator[Age]:
        """When the clock alone turns one of its tests over: with `at_most` 3 days, at the fourth."""
        for _, each in self.everywhere():
            if each.fact in AGES:
                if each.at_least is not None:
                    yield each.fact, int(each.at_least)
                if each.at_most is not None:
                    yield each.fact, int(each.at_most) + 1

    def mistakes(self, traits: frozenset[str], stages: frozenset[str]) -> Iterator[tuple[Path, str]]:
        """What is wrong with it that a schema cannot say: where, and what would be right.

        `traits` are those declared, `stages` those that may be asked for: none where the stage is still to be found.
        """
        for path, each in self.everywhere():
            yield from (((*path, *within), words) for within, words in each._own_mistakes(traits, stages))

    def _own_mistakes(self, traits: frozenset[str], stages: frozenset[str]) -> Iterator[tuple[Path, str]]:
        named = [name for name in SUBJECTS if getattr(self, name)]
        if len(named) > 1:
            yield (named[1],), f"a condition tests one thing, and this one tests {named[0]} already; use all_of"
        if not named and not any(getattr(self, group) for group in _GROUPS):
            yield (), f"a condition needs one of {', '.join((*SUBJECTS, *_GROUPS))}"
        if self.trait and self.trait not in traits:
            yield ("trait",), f"no trait is declared as {self.trait!r}{_nearest(self.trait, traits)}"
        if self.fact == "stage" and not stages:
            yield ("fact",), "the stage follows from these conditions and cannot be one of them"
        elif self.fact == "stage":
            for place, name in enumerate(self.is_one_of):
                if name not in stages:
                    yield ("is_one_of", place), f"no stage is called {name!r}{_nearest(name, stages)}"
        if self.via and not self.consent:
            yield ("via",), "only a consent is given for a channel"
        yield from self._misplaced_tests()

    def _misplaced_tests(self) -> Iterator[tuple[Path, str]]:
        is_number = self.fact in NUMBERS or self.fact in AGES or bool(self.trait)
        is_word = self.fact in WORDS or bool(self.field) or bool(self.trait)
        for name in ("at_least", "at_most"):
            limit: float | None = getattr(self, name)
            if limit is None:
                continue
            if not is_number:
                yield (name,), "only a number can be compared so; use is_one_of"
            elif self.fact in AGES and not limit.is_integer():
                yield (name,), "whole days"
        if self.is_one_of and not is_word:
            yield ("is_one_of",), "only a word can be compared so; use at_least and at_most"


def _nearest(name: str, known: frozenset[str]) -> str:
    close = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def turns_over(ages: tuple[Age, ...], facts: Facts) -> int:
    """Return the next time, after that of the facts, at which the clock turns a test of an age over; 0 for never."""
    times = (facts.moments[name] + days * DAY_MS for name, days in ages if name in facts.moments)
    return min((at for at in times if at > facts.now), default=0)
