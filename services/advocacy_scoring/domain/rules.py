"""What counts for and against the brand, how much, and for how long: the rules that a file declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from advocacy_scoring.domain.decay import table


@dataclass(frozen=True, slots=True)
class Deed:
    """What classification looks at, in the words of the rules file. "" and 0 stand for what the source did not tell."""

    kind: str
    intent: str = ""
    sentiment: str = ""
    visibility: str = ""
    rating: int = 0


@dataclass(frozen=True, slots=True)
class Range:
    """From `least` to `most`, both included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class When:
    """Which deeds an action stands for: all conditions must hold, an empty one always does."""

    kinds: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    visibilities: tuple[str, ...] = ()
    rating: Range | None = None

    def holds(self, deed: Deed) -> bool:
        """Whether the deed is of this sort."""
        return (
            (not self.kinds or deed.kind in self.kinds)
            and (not self.intents or deed.intent in self.intents)
            and (not self.sentiments or deed.sentiment in self.sentiments)
            and (not self.visibilities or deed.visibility in self.visibilities)
            and (self.rating is None or self.rating.least <= deed.rating <= self.rating.most)
        )


@dataclass(frozen=True, slots=True)
class Action:
    """A sort of deed, its weight in milli-points, and the most that one UTC day's may weigh, either way."""

    name: str
    when: When
    weight_milli: int
    half_life_days: int
    daily_cap_milli: int


@dataclass(frozen=True, slots=True)
class Bands:
    """From which score a customer stands as what. Below a raw value of 0 is a detractor, whatever the bands."""

    supporter: int
    advocate: int


@dataclass(frozen=True)
class Rules:
    """A whole rules file. The first action whose `when` holds is the one that counts."""

    version: int
    half_score_milli: int
    """The raw value that scores 500 of 1,000."""
    history_days: int
    """Whole days after which a deed counts no more."""
    publish_step: int
    """The clock alone announces a score anew once it has moved by this many points."""
    bands: Bands
    actions: tuple[Action, ...]

    @cached_property
    def by_name(self) -> dict[str, Action]:
        """The actions by name."""
        return {action.name: action for action in self.actions}

    @cached_property
    def tables(self) -> dict[int, tuple[int, ...]]:
        """What is left of a weight by age in days, as `decay.table` has it, by half-life."""
        return {action.half_life_days: table(action.half_life_days, self.history_days) for action in self.actions}

    def classify(self, deed: Deed) -> Action | None:
        """The action that the deed counts as, or None where it counts as none."""
        return next((action for action in self.actions if action.when.holds(deed)), None)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the rules; `path` leads to the place, as in ("actions", 1, "name")."""

    path: tuple[str | int, ...]
    message: str


def mistakes(rules: Rules) -> Iterator[Mistake]:
    """Find what contradicts itself in rules whose single values are in order."""
    seen: set[str] = set()
    for index, action in enumerate(rules.actions):
        place: tuple[str | int, ...] = ("actions", index)
        if action.name in seen:
            yield Mistake((*place, "name"), f"{action.name!r} occurs twice; names are unique")
        seen.add(action.name)
        if action.daily_cap_milli < abs(action.weight_milli):
            yield Mistake(
                (*place, "daily_cap_milli"),
                f"{action.daily_cap_milli} cuts even one; right would be {abs(action.weight_milli)} or more",
            )
        if action.when == When():
            yield Mistake((*place, "when"), "without a condition every event counts as this one; name kinds or intents")
        rating = action.when.rating
        if rating is not None and rating.least > rating.most:
            yield Mistake((*place, "when", "rating"), f"no rating is from {rating.least} to {rating.most}")
    if rules.bands.supporter >= rules.bands.advocate:
        yield Mistake(("bands", "advocate"), f"must be above supporter, which starts at {rules.bands.supporter}")
