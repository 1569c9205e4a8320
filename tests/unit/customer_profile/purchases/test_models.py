"""BG/NBD, Gamma-Gamma and RFM: published values, an independent formula, and what must hold whatever the numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from customer_profile.domain.purchases.bg_nbd import Frequency, expected_orders, log_likelihood, probability_alive
from customer_profile.domain.purchases.gamma_gamma import expected_value
from customer_profile.domain.purchases.model import BgNbd, GammaGamma, PurchaseModel, RfmBounds, mistakes
from customer_profile.domain.purchases.rfm import RfmClass, days_until_less_recent, scored
from tests.unit.customer_profile.purchases.cdnow import customers

PAPER = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
"""Fader, Hardie and Lee (2005), table 2; time in weeks."""

NOTE = GammaGamma(p=6.25, q=3.74, v=1545)
"""Fader and Hardie (2013); values in cents."""

BOUNDS = RfmBounds((10, 20, 30, 40), (1, 1, 2, 4), (1000, 2000, 3000, 4000))

positive = st.floats(0.05, 20)
models = st.builds(BgNbd, positive, st.floats(0.5, 400), positive, positive)


@st.composite
def buyers(draw: st.DrawFn, least: int = 0) -> Frequency:
    """Somebody's history in days."""
    age = draw(st.integers(0, 3000))
    repeats = draw(st.integers(least, 60))
    return Frequency(repeats, draw(st.integers(0, age)) if repeats else 0, age)


def test_pr9_the_likelihood_of_cdnow_is_the_published_one() -> None:
    total = sum(log_likelihood(PAPER, Frequency(each.repeats, each.recency, each.age)) for each in customers())
    assert total == pytest.approx(-9582.4, abs=0.05)


def test_pr9_the_expected_orders_of_a_customer_are_the_published_ones() -> None:
    """Hardie's note on the model in Excel works out customer 1 of CDNOW: twice again, last in week 30.43 of 38.86."""
    assert expected_orders(PAPER, Frequency(2, 30.43, 38.86), 39) == pytest.approx(1.226, abs=0.0005)


def test_pr9_the_expected_value_of_a_customer_is_the_published_one() -> None:
    """Customer 1 spent 22.35 dollars on each of two repeats: 24.66 are expected; of somebody unknown, 35.25."""
    assert expected_value(NOTE, 2, 4470) == pytest.approx(2466, abs=2)
    assert expected_value(NOTE, 0, 0) == pytest.approx(3525, abs=10)


def test_pr9_the_sum_is_the_formula_of_the_paper() -> None:
    """Against equation (10) with scipy's hypergeometric function, where that is not 0 by 0."""
    hyp2f1 = pytest.importorskip("scipy.special").hyp2f1

    @given(models, buyers(), st.integers(1, 1825))
    def agrees(model: BgNbd, buyer: Frequency, days: int) -> None:
        r, alpha, a, b = model.r, model.alpha, model.a, model.b
        x, _, age = buyer
        assume(abs(a - 1) > 1e-3 and abs(a + b + x - 1) > 1e-3)
        share = days / (alpha + age + days)
        series = hyp2f1(r + x, b + x, a + b + x - 1, share)
        left = (1 - share) ** (r + x)
        # Where the product is no number, scipy has left the range of floats: there is nothing to compare with.
        assume(left * series == left * series and abs(left * series) < 1e6)
        formula = probability_alive(model, buyer) * (a + b + x - 1) / (a - 1) * (1 - left * series)
        assert expected_orders(model, buyer, days) == pytest.approx(formula, rel=1e-6, abs=1e-6)

    agrees()


@pytest.mark.parametrize("buyer", [Frequency(0, 0, 400), Frequency(3, 90, 400)])
def test_pr9_where_the_formula_is_nought_by_nought_the_sum_goes_on_smoothly(buyer: Frequency) -> None:
    beside, at_one, beyond = (
        expected_orders(replace(PAPER, alpha=31.0, a=a), buyer, 365) for a in (0.9999, 1.0, 1.0001)
    )
    assert beside > at_one > beyond
    assert beside - beyond < 1e-3


@given(models, buyers(least=1), st.integers(0, 3000))
def test_pr9_who_ordered_more_recently_is_never_less_alive(model: BgNbd, buyer: Frequency, later: int) -> None:
    recent = buyer._replace(recency=min(buyer.age, buyer.recency + later))
    assert probability_alive(model, recent) >= probability_alive(model, buyer)


@given(models, buyers(), st.integers(1, 3000))
def test_pr9_time_without_an_order_never_makes_anybody_more_alive(model: BgNbd, buyer: Frequency, days: int) -> None:
    later = buyer._replace(age=buyer.age + days)
    assert 0 <= probability_alive(model, later) <= probability_alive(model, buyer) <= 1


@given(models, buyers(), st.integers(1, 900), st.integers(1, 900))
def test_pr9_a_longer_horizon_expects_no_less_and_nobody_orders_more_than_without_dropping_out(
    model: BgNbd, buyer: Frequency, days: int, more: int
) -> None:
    few, many = (expected_orders(model, buyer, horizon) for horizon in (days, days + more))
    without_end = (model.r + buyer.repeats) * (days + more) / (model.alpha + buyer.age)
    assert 0 <= few <= many + 1e-9
    assert many <= without_end * (1 + 1e-9)


