"""All buyers together: models fitted to published data, foretelling, quintiles and cohorts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.profile.v1 import administration_pb2 as pb
from rapport.profile.v1 import facets_pb2 as facets
from rapportctl.errors import RapportctlError
from rapportctl.purchases import fitting
from rapportctl.purchases.calibration import calibrate, expected_repeats
from rapportctl.purchases.fitting import BgNbdFit, fit_bg_nbd, fit_gamma_gamma
from rapportctl.purchases.histories import Buyer, months
from rapportctl.purchases.modelling import model_buyers
from rapportctl.purchases.quintiles import quintiles
from rapportctl.purchases.report import cohorts, report
from tests.unit.customer_profile.purchases import cdnow


def buyer(customer: str, days: dict[int, int], **told: Any) -> Buyer:
    """Somebody who ordered on these days since 1970."""
    return Buyer(customer, tuple(sorted(days.items())), pb.PurchaseHistory(customer_id=customer, **told))


def since_1970(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@pytest.fixture(scope="module")
def cdnow_buyers() -> list[Buyer]:
    """The customers of CDNOW's sample over 78 weeks."""
    pytest.importorskip("scipy")
    return [
        buyer(customer, {since_1970(day): cents for day, cents in days.items()})
        for customer, days in cdnow.orders().items()
    ]


def test_pr9_bg_nbd_fitted_to_cdnow_has_the_published_parameters() -> None:
    """Fader, Hardie and Lee (2005), table 2: r 0.243, alpha 4.414, a 0.793, b 2.426, log-likelihood -9582.4."""
    pytest.importorskip("scipy")
    found = fit_bg_nbd([(each.repeats, each.recency, each.age) for each in cdnow.customers()])
    assert found.r == pytest.approx(0.243, abs=5e-4)
    assert found.alpha == pytest.approx(4.414, abs=5e-3)
    assert found.a == pytest.approx(0.793, abs=1e-3)
    assert found.b == pytest.approx(2.426, abs=2e-3)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert found.is_certain


def test_pr9_gamma_gamma_fitted_to_cdnow_has_the_published_parameters() -> None:
    """Fader and Hardie (2013): p 6.25, q 3.74, v 15.44, of the 946 who came again and spent something."""
    pytest.importorskip("scipy")
    again = [(each.repeats, each.mean) for each in cdnow.customers() if each.repeats and each.mean]
    found = fit_gamma_gamma(again)
    assert len(again) == 946
    assert found.p == pytest.approx(6.25, abs=0.01)
    assert found.q == pytest.approx(3.74, abs=0.01)
    assert found.v == pytest.approx(15.45, abs=0.02)


def test_pr9_the_unit_of_time_and_of_money_does_not_matter() -> None:
    pytest.importorskip("scipy")
    customers = cdnow.customers()
    weeks = fit_bg_nbd([(each.repeats, each.recency, each.age) for each in customers])
    days = fit_bg_nbd([(each.repeats, each.recency * 7, each.age * 7) for each in customers])
    assert days.alpha == pytest.approx(weeks.alpha * 7, rel=1e-3)
    assert [days.r, days.a, days.b] == pytest.approx([weeks.r, weeks.a, weeks.b], rel=1e-3)


def test_pr9_the_expected_repeats_are_the_published_ones() -> None:
    pytest.importorskip("scipy")
    fit = BgNbdFit(0.243, 4.414, 0.793, 2.426, 0.0, True)
    assert expected_repeats(fit, [(2, 30.43, 38.86)], 39) == [pytest.approx(1.226, abs=5e-4)]


def test_pr9_what_was_held_out_is_foretold_about_as_the_paper_shows(cdnow_buyers: list[Buyer]) -> None:
    """Fitted on weeks 1 to 39, held against 40 to 78: 1,882 repeats came; each row is near, and beats going on."""
    found = calibrate(cdnow_buyers, since_1970(date(1998, 6, 30)), 273)
    assert found is not None
    assert (found.buyers, found.actual) == (2357, 1882)
    assert found.expected == pytest.approx(found.actual, rel=0.15)
    assert found.mean_absolute_error < found.naive_error
    assert sum(row.buyers for row in found.rows) == 2357
    assert sum(row.buyers * row.actual for row in found.rows) == pytest.approx(1882)
    assert all(row.expected == pytest.approx(row.actual, rel=0.3) for row in found.rows)


def test_pr9_a_model_is_made_of_all_buyers_and_says_what_to_mind(cdnow_buyers: list[Buyer]) -> None:
    today = since_1970(date(1998, 6, 30))
    found = model_buyers(cdnow_buyers, "USD", today, 0)
    model = found.model
    assert (model.currency_code, model.buyers, model.fit_time.seconds) == ("USD", 2357, today * 86_400)
    assert list(model.rfm.order_days) == [1, 1, 2, 4]
    assert found.calibration is None
    assert found.doubts() == []
    once = [each.until(each.first_day) for each in cdnow_buyers[:200]]
    few = model_buyers([each for each in once if each is not None], "USD", today, 0)
    assert few.value is None
    assert not few.model.HasField("gamma_gamma")
    assert any("came again" in each for each in few.doubts())


def test_pr9_too_few_buyers_are_refused_in_a_sentence() -> None:
    with pytest.raises(RapportctlError, match="1 customers have ordered in EUR"):
        model_buyers([buyer("a", {1: 5})], "EUR", 9, 0)


def test_without_scipy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "scipy", None)
    with pytest.raises(RapportctlError, match=r"rapport\[reports\]"):
        fitting.science()


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_pr8_quintiles_have_a_fifth_at_or_below_them_and_no_smaller_value_has(values: list[int]) -> None:
    for share, bound in enumerate(quintiles(values), start=1):
        assert bound in values
        assert sum(value <= bound for value in values) * 5 >= share * len(values)
        assert sum(value < bound for value in values) * 5 < share * len(values)


def test_pr8_cohorts_go_on_to_the_last_month_of_all() -> None:
    january, march = since_1970(date(2026, 1, 31)), since_1970(date(2026, 3, 1))
    found = cohorts([buyer("a", {january: 1, march: 1}), buyer("b", {january: 1}), buyer("c", {march: 1})])
    assert [(each.month, each.buyers, each.active) for each in found] == [
        ("2026-01", 2, (2, 0, 1)),
        ("2026-03", 1, (1,)),
    ]
    assert list(months("2025-11", "2026-02")) == ["2025-11", "2025-12", "2026-01", "2026-02"]


def test_pr8_a_report_without_buyers_and_without_a_model_says_so() -> None:
    empty = report("EUR", [])
    assert (empty.buyers, empty.average_order, empty.repeat_rate, empty.cohorts) == (0, 0, 0.0, ())
    some = report("EUR", [buyer("a", {5: 100}, orders=1, order_days=1, gross_minor_units=100)])
    assert (some.alive, some.classes, some.model_version) == (None, (), "")


def test_pr8_classes_are_counted_with_what_they_ordered() -> None:
    rfm = {name: facets.Rfm(recency=1, rfm_class=name, model_version="EUR-1") for name in ("best", "lost")}
    found = report(
        "EUR",
        [
            buyer("a", {5: 100}, gross_minor_units=100, rfm=rfm["lost"]),
            buyer("b", {5: 900}, gross_minor_units=900, rfm=rfm["best"]),
            buyer("c", {5: 100}, gross_minor_units=150, rfm=rfm["lost"]),
        ],
    )
    assert [(each.name, each.buyers, each.gross) for each in found.classes] == [("lost", 2, 250), ("best", 1, 900)]
    assert found.model_version == "EUR-1"
