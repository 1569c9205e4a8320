"""Thirteen months of a real shop through the service, against pandas on the raw file and published figures."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.clock import ManualClock
from customer_profile.config import DEFAULT_RULES
from examples.common import CsvFile, Report
from examples.online_retail import COLUMNS, interactions
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.profile.v1 import administration_pb2 as pb
from rapport.profile.v1.profile_pb2 import CustomerRecord, PurchaseSummary
from rapportctl.purchases.fitting import BgNbdFit
from rapportctl.purchases.histories import Buyer, read_buyers
from rapportctl.purchases.modelling import Modelling, model_buyers
from rapportctl.purchases.report import PurchaseReport, report
from tests.unit.customer_profile.purchases.shop import administration
from tests.unit.customer_profile.ruled import world_with
from tests.unit.customer_profile.world import World

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(280)]

DATA = Path(__file__).resolve().parents[5] / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
END = datetime(2011, 12, 10, tzinfo=UTC)
TODAY = int(END.timestamp()) // 86_400
HORIZON = 90


@dataclass
class Shop:
    """The service after all invoices of named customers, with a model that was fitted to them and promoted."""

    world: World
    buyers: list[Buyer]
    modelling: Modelling
    report: PurchaseReport

    def summary(self, customer: str) -> PurchaseSummary:
        """What the record of a customer, named as in the file, says of purchases."""
        message = self.world.document(f"web_shop:{customer}")["message"]
        (found,) = CustomerRecord.FromString(message).purchases
        return found


class _Calls:
    """Calls the administration without a network, as far as `read_buyers` does."""

    def __init__(self, world: World) -> None:
        self._world = world

    def stream(self, _: str, method: str, request: Any, response: object) -> Iterator[Any]:
        assert (method, response) == ("ListPurchaseHistories", pb.ListPurchaseHistoriesResponse)
        return administration(self._world).list_purchase_histories(request, None)


@pytest.fixture(scope="module")
def raw() -> Any:
    """The invoices, by pandas."""
    if not DATA.exists():
        pytest.skip("the public data set shared/data/online_retail is not beside the project")
    pytest.importorskip("scipy")
    from tests.unit.customer_profile.purchases import raw_retail  # noqa: PLC0415 - pandas may be absent

    return raw_retail.invoices(DATA)


@pytest.fixture(scope="module")
def expected(raw: Any) -> Any:
    """What pandas says of each buyer."""
    from tests.unit.customer_profile.purchases import raw_retail  # noqa: PLC0415 - pandas may be absent

    return raw_retail.buyers(raw, TODAY)


@pytest.fixture(scope="module")
def shop(raw: Any, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Fold everything, fit, promote, and let records be computed anew."""
    rules = yaml.safe_load(DEFAULT_RULES.read_text())["purchases"]
    world = world_with(tmp_path_factory.mktemp("rules"), purchases={**rules, "currency": "GBP"})
    world.clock = ManualClock(END)
    named = [each for each in interactions(CsvFile(DATA, COLUMNS), Report()) if "guest" not in each.account.id]
    for account in sorted({_account(each) for each in named}):
        world.belongs(account, account)
    for each in named:
        # Lines are counted, and their words are not needed: the history of this test need not hold them.
        for line in each.purchase.lines:
            line.ClearField("description")
    world.interacted(*named)
    worker = world.runner()
    worker.run_until_quiet()
    calls: Any = _Calls(world)
    buyers = read_buyers(calls, "GBP")
    found = model_buyers(buyers, "GBP", TODAY, 0)
    found.model.owner, found.model.reason, found.model.horizon_days = "test", "Online Retail", HORIZON
    administration(world).promote_purchase_model(pb.PromotePurchaseModelRequest(model=found.model), None)
    for _ in range(4):
        world.clock.advance(timedelta(seconds=6))
        worker.run_until_quiet()
    return Shop(world, buyers, found, report("GBP", read_buyers(calls, "GBP")))


def _account(each: Interaction) -> str:
    return f"{each.account.channel}:{each.account.id}"


def test_pr8_customers_orders_revenue_and_returns_are_those_of_the_raw_file(shop: Shop, expected: Any) -> None:
    found = {}
    for customer in expected.index:
        each = shop.summary(customer)
        found[customer] = (
            each.orders,
            each.gross_minor_units,
            each.returns,
            each.returned_minor_units,
            each.order_days,
            each.first_at.seconds // 86_400,
            each.last_at.seconds // 86_400,
        )
    columns = ["orders", "gross", "returns", "returned", "order_days", "first", "last"]
    assert found == {customer: tuple(row) for customer, *row in expected[columns].itertuples()}