@given(
    st.builds(GammaGamma, positive, st.floats(1.05, 20), st.floats(1, 1e6)), st.integers(1, 500), st.integers(0, 10**9)
)
def test_pr9_the_expected_value_lies_between_the_mean_of_all_and_the_own_mean(
    model: GammaGamma, repeats: int, amount: int
) -> None:
    """And it is a whole number of minor units."""
    of_all, own = model.p * model.v / (model.q - 1), amount / repeats
    found = expected_value(model, repeats, amount)
    assert isinstance(found, int)
    assert min(of_all, own) - 1 <= found <= max(of_all, own) + 1


def test_pr9_a_long_history_and_a_long_horizon_are_computed_without_overflow() -> None:
    steady = expected_orders(BgNbd(0.3, 30.0, 0.8, 2.4), Frequency(20_000, 20_000, 20_000), 1825)
    assert 1700 < steady < 1830
    assert expected_orders(BgNbd(0.3, 0.5, 0.8, 2.4), Frequency(0, 0, 0), 1825) > 1
    assert expected_orders(BgNbd(0.3, 30.0, 0.8, 2.4), Frequency(5_000, 100, 20_000), 1825) == 0.0


def test_pr8_scores_lie_between_the_bounds_and_a_bound_counts_below() -> None:
    def scores(days_since: int, order_days: int, gross: int) -> tuple[int, int, int]:
        found = scored(BOUNDS, (), "m", days_since=days_since, order_days=order_days, gross=gross)
        return found.recency, found.frequency, found.monetary

    assert scores(0, 1, 0) == (5, 1, 1)
    assert scores(10, 2, 1000) == (5, 3, 1)
    assert scores(11, 3, 1001) == (4, 4, 2)
    assert scores(40, 4, 4000) == (2, 4, 4)
    assert scores(41, 5, 4001) == (1, 5, 5)


def test_pr8_the_first_class_that_holds_gives_the_name() -> None:
    classes = (RfmClass("best", (4, 5), (4, 5), (4, 5)), RfmClass("recent", (4, 5)), RfmClass("gone", (1, 1)))

    def named(days_since: int, order_days: int) -> str:
        return scored(BOUNDS, classes, "m", days_since=days_since, order_days=order_days, gross=5000).name

    assert [named(0, 9), named(0, 1), named(99, 9), named(35, 9)] == ["best", "recent", "gone", ""]


@given(st.integers(0, 100))
def test_pr8_recency_falls_on_the_day_that_is_told_and_not_before(days_since: int) -> None:
    def recency(days: int) -> int:
        return scored(BOUNDS, (), "m", days_since=days, order_days=1, gross=1).recency

    wait = days_until_less_recent(BOUNDS, days_since)
    if wait == 0:
        assert recency(days_since) == 1
    else:
        assert recency(days_since + wait - 1) == recency(days_since)
        assert recency(days_since + wait) == recency(days_since) - 1


RIGHT = PurchaseModel("EUR", "v", 365, BOUNDS, PAPER, NOTE)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("currency_code", replace(RIGHT, currency="euro")),
        ("horizon_days", replace(RIGHT, horizon_days=0)),
        ("horizon_days", replace(RIGHT, horizon_days=1826)),
        ("rfm", replace(RIGHT, rfm=None, bg_nbd=None, gamma_gamma=None)),
        ("rfm.recency_days", replace(RIGHT, rfm=replace(BOUNDS, recency_days=(1, 2, 3)))),
        ("rfm.order_days", replace(RIGHT, rfm=replace(BOUNDS, order_days=(4, 3, 2, 1)))),
        ("rfm.gross_minor_units", replace(RIGHT, rfm=replace(BOUNDS, gross_minor_units=(-1, 0, 1, 2)))),
        ("bg_nbd.r", replace(RIGHT, bg_nbd=replace(PAPER, r=0.0))),
        ("bg_nbd.alpha", replace(RIGHT, bg_nbd=replace(PAPER, alpha=0.1))),
        ("bg_nbd.b", replace(RIGHT, bg_nbd=replace(PAPER, b=float("nan")))),
        ("gamma_gamma.q", replace(RIGHT, gamma_gamma=replace(NOTE, q=1.0))),
        ("gamma_gamma", replace(RIGHT, bg_nbd=None)),
    ],
)
def test_pr9_a_model_that_cannot_be_computed_with_is_told_by_its_field(field: str, wrong: PurchaseModel) -> None:
    assert mistakes(RIGHT) == {}
    assert list(mistakes(wrong)) == [field]


def test_pr9_the_more_often_somebody_came_the_more_the_own_mean_counts() -> None:
    found = [expected_value(NOTE, repeats, repeats * 10_000) for repeats in (1, 2, 5, 20, 100)]
    assert all(one < other for one, other in pairwise(found))
    assert 9_900 < found[-1] < 10_000
