"""How far a customer is heard: reach, resonance and relevance, and what they add to what the customer does.

Formulas. Reach: the share of the way from `from_followers` to `full_followers` on a logarithmic scale, times
`most_percent`. Resonance: of accounts large and active enough, rate = interactions / sum of followers over posts,
shrunk as (posts x rate + prior x mean) / (posts + prior), where mean is that of the band; half of `most_percent` at the
mean, all of it at twice the mean. Relevance: deeds within a niche / (deeds with words + prior), times `most_percent`.

All of it is in integers and looks at the twelve months before the customer's newest event, so it changes with events
and not with the clock. Followers of several accounts add up; that some people follow two of them is not known, so here
merged accounts are not the same as one account.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from advocacy_scoring.domain.persona import ABOUT_ANYTHING, Persona
from advocacy_scoring.domain.rules import Rules

YEAR_DAYS = 365
MILLI = 1000
_LOG_BITS = 16
_MILLION = 1_000_000


class Band(IntEnum):
    """The usual sizes of an audience; the numbers are those of the published enum."""

    UNKNOWN = 0
    NANO = 1
    MICRO = 2
    MID = 3
    MACRO = 4
    MEGA = 5


_BANDS = ((1_000_000, Band.MEGA), (500_000, Band.MACRO), (50_000, Band.MID), (10_000, Band.MICRO))


@dataclass(frozen=True, slots=True)
class Amplifier:
    """How far a customer is heard. Bonuses are in thousandths of what the deeds weigh; rates in millionths, -1 unknown.

    `niche` is the one most spoken of, empty where none is; `niches` are all that were, the most frequent first.
    """

    followers: int = 0
    band: Band = Band.UNKNOWN
    rate_ppm: int = -1
    shrunk_ppm: int = -1
    posts: int = 0
    relevance_milli: int = 0
    niches: tuple[str, ...] = ()
    reach_bonus: int = 0
    resonance_bonus: int = 0
    relevance_bonus: int = 0

    def parts(self, milli: int) -> tuple[int, int, int]:
        """What reach, resonance and relevance add to deeds of that weight, each rounded down."""
        return tuple(milli * bonus // MILLI for bonus in self.bonuses)  # type: ignore[return-value]

    def amplified(self, milli: int) -> int:
        """Deeds of that weight with all three. It never falls where `milli` rises, and keeps the sign of it."""
        return milli + sum(self.parts(milli))

    def least(self, amplified: int) -> int:
        """The least weight of deeds that comes to this or more."""
        low, high = -abs(amplified) - 1, abs(amplified) + 1
        while low < high:
            middle = (low + high) // 2
            if self.amplified(middle) >= amplified:
                high = middle
            else:
                low = middle + 1
        return low

    @property
    def bonuses(self) -> tuple[int, int, int]:
        """Those of reach, resonance and relevance."""
        return self.reach_bonus, self.resonance_bonus, self.relevance_bonus


def amplifier(rules: Rules, personas: Collection[Persona]) -> Amplifier:
    """How far the customer with these personas is heard."""
    followers = sum(max(0, persona.audience.followers) for persona in personas)
    since = max((persona.newest_day for persona in personas), default=0) - YEAR_DAYS
    rate, shrunk, posts = _resonance(rules, personas, since)
    share, niches = _relevance(rules, personas, since)
    return Amplifier(
        followers=followers,
        band=band_of(followers),
        rate_ppm=rate,
        shrunk_ppm=shrunk,
        posts=posts,
        relevance_milli=share,
        niches=niches,
        reach_bonus=_reach_bonus(rules, followers),
        resonance_bonus=_resonance_bonus(rules, followers, shrunk),
        relevance_bonus=share * rules.relevance.most_percent // 100,
    )


def band_of(followers: int) -> Band:
    """The band of an audience; nobody is in one without followers."""
    if followers <= 0:
        return Band.UNKNOWN
    return next((band for least, band in _BANDS if followers >= least), Band.NANO)


def log2(number: int) -> int:
    """The logarithm of a number of 1 or more in units of 2**-16, exact at powers of two and straight in between.

    At most 0.09 below the true one, and the same on every machine.
    """
    whole = number.bit_length() - 1
    return (whole << _LOG_BITS) + (((number - (1 << whole)) << _LOG_BITS) >> whole)


def _reach_bonus(rules: Rules, followers: int) -> int:
    least, most = max(1, rules.reach.from_followers), rules.reach.full_followers
    if followers <= least:
        return 0
    way = log2(min(followers, most)) - log2(least)
    return way * rules.reach.most_percent * 10 // (log2(most) - log2(least))


def _resonance(rules: Rules, personas: Collection[Persona], since: int) -> tuple[int, int, int]:
    """Rate, shrunk rate and posts, of the accounts whose resonance can be known; -1 where there is none."""
    posts = interactions = seen = 0
    for persona in personas:
        followers = persona.audience.followers
        own = [(number, reacted) for day, number, reacted in persona.posts if day > since]
        number = sum(each for each, _ in own)
        if followers < rules.resonance.least_followers or number < rules.resonance.least_posts:
            continue
        posts += number
        interactions += sum(reacted for _, reacted in own)
        seen += followers * number
    if not posts:
        return -1, -1, 0
    rate = interactions * _MILLION // seen
    mean = _mean(rules, seen // posts)
    prior = rules.resonance.prior_posts
    return rate, (posts * rate + prior * mean) // (posts + prior), posts


def _mean(rules: Rules, followers: int) -> int:
    means = rules.resonance.means_ppm
    return means[min(max(band_of(followers), Band.NANO) - 1, len(means) - 1)]


def _resonance_bonus(rules: Rules, followers: int, shrunk_ppm: int) -> int:
    if shrunk_ppm < 0:
        return 0
    twice_the_mean = 2 * _mean(rules, followers)
    return min(shrunk_ppm, twice_the_mean) * rules.resonance.most_percent * 10 // twice_the_mean


def _relevance(rules: Rules, personas: Collection[Persona], since: int) -> tuple[int, tuple[str, ...]]:
    """The share of deeds within any niche, in thousandths, and the niches by how often they were spoken of."""
    known = {niche.name for niche in rules.relevance.niches}
    counts: dict[str, int] = {}
    for persona in personas:
        for niche, days in persona.niches.items():
            number = sum(each for day, each in days if day > since)
            if number and (niche in known or niche == ABOUT_ANYTHING):
                counts[niche] = counts.get(niche, 0) + number
    spoken = counts.pop(ABOUT_ANYTHING, 0)
    ranked = sorted(counts, key=lambda niche: (-counts[niche], niche))
    if not ranked:
        return 0, ()
    within = min(sum(counts.values()), spoken)
    return within * MILLI // (spoken + rules.relevance.prior_deeds), tuple(ranked)
