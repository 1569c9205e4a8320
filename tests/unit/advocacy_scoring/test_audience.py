"""How far a customer is heard: reach, resonance, relevance."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocacy_scoring.domain.audience import Amplifier, Band, amplifier, band_of, log2
from advocacy_scoring.domain.decay import start_of
from advocacy_scoring.domain.persona import ABOUT_ANYTHING, Audience, Engaged, Event, Persona, take_in
from advocacy_scoring.domain.score import evaluate
from tests.unit.advocacy_scoring.actions import RULES, TODAY, VERSION, event, persona, personas

JOE = "instagram:joe"


def creator(followers: int, posts: int, interactions: int, *, day: int = TODAY) -> Persona:
    """An account with so many posts, each with so many interactions."""
    made = Persona()
    for number in range(posts):
        at = start_of(day) + number
        take_in(made, Event(f"p{number}", at, "", Audience(at, followers, 0, 0), Engaged(interactions)))
    return made


@pytest.mark.parametrize(
    ("followers", "band"),
    [
        (0, Band.UNKNOWN),
        (1, Band.NANO),
        (9_999, Band.NANO),
        (10_000, Band.MICRO),
        (50_000, Band.MID),
        (500_000, Band.MACRO),
        (1_000_000, Band.MEGA),
    ],
)
def test_ad2_an_audience_has_a_band(followers: int, band: Band) -> None:
    """From nano to mega; nobody is in one without followers."""
    assert band_of(followers) == band


def test_ad2_reach_grows_with_the_logarithm_of_the_followers() -> None:
    """None up to 500, all of it from a million on, and each doubling adds about the same."""
    bonuses = [amplifier(RULES, [creator(500 * 2**n, 1, 0)]).reach_bonus for n in range(13)]
    assert bonuses[0] == 0
    steps = [later - earlier for earlier, later in pairwise(bonuses[:-2])]
    assert max(steps) - min(steps) <= 1
    assert bonuses[-1] == 500


@pytest.mark.parametrize(("followers", "posts", "known"), [(1_999, 10, False), (2_000, 9, False), (2_000, 10, True)])
def test_ad2_resonance_is_unknown_below_2000_followers_or_10_posts(followers: int, posts: int, known: bool) -> None:
    """There a rate is chance; what is unknown is neither good nor bad."""
    found = amplifier(RULES, [creator(followers, posts, 80)])
    assert (found.rate_ppm >= 0, found.resonance_bonus > 0) == (known, known)


def test_ad2_posts_of_more_than_twelve_months_ago_say_nothing_of_resonance() -> None:
    """Counted from the account's newest event, so that the clock alone changes nothing."""
    made = creator(5_000, 20, 100)
    assert amplifier(RULES, [made]).posts == 20
    take_in(made, Event("later", start_of(TODAY + 366), ""))
    assert amplifier(RULES, [made]).rate_ppm == -1


def test_ad2_few_posts_are_shrunk_towards_the_mean_of_the_band() -> None:
    """Of two accounts with the same splendid rate, the one with more posts is believed more."""
    few, many = (amplifier(RULES, [creator(5_000, posts, 400)]) for posts in (10, 200))
    assert few.rate_ppm == many.rate_ppm == 80_000
    assert 40_000 < few.shrunk_ppm < many.shrunk_ppm < 80_000
    assert few.shrunk_ppm == (10 * 80_000 + 20 * 40_000) // 30


def test_ad2_relevance_is_the_share_of_deeds_within_a_niche() -> None:
    """As if five more were about nothing; a customer's niches are told, the most frequent first."""
    made = Persona()
    for number in range(15):
        about = (ABOUT_ANYTHING, "fashion") if number < 10 else (ABOUT_ANYTHING, "service")
        take_in(made, Event(f"e{number}", start_of(TODAY), "", niches=about))
    found = amplifier(RULES, [made])
    assert (found.relevance_milli, found.niches) == (750, ("fashion", "service"))
    assert found.relevance_bonus == 150
    fewer = replace(RULES, relevance=replace(RULES.relevance, niches=RULES.relevance.niches[1:]))
    assert "fashion" not in amplifier(fewer, [made]).niches, "a niche that the rules do not name counts no more"


def test_ad2_an_audience_amplifies_what_is_said_for_the_brand_and_against_it() -> None:
    """The same review before a million people weighs half as much again; so does a detraction."""
    for action, weight in (("review_positive", 30_000), ("detraction", -40_000)):
        alone = evaluate(RULES, VERSION, personas([(JOE, event("e", action, TODAY))]), TODAY)
        heard = evaluate(RULES, VERSION, personas([(JOE, event("e", action, TODAY, followers=1_000_000))]), TODAY)
        assert (alone.raw_milli, heard.raw_milli) == (weight, weight * 3 // 2)
        assert heard.deeds_milli == weight


def test_ad2_followers_alone_make_no_advocate() -> None:
    """An amplifier of nothing is nothing."""
    made = persona([event("e", "like", TODAY, followers=10**6)])
    made.deeds.clear()
    assert evaluate(RULES, VERSION, {JOE: made}, TODAY).score == 0


@given(st.integers(1, 10**10))
def test_the_logarithm_is_near_the_true_one_and_never_falls(number: int) -> None:
    """Exact at powers of two, at most 0.09 below elsewhere."""
    assert -0.001 <= math.log2(number) - log2(number) / 2**16 < 0.0862
    assert log2(number) <= log2(number + 1)


AMPLIFIERS = st.builds(
    Amplifier, reach_bonus=st.integers(0, 500), resonance_bonus=st.integers(0, 300), relevance_bonus=st.integers(0, 200)
)


@given(AMPLIFIERS, st.integers(-(10**7), 10**7))
def test_amplifying_keeps_order_and_sign(made: Amplifier, milli: int) -> None:
    """So one more good deed never lowers a score, and nobody becomes a detractor by being heard."""
    assert made.amplified(milli) < made.amplified(milli + 1)
    assert (made.amplified(milli) < 0) == (milli < 0)


@given(AMPLIFIERS, st.integers(-(10**7), 10**7))
def test_amplifying_has_an_inverse(made: Amplifier, amplified: int) -> None:
    """The least weight that comes to this or more; the forecast rests on it."""
    least = made.least(amplified)
    assert made.amplified(least) >= amplified
    assert made.amplified(least - 1) < amplified
