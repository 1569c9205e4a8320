"""What a merge, a split or an undo would make of records, asked before it is done."""

from __future__ import annotations

from typing import Any

from rapport.advocacy.v1.advocacy_pb2 import STANDING_ADVOCATE, Score
from rapport.common.v1.proposal_pb2 import ProposedCustomer
from rapport.profile.v1.profile_pb2 import CustomerRecord, PreviewCustomersRequest, PreviewCustomersResponse
from tests.unit.customer_profile.serving import serve
from tests.unit.customer_profile.world import World, facts, followers, interaction, observation, purchase, returned
from tests.unit.wire.merging import APART, MERGED, PARTED, merge, part, stay_apart, undo
from tests.unit.wire.world import ANN, JOE, JOE_SHOP


def apart() -> World:
    """Joe with two accounts, a score and an order, and Ann, who told her e-mail address later than he told his."""
    world = World()
    stay_apart(world)
    world.interacted(
        interaction("e1", JOE, 1, figures=followers(10)),
        observation("e2", JOE, 2, email="joe@example.com", given_name="Joe"),
        purchase("e3", JOE_SHOP, 3, "o1", 1000),
        interaction("e4", ANN, 4, figures=followers(30)),
        observation("e5", ANN, 5, email="ann@example.com"),
        purchase("e6", ANN, 6, "o2", 500),
        returned("e7", ANN, 7, "r1", 100),
    )
    for customer, points in (("C1", 700), ("C2", 10)):
        score = Score(customer_id=customer, score=points, standing=STANDING_ADVOCATE, version=1)
        world.publish("advocacy-scores", customer, score.SerializeToString())
    world.settle()
    return world


def preview(world: World, *customers: ProposedCustomer) -> PreviewCustomersResponse:
    request = PreviewCustomersRequest(customers=customers)
    return PreviewCustomersResponse.FromString(serve(world).preview_customers(request, None))


def previewed(world: World, *customers: ProposedCustomer) -> dict[str, CustomerRecord]:
    return {record.customer_id: facts(record) for record in preview(world, *customers).customers}


def published(world: World, *customers: str) -> dict[str, CustomerRecord]:
    return {customer: facts(world.published(customer)[-1]) for customer in customers}


def test_id9_the_preview_of_a_merge_is_the_record_that_is_then_published() -> None:
    """With the newest details of both, sums of both, and the survivor's score as long as there is no newer one."""
    world = apart()
    foreseen = previewed(world, MERGED)
    merge(world)
    world.settle()
    assert foreseen == published(world, "C1")
    record = foreseen["C1"]
    assert (record.contact.email.value, record.contact.given_name.value) == ("ann@example.com", "Joe")
    assert (record.purchases[0].net_minor_units, record.activity.followers) == (1400, 40)
    assert (list(record.absorbed), record.score.score) == (["C2"], 700)


def test_id9_the_preview_of_an_undo_is_what_is_then_published_and_what_was_before() -> None:
    """Both customers of one call are as if there had been no merge."""
    world = apart()
    before = published(world, "C1", "C2")
    merge(world)
    world.settle()
    foreseen = previewed(world, *APART)
    undo(world)
    world.settle()
    assert foreseen == published(world, "C1", "C2") == before


def test_id9_a_split_to_a_customer_that_never_was_is_previewed_too() -> None:
    """An account that came to its customer at once has none of its own before."""
    world = apart()
    foreseen = previewed(world, *PARTED)
    part(world)
    world.settle()
    assert foreseen == published(world, "C1", "C5")
    assert not foreseen["C5"].HasField("score")


def held(world: World) -> dict[str, dict[str, Any]]:
    """Every collection that holds anything."""
    return {name: documents for name, documents in world.everything().items() if documents}


def test_id9_a_preview_writes_nothing() -> None:
    """The store is as it was; a server has nothing to publish with."""
    world = apart()
    stored = held(world)
    preview(world, MERGED)
    preview(world, *APART)
    assert held(world) == stored


def test_a_preview_says_that_it_is_none_of_the_published_states() -> None:
    """Versions are 0; accounts that nothing is known of are named and count for nothing."""
    world = apart()
    answer = preview(world, ProposedCustomer(customer_id="C2", account_keys=["x:nobody", ANN]))
    assert list(answer.unknown_accounts) == ["x:nobody"]
    (record,) = answer.customers
    assert (record.name, record.version, record.etag, record.membership_version) == ("customers/C2", 0, '"0"', 0)
    assert list(record.accounts) == [ANN, "x:nobody"]
    assert record.activity == world.record("C2").activity
