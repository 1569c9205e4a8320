"""The programmes that a file declares: tiers, what it takes to hold one and what it brings, how points come and go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from vip_tier.domain.calendar import Calendar, calendar_of
from vip_tier.domain.conditions import Condition
from vip_tier.domain.figures import SEGMENT, Figures

LOWEST = 0
PLAIN = 100
"""Percent: the rate at which spend earns without a multiplier."""

WindowKind = Literal["lifetime", "rolling", "calendar_year", "join_date", "tier_start", "attribute"]
DowngradePolicy = Literal["none", "one_step", "to_balance"]
ClawBack = Literal["pending_only", "within_balance", "without_limit"]
ExpiryKind = Literal["never", "after_earning", "after_inactivity", "fixed_date"]


@dataclass(frozen=True)
class TierRule:
    """A tier: its name, what it brings, and what it takes. Its rank is its place in the programme, from 0.

    Spend of its holders earns at `earning_percent` of the programme's rate.
    """

    name: str
    benefits: tuple[str, ...]
    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    earning_percent: int = PLAIN

    @cached_property
    def condition(self) -> Condition:
        """What it takes, as one condition."""
        return Condition(all_of=self.all_of, any_of=self.any_of)

    @cached_property
    def ways(self) -> tuple[tuple[tuple[str, int], ...], ...]:
        """Every way to reach it: the figures that must be reached together, with the least of each."""
        return tuple(tuple(way.items()) for way in self.condition.ways())


@dataclass(frozen=True, slots=True)
class Qualification:
    """Which figures count, and for how long a tier that was reached is held.

    `months` is the length of a rolling window and of a period from the tier's start; periods of the other kinds are
    years. `year_begins` is a month and a day, "01-01"; `attribute` names a detail with a date ("member_since").
    """

    window: WindowKind = "lifetime"
    months: int = 12
    year_begins: str = "01-01"
    attribute: str = ""

    @property
    def first_day(self) -> date:
        """The day on which years begin; in a leap year, so that 29 February can be one."""
        month, day = self.year_begins.split("-")
        return date(2000, int(month), int(day))


@dataclass(frozen=True, slots=True)
class Downgrade:
    """What becomes of a tier that was not earned again. Without `warning_days` nobody is warned."""

    policy: DowngradePolicy = "to_balance"
    grace_days: int = 0
    warning_days: int = 0


@dataclass(frozen=True, slots=True)
class Expiry:
    """When points that were not spent expire; `date` is a month and a day, for the kind `fixed_date`."""

    kind: ExpiryKind = "never"
    months: int = 24
    date: str = "12-31"


@dataclass(frozen=True, slots=True)
class Points:
    """What becomes of points once they are earned."""

    pending_days: int = 0
    expiry: Expiry = Expiry()
    warning_days: int = 0
    claw_back: ClawBack = "without_limit"


@dataclass(frozen=True, slots=True)
class ActionRule:
    """Points for each interaction of a kind; with `per_day`, for no more than so many of a day."""

    kind: str
    points: int
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """From the beginning of one day to the end of another, spend earns at `percent` of what it would."""

    name: str
    begins: str
    ends: str
    percent: int


@dataclass(frozen=True)
class Programme:
    """One edition of a programme; tiers from the lowest to the highest.

    `applies_from` is the day from which the edition is in force, empty for the first. `engagement` names the kinds of
    interaction that count as such.
    """

    programme: str
    currency: str
    minor_digits: int
    points_per_major_unit: int
    tiers: tuple[TierRule, ...]
    applies_from: str = ""
    time_zone: str = "UTC"
    qualification: Qualification = Qualification()
    downgrade: Downgrade = Downgrade()
    points: Points = Points()
    actions: tuple[ActionRule, ...] = ()
    engagement: tuple[str, ...] = ()
    campaigns: tuple[Campaign, ...] = ()

    @cached_property
    def calendar(self) -> Calendar:
        """The calendar by which its days begin and end."""
        return calendar_of(self.time_zone)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """The rank of each tier by its name."""
        return {tier.name: rank for rank, tier in enumerate(self.tiers)}

    @cached_property
    def uses_score(self) -> bool:
        """Whether any tier asks for an advocacy score."""
        return bool(self.score_thresholds)

    @cached_property
    def score_thresholds(self) -> tuple[int, ...]:
        """The scores that tiers ask for, each once, from the least."""
        asked = {
            least for tier in self.tiers for _, name, least in tier.condition.everywhere() if name == "advocacy_score"
        }
        return tuple(sorted(asked))

    @cached_property
    def segments(self) -> frozenset[str]:
        """The segments that tiers ask for."""
        asked = (name for tier in self.tiers for _, name, _ in tier.condition.everywhere())
        return frozenset(name.removeprefix(SEGMENT) for name in asked if name.startswith(SEGMENT))

    @cached_property
    def points_divisor(self) -> int:
        """Points are minor units, times points for a major unit, times a percentage, by this."""
        return int(10**self.minor_digits) * PLAIN

    @cached_property
    def spans(self) -> tuple[tuple[int, int, int], ...]:
        """Its campaigns: from a moment, until another, at a percentage."""
        days = ((date.fromisoformat(each.begins), date.fromisoformat(each.ends), each) for each in self.campaigns)
        return tuple(
            (self.calendar.begin(begins), self.calendar.after(ends), each.percent) for begins, ends, each in days
        )

    @cached_property
    def in_force_from(self) -> int:
        """The moment from which the edition is in force; 0 for the first."""
        return self.calendar.begin(date.fromisoformat(self.applies_from)) if self.applies_from else 0

    def earning_percent(self, rank: int, moment: int) -> int:
        """At how many percent the holder of a tier earns at a moment; campaigns multiply."""
        percent = self.tiers[rank].earning_percent
        for begins, ends, factor in self.spans:
            if begins <= moment < ends:
                percent = percent * factor // PLAIN
        return percent

    def points_of(self, spend_minor_units: int) -> int:
        """Points for a net spend in minor units at the plain rate, rounded down; none for a negative one."""
        return max(0, spend_minor_units) * self.points_per_major_unit * PLAIN // self.points_divisor

    def rank_of(self, tier: str) -> int:
        """The rank of a tier by its name; -1 for one that the programme does not have any more."""
        return self.ranks.get(tier, -1)

    @cached_property
    def _ways(self) -> tuple[tuple[int, tuple[tuple[tuple[str, int], ...], ...]], ...]:
        """Every way to each tier above the lowest, the highest tier first: this is asked after every fact."""
        ranks = range(len(self.tiers) - 1, LOWEST, -1)
        return tuple((rank, self.tiers[rank].ways) for rank in ranks)

    def qualify(self, figures: Figures) -> int:
        """The rank that the figures give: the highest tier whose condition holds."""
        for rank, ways in self._ways:
            for way in ways:
                for name, least in way:
                    if (figures.of(name) if name.startswith(SEGMENT) else getattr(figures, name)) < least:
                        break
                else:
                    return rank
        return LOWEST


@dataclass(frozen=True)
class Programmes:
    """A whole programme file: programmes side by side, each in one edition or several.

    `benefits` lists the benefits that tiers may bring; where it is empty, any.
    """

    version: int
    programmes: tuple[Programme, ...]
    benefits: tuple[str, ...] = field(default=())

    @cached_property
    def editions(self) -> dict[str, tuple[Programme, ...]]:
        """The editions of each programme by its name, in the order in which they come into force."""
        found: dict[str, list[Programme]] = {}
        for each in self.programmes:
            found.setdefault(each.programme, []).append(each)
        return {name: tuple(sorted(each, key=lambda one: one.in_force_from)) for name, each in found.items()}

    @cached_property
    def main(self) -> str:
        """The programme that a tier speaks of where none is named: the first of the file."""
        return self.programmes[0].programme

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of interaction, beside purchases and returns, that any of the programmes asks for."""
        named = {rule.kind for each in self.programmes for rule in each.actions}
        named.update(kind for each in self.programmes for kind in each.engagement)
        if any(name == "referrals" for each in self.programmes for tier in each.tiers
               for _, name, _ in tier.condition.everywhere()):  # fmt: skip
            named.add("referral")
        return frozenset(named)

    @cached_property
    def segments(self) -> frozenset[str]:
        """The segments that any of the programmes asks for."""
        return frozenset(name for each in self.programmes for name in each.segments)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The details with a date that any of the programmes asks for."""
        return frozenset(each.qualification.attribute for each in self.programmes) - {""}

    def in_force(self, name: str, moment: int) -> Programme:
        """The edition of the programme that is in force at the moment; the first, where none is yet."""
        editions = self.editions[name]
        return next((each for each in reversed(editions) if each.in_force_from <= moment), editions[0])
