"""Models of buyers: promoted, learnt of within seconds, and what everybody bought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import grpc
import pytest

from customer_profile.adapters import rpc_purchases
from customer_profile.adapters.documents import RECORDS
from rapport.profile.v1 import administration_pb2 as pb
from tests.unit.customer_profile.purchases.shop import (
    administration,
    bought,
    days,
    gave_back,
    histories,
    model,
    promote,
)
from tests.unit.customer_profile.serving import refused
from tests.unit.customer_profile.world import World
from tests.unit.wire.world import ANN, JOE, JOE_SHOP, days_after

C1, C2 = "01kknq5e8d0000g00000000001", "01kknq5e8d0000g00000000002"


@pytest.fixture
def world() -> World:
    """Joe ordered on three days with two accounts, Ann on one; a hundred days have passed."""
    world = World()
    world.belongs(C1, JOE, JOE_SHOP)
    world.belongs(C2, ANN)
    world.interacted(
        bought(JOE, 1, "A-1", 1000),
        bought(JOE_SHOP, 1, "A-2", 500),
        bought(JOE, 30, "A-3", 2000),
        bought(JOE_SHOP, 80, "A-4", 3000),
        gave_back(JOE, 81, "R-1", "A-4", 100),
        bought(ANN, 50, "B-1", 700),
    )
    days(world, 100)
    return world


def test_pr9_a_promoted_model_is_in_every_record_within_seconds(world: World) -> None:
    worker = world.runner()
    worker.run_until_quiet()
    before = world.record(C1)
    assert not before.purchases[0].HasField("rfm")
    version = promote(world).version
    world.clock.advance(timedelta(seconds=6))
    for _ in range(4):
        worker.run_until_quiet()
        world.clock.advance(timedelta(seconds=6))
    record = world.record(C1)
    (summary,) = record.purchases
    assert (summary.rfm.model_version, summary.lifetime_value.model_version) == (version, version)
    assert record.rules_version.startswith(before.rules_version)
    assert record.rules_version != before.rules_version
    assert (summary.rfm.recency, summary.rfm.frequency, summary.rfm.monetary) == (4, 3, 4)
    assert summary.rfm.rfm_class
    assert world.document(C1)["index"]["rfm"] == summary.rfm.rfm_class
    assert 0 < summary.lifetime_value.probability_alive < 1
    assert summary.lifetime_value.expected_minor_units > 0
    assert summary.lifetime_value.horizon_days == 365


def test_pr9_a_lifetime_value_and_recency_change_with_time_alone(world: World) -> None:
    promote(world)
    world.clock.advance(timedelta(seconds=6))
    days(world, 0)
    first = world.record(C1).purchases[0]
    days(world, 40)
    later = world.record(C1).purchases[0]
    assert later.lifetime_value.probability_alive < first.lifetime_value.probability_alive
    assert later.lifetime_value.compute_time.seconds > first.lifetime_value.compute_time.seconds
    assert later.rfm.recency < first.rfm.recency
    days(world, 0.1)
    assert world.record(C1).purchases[0] == later


def test_pr9_the_same_model_promoted_again_changes_nothing(world: World) -> None:
    first, again = promote(world), promote(world, owner="somebody else", reason="once more")
    assert first.version == again.version
    assert promote(world, horizon_days=90).version != first.version


def test_pr9_a_model_is_answered_as_it_was_promoted(world: World) -> None:
    promoted = promote(world)
    found = administration(world).get_purchase_model(pb.GetPurchaseModelRequest(currency_code="EUR"), None)
    assert found == promoted == administration(world).get_purchase_model(pb.GetPurchaseModelRequest(), None)
    assert (found.owner, found.reason, found.horizon_days, found.buyers) == ("crm", "a test", 365, 1000)
    error = refused(administration(world).get_purchase_model, pb.GetPurchaseModelRequest(currency_code="USD"))
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "NO_MODEL")


def test_pr9_a_model_without_gamma_gamma_expects_what_was_spent_on_average(world: World) -> None:
    promote(world, gamma_gamma=None)
    days(world, 1)
    value = world.record(C1).purchases[0].lifetime_value
    assert value.expected_order_minor_units == 6500 // 3


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("model.currency_code", {"currency_code": "eur"}),
        ("model.owner", {"owner": " "}),
        ("model.reason", {"reason": ""}),
        (
            "model.rfm.order_days",
            {"rfm": pb.RfmBounds(recency_days=[1] * 4, order_days=[2], gross_minor_units=[1] * 4)},
        ),
        ("model.bg_nbd.alpha", {"bg_nbd": pb.BgNbd(r=1, alpha=-1, a=1, b=1)}),
        ("model.gamma_gamma.q", {"gamma_gamma": pb.GammaGamma(p=1, q=0.5, v=1)}),
        ("model.horizon_days", {"horizon_days": -3}),
    ],
)
def test_pr9_a_model_that_cannot_be_used_is_refused_with_its_field(
    world: World, field: str, changes: dict[str, Any]
) -> None:
    request = pb.PromotePurchaseModelRequest(model=model(**changes))
    error = refused(administration(world).promote_purchase_model, request)
    assert (error.code, error.metadata["field"]) == (grpc.StatusCode.INVALID_ARGUMENT, field)


def test_pr8_histories_tell_what_every_buyer_bought(world: World) -> None:
    found = histories(world, with_orders=True)
    assert set(found) == {C1, C2}
    joe = found[C1]
    assert (joe.orders, joe.order_days, joe.gross_minor_units, joe.repeat_minor_units) == (4, 3, 6500, 5000)
    assert (joe.returns, joe.returned_minor_units) == (1, 100)
    assert [each.minor_units for each in joe.past_orders] == [500, 1000, 2000, 3000]
    assert joe.first_at == days_after(1)
    assert joe.last_at == days_after(80)
    assert not joe.HasField("rfm")
    assert not histories(world)[C1].past_orders
    assert histories(world, currency_code="JPY") == {}


def test_pr8_messages_of_histories_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has very many orders is told by days, and a message with many orders ends; nothing is lost."""
    monkeypatch.setattr(rpc_purchases, "SINGLY", 3)
    monkeypatch.setattr(rpc_purchases, "ORDERS_IN_A_MESSAGE", 1)
    joe = histories(world, with_orders=True)[C1]
    assert [each.minor_units for each in joe.past_orders] == [1500, 2000, 3000]
    assert joe.orders == 4


