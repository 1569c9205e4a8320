"""Weights for people: probabilities that are never more certain than they are, and bars that meet."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.identity.v1.events_pb2 import FieldWeight
from rapport.identity.v1.service_pb2 import Comparison
from rapportctl.bits import percent, probability, weight_text
from rapportctl.waterfall import WIDTH, bars, waterfall_rows

WEIGHTS = st.floats(-60, 60)


@pytest.mark.parametrize(
    ("weight", "text"),
    [
        (0.0, "+0.0 bits (50.00 %)"),
        (6.6, "+6.6 bits (98.98 %)"),
        (-3.0, "-3.0 bits (11.11 %)"),
        (20.0, "+20.0 bits (over 99.99 %)"),
        (-20.0, "-20.0 bits (under 0.01 %)"),
        (1e9, "+1000000000.0 bits (100 %)"),
    ],
)
def test_a_weight_stands_with_its_probability(weight: float, text: str) -> None:
    assert weight_text(weight) == text


@given(WEIGHTS)
def test_a_probability_and_its_odds_agree(weight: float) -> None:
    """P = 2^w / (1 + 2^w), so P and the P of the opposite weight add up to 1."""
    assert probability(weight) == pytest.approx(2**weight / (1 + 2**weight))
    assert probability(weight) + probability(-weight) == pytest.approx(1.0)


@given(st.floats(0, 1))
def test_what_is_not_certain_is_never_called_so(share: float) -> None:
    assert (percent(share) in ("100 %", "0 %")) == (share in (0.0, 1.0))
    assert percent(share) not in ("100.00 %", "0.00 %")


def comparison(prior: float, weights: list[float], more: float = 0.0) -> Comparison:
    fields = [FieldWeight(field=f"f{n}", level="exact", weight=weight) for n, weight in enumerate(weights)]
    return Comparison(prior_weight=prior, fields=fields, weight=prior + sum(weights) + more)


@given(WEIGHTS, st.lists(WEIGHTS, max_size=8), st.sampled_from([0.0, 4.0, -7.5]))
def test_id8_each_bar_begins_where_the_one_before_ended_and_the_last_is_their_sum(
    prior: float, weights: list[float], more: float
) -> None:
    """Also where the fields do not account for the whole weight: a bar of its own says so."""
    compared = comparison(prior, weights, more)
    *steps, whole = bars(compared)
    assert [bar.start for bar in steps] == [0.0, *(bar.end for bar in steps[:-1])]
    assert math.isclose(steps[-1].end, compared.weight, abs_tol=0.05)
    assert (whole.start, whole.end) == (0.0, compared.weight)
    assert len(steps) == 1 + len(weights) + (more != 0.0)


@given(WEIGHTS, st.lists(WEIGHTS, max_size=8))
def test_id8_whatever_moves_the_weight_is_seen_and_nothing_leaves_the_frame(prior: float, weights: list[float]) -> None:
    compared = comparison(prior, weights)
    for bar, row in zip(bars(compared), waterfall_rows(compared), strict=True):
        drawn = row[""].plain
        assert len(drawn) <= WIDTH + 2
        assert ("█" in drawn, "░" in drawn) == (bar.weight > 0, bar.weight < 0)
