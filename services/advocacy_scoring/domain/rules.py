"""What counts for and against the brand, how much, and for how long: the rules that a file declares."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from advocacy_scoring.domain.decay import table
from advocacy_scoring.domain.deed import Deed, read_signature
from advocacy_scoring.domain.findings import Suspicion


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


@dataclass(frozen=True, slots=True)
class ReachRules:
    """How many can hear it. The bonus grows with the logarithm of the followers, from none to `most_percent`."""

    from_followers: int = 500
    full_followers: int = 1_000_000
    most_percent: int = 50


@dataclass(frozen=True, slots=True)
class ResonanceRules:
    """How many of them react. Unknown below `least_followers` or `least_posts` in twelve months.

    `means_ppm` are the usual engagement rates of the bands nano, micro, mid, macro and mega, in millionths; a rate is
    shrunk towards its band's mean as if `prior_posts` more posts had that.
    """

    least_followers: int = 2_000
    least_posts: int = 10
    prior_posts: int = 20
    means_ppm: tuple[int, ...] = (40_000, 25_000, 18_000, 13_000, 10_000)
    most_percent: int = 30


@dataclass(frozen=True, slots=True)
class Niche:
    """A subject of the brand, and the words that show it: of texts whole words, of topics the topic."""

    name: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RelevanceRules:
    """Whether it is said about what the brand is about. A share counts as if `prior_deeds` more were about nothing."""

    niches: tuple[Niche, ...] = ()
    prior_deeds: int = 5
    most_percent: int = 20


@dataclass(frozen=True, slots=True)
class EmployeeRules:
    """Who works for the brand: by account key, or by the company that a form names."""

    accounts: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferralRules:
    """When a referral is valid."""

    within_days: int = 30
    least_minutes: int = 10
    return_days: int = 60


@dataclass(frozen=True, slots=True)
class GamingRules:
    """What looks bought, and by how much of its weight it is discounted; see `gaming`."""

    window_days: int = 30
    sweep_minutes: int = 10
    brand_posts: tuple[str, ...] = ("brand",)
    ring_exchanges: int = 3
    ring_given: int = 8
    ring_inside_percent: int = 50
    ring_largest: int = 60
    farm_accounts: int = 5
    farm_authors: int = 4
    burst_deeds: int = 15
    burst_minutes: int = 60
    duplicate_words: int = 6
    duplicate_percent: int = 80
    duplicate_own: int = 3
    duplicate_accounts: int = 5
    duplicate_hours: int = 24
    fresh_days: int = 3
    fresh_accounts: int = 8
    fresh_percent: int = 60
    discounts_percent: dict[str, int] = field(
        default_factory=lambda: {"ring": 80, "farm": 80, "burst": 60, "duplicate": 75, "fresh": 50, "circle": 50}
    )

    def discount(self, suspicion: Suspicion) -> int:
        """By how many percent of its weight a deed under this suspicion is discounted."""
        return self.discounts_percent.get(suspicion.name.lower(), 0)


@dataclass(frozen=True, slots=True)
class WordOfMouthRules:
    """Whom an experience reaches: those told in person, and `seen_percent` of the followers where it is public."""

    good_told: int = 5
    bad_told: int = 10
    seen_percent: int = 10
    severe_weight_milli: int = 20_000
    severe_audience: int = 500
    severe_days: int = 7


@dataclass(frozen=True)
class Rules:
    """A whole rules file. The first action whose `when` holds is the one that counts."""

    version: int
    half_score_milli: int
    """The raw value that scores 500 of 1,000."""
    history_days: int
    """Whole days after which a deed counts no more."""
    publish_step: int
    """A score is announced anew once it has moved by this many points."""
    bands: Bands
    actions: tuple[Action, ...]
    reach: ReachRules = ReachRules()
    resonance: ResonanceRules = ResonanceRules()
    relevance: RelevanceRules = RelevanceRules()
    employees: EmployeeRules = EmployeeRules()
    referrals: ReferralRules = ReferralRules()
    gaming: GamingRules = field(default_factory=GamingRules)
    word_of_mouth: WordOfMouthRules = WordOfMouthRules()

    @cached_property
    def by_name(self) -> dict[str, Action]:
        """The actions by name."""
        return {action.name: action for action in self.actions}

    @cached_property
    def tables(self) -> dict[int, tuple[int, ...]]:
        """What is left of a weight by age in days, as `decay.table` has it, by half-life."""
        return {action.half_life_days: table(action.half_life_days, self.history_days) for action in self.actions}

    @cached_property
    def _classified(self) -> dict[str, Action | None]:
        return {}

    def classify(self, deed: Deed) -> Action | None:
        """The action that the deed counts as, or None where it counts as none."""
        return next((action for action in self.actions if action.when.holds(deed)), None)

    def action_of(self, signature: str) -> Action | None:
        """As `classify`, of a deed's signature; there are few, and each is classified once."""
        try:
            return self._classified[signature]
        except KeyError:
            action = self._classified[signature] = self.classify(read_signature(signature))
            return action