def test_pr8_histories_of_an_earlier_time_leave_out_what_came_after(world: World) -> None:
    found = histories(world, as_of=days_after(40))
    assert set(found) == {C1}
    assert (found[C1].orders, found[C1].gross_minor_units, found[C1].returns) == (3, 3500, 0)


def test_pr9_histories_tell_scores_and_values_as_records_do(world: World) -> None:
    promote(world)
    days(world, 1)
    for customer, history in histories(world).items():
        (summary,) = world.record(customer).purchases
        assert history.rfm == summary.rfm
        # A record keeps a value for up to a week; a history tells that of the day that is asked for.
        day = summary.lifetime_value.compute_time
        assert histories(world, as_of=day)[customer].lifetime_value == summary.lifetime_value


def test_pr8_a_merged_customer_stands_in_histories_once(world: World) -> None:
    world.merged(C2, C1)
    world.belongs(C1, JOE, JOE_SHOP, ANN, absorbed=[C2])
    world.settle()
    found = histories(world)
    assert {customer: each.orders for customer, each in found.items()} == {C1: 5}


def test_pr8_what_is_asked_for_wrongly_is_refused(world: World) -> None:
    call = administration(world).list_purchase_histories
    error = refused(call, pb.ListPurchaseHistoriesRequest(currency_code="euro"))
    assert error.metadata["field"] == "currency_code"
    request = pb.ListPurchaseHistoriesRequest()
    request.as_of.seconds = 10**12
    assert refused(call, request).metadata["field"] == "as_of"


def test_pr9_two_who_promote_at_once_do_not_overwrite_each_other_unseen(world: World) -> None:
    """The one who loses is told so."""
    promote(world)
    service, models = administration(world), world.stores["models"]
    lose = models.compare_and_set
    models.compare_and_set = lambda documents: {each["_id"] for each in documents}  # type: ignore[method-assign]
    error = refused(service.promote_purchase_model, pb.PromotePurchaseModelRequest(model=model(horizon_days=30)))
    models.compare_and_set = lose  # type: ignore[method-assign]
    assert (error.code, error.reason) == (grpc.StatusCode.ABORTED, "RULES_CHANGED")


def test_pr8_every_record_of_a_buyer_says_so_in_its_index(world: World) -> None:
    """Histories look only at those: who never ordered is not loaded."""
    assert all("bought" in each["index"] for each in world.stores[RECORDS].everything().values())
