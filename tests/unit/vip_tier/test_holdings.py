"""What the service says that it holds of a person is all that names the person, as JSON that says what it means."""

from __future__ import annotations

import json
from datetime import timedelta

from rapport.interactions.v1.decision_pb2 import Decision, PointsAdjustment
from tests.unit.vip_tier.world import World, purchase, returned
from tests.unit.wire.held import holdings, listed, naming, places
from tests.unit.wire.world import ANN, JOE, JOE_SHOP
from vip_tier import bootstrap

NO_HOLDINGS = {"erased_members", "erased_groups", "letters"}
"""What is left of those who were erased, and whom dead letters tell of, as hashes."""


def world() -> World:
    """Two people with everything that the service keeps: Joe, into whom another customer was merged, and Ann."""
    made = World()
    for customer, account in (("C1", JOE), ("C2", JOE_SHOP), ("C3", ANN)):
        made.belongs(customer, account)
        made.interacted(
            purchase(f"p-{account}", account, 1, f"o-{account}", 90_000), returned(f"r-{account}", account, 2, "r", 500)
        )
        made.scored(customer, 700)
    made.settle()
    decision = Decision(event_id="d1", account_key=JOE, owner="S-17", reason="a gift")
    decision.points_adjustment.CopyFrom(PointsAdjustment(points=70))
    decision.decided_at.FromDatetime(made.clock.now())
    made.publish("decisions", JOE, decision.SerializeToString())
    made.belongs("C1", JOE, JOE_SHOP, absorbed=["C2"])
    made.merged("C2", into="C1")
    made.settle()
    made.clock.advance(timedelta(days=400))
    made.settle()
    return made


def test_every_document_that_names_the_person_is_held_and_no_other() -> None:
    """Looked for byte by byte in all collections."""
    made = world()
    keys = ["C1", "C2"], [JOE, JOE_SHOP]
    found = listed(holdings(bootstrap.SERVICE, made.server_context()), *keys)
    assert places(found) == naming(made.stores, [*keys[0], *keys[1]])
    assert {each.collection for each in found} == set(made.stores) - NO_HOLDINGS


def test_every_collection_of_the_service_is_a_holding() -> None:
    made = world()
    request = listed(holdings(bootstrap.SERVICE, made.server_context()), ["C3"], [ANN])
    declared = {each._get_collection_name() for each in bootstrap.SERVICE.collections}
    assert {each.collection for each in request} == declared - NO_HOLDINGS


def test_states_and_messages_are_told_with_money_and_points_as_whole_numbers() -> None:
    made = world()
    found = listed(holdings(bootstrap.SERVICE, made.server_context()), ["C1"], [JOE])
    told = {(each.collection, each.id): json.loads(each.json) for each in found}
    (tier,) = [each for (collection, _), each in told.items() if collection == "tiers"]
    assert tier["published"]["customer_id"] == "C1"
    assert tier["stored"]["inputs"]["score"]["value"]["score"] == 700
    persona = told["personas", JOE]
    assert persona["state"]["decisions"]["d1"]["owner"] == "S-17"
    (change, *_) = [each for (collection, _), each in told.items() if collection == "changes"]
    assert change["message"]["customer_id"] == "C1"