def test_pr8_the_sums_of_the_shop_are_the_published_ones(shop: Shop, expected: Any) -> None:
    """4,339 buyers and 8,911,407.90 pounds stand in the many analyses of this file without its unnamed customers."""
    told = shop.report
    assert (told.buyers, told.gross) == (4_339, 891_140_790)
    assert (told.orders, told.returns) == (expected.orders.sum(), expected.returns.sum())
    assert told.repeat_buyers == (expected.order_days > 1).sum()
    assert (told.returned, told.average_order) == (expected.returned.sum(), 891_140_790 // told.orders)


def test_pr8_rfm_scores_and_classes_are_those_of_an_independent_computation(shop: Shop, expected: Any) -> None:
    from tests.unit.customer_profile.purchases.raw_retail import quintile_scores  # noqa: PLC0415 - pandas

    scores = expected.assign(
        r=6 - quintile_scores(expected.since),
        f=quintile_scores(expected.order_days),
        m=quintile_scores(expected.gross),
    )[["r", "f", "m"]]
    classes = yaml.safe_load(DEFAULT_RULES.read_text())["purchases"]["rfm_classes"]
    wanted = {customer: (r, f, m, _class(classes, r, f, m)) for customer, r, f, m in scores.itertuples()}
    found = {}
    for customer in expected.index:
        rfm = shop.summary(customer).rfm
        found[customer] = (rfm.recency, rfm.frequency, rfm.monetary, rfm.rfm_class)
    assert found == wanted
    assert {each.name: each.buyers for each in shop.report.classes} == Counter(name for *_, name in wanted.values())


def _class(classes: list[dict[str, Any]], *scores: int) -> str:
    for each in classes:
        bounds = [each.get(name, [1, 5]) for name in ("recency", "frequency", "monetary")]
        if all(low <= score <= high for score, (low, high) in zip(scores, bounds, strict=True)):
            return str(each["name"])
    return ""


def test_pr8_the_cohort_table_is_that_of_an_independent_computation(shop: Shop, raw: Any) -> None:
    from tests.unit.customer_profile.purchases.raw_retail import cohorts  # noqa: PLC0415 - pandas

    table = cohorts(raw)
    assert [each.month for each in shop.report.cohorts] == list(table.index)
    for place, each in enumerate(shop.report.cohorts):
        assert list(each.active) == list(table.iloc[place, place:])
    assert shop.report.cohorts[0].active[:4] == (885, 324, 286, 340)


def test_pr9_the_parameters_are_those_that_another_fitter_finds(shop: Shop, expected: Any) -> None:
    """PyPI's lifetimes on pandas' table: as likely, to a millionth, and much the same parameters."""
    lifetimes = pytest.importorskip("lifetimes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = lifetimes.BetaGeoFitter().fit(
            expected.order_days - 1, expected["last"] - expected["first"], TODAY - expected["first"]
        )
        again = expected[expected.repeat_gross > 0]
        spent = lifetimes.GammaGammaFitter().fit(again.order_days - 1, again.repeat_gross / (again.order_days - 1))
    mine, value = shop.modelling.frequency, shop.modelling.value
    assert value is not None
    assert mine.is_certain
    for name in ("r", "alpha", "a", "b"):
        assert getattr(mine, name) == pytest.approx(other.params_[name], rel=0.02)
    for name in ("p", "q", "v"):
        assert getattr(value, name) == pytest.approx(spent.params_[name], rel=0.02)


def test_pr9_lifetime_values_are_those_of_an_independent_computation(shop: Shop, expected: Any) -> None:
    """The formulas of the papers with scipy's hypergeometric function, on pandas' table, for every buyer."""
    formula = _formula(shop.modelling.frequency, expected)
    value = shop.modelling.value
    assert value is not None
    x = expected.order_days - 1
    each = value.p * (value.v + expected.repeat_gross) / (value.p * x + value.q - 1)
    # Records tell the value of the last refresh; histories that of today, which pandas has computed.
    told = {buyer.customer.removeprefix("web_shop:"): buyer.told for buyer in _now(shop)}
    for customer, (alive, orders), amount in zip(expected.index, formula, each, strict=True):
        found = told[customer].lifetime_value
        assert found.probability_alive == pytest.approx(alive, abs=2e-6)
        assert found.expected_orders == pytest.approx(orders, rel=1e-5, abs=2e-6)
        assert found.expected_order_minor_units == pytest.approx(amount, abs=0.51)
        assert found.expected_minor_units == pytest.approx(orders * amount, abs=1 + orders, rel=1e-5)
        assert shop.summary(customer).lifetime_value.model_version == found.model_version


def _now(shop: Shop) -> list[Buyer]:
    calls: Any = _Calls(shop.world)
    return read_buyers(calls, "GBP", END)


def _formula(fit: BgNbdFit, table: Any) -> list[tuple[float, float]]:
    """The probability to be alive, and the order days expected within the horizon."""
    from scipy.special import hyp2f1  # noqa: PLC0415 - an extra

    r, alpha, a, b = fit.r, fit.alpha, fit.a, fit.b
    x, recency, age = table.order_days - 1, table["last"] - table["first"], TODAY - table["first"]
    odds = (x > 0) * a / (b + x.clip(lower=1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + x)
    share = HORIZON / (alpha + age + HORIZON)
    lost = (1 - share) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, share)
    orders = (a + b + x - 1) / (a - 1) * (1 - lost) / (1 + odds)
    return list(zip(1 / (1 + odds), orders, strict=True))
