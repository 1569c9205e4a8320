"""Asking services over real gRPC: answers, batches, pages, and errors as sentences."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.identity.v1.events_pb2 import Customer
from rapport.identity.v1.service_pb2 import Key, ResolveResponse
from rapport.profile.v1.profile_pb2 import CustomerRecord, TimelineEntry, TimelineFilter
from rapport.tier.v1.tier_pb2 import Tier
from rapportctl.calls import Calls, RefusedError, UnknownError
from rapportctl.deployment import Deployment
from rapportctl.errors import NotFoundError, RapportctlError
from tests.unit.rapportctl.fakes import BLOCKED, IdentityService, ProfileService, ResultServices, serving


class World:
    """The services, and calls that reach them."""

    def __init__(
        self, identity: IdentityService, profile: ProfileService, results: ResultServices, calls: Calls
    ) -> None:
        self.identity = identity
        self.profile = profile
        self.results = results
        self.calls = calls


@pytest.fixture
def world() -> Iterator[World]:
    with serving() as (identity, profile, results, environment), Calls(Deployment(environment)) as calls:
        yield World(identity, profile, results, calls)


def test_each_call_reaches_its_service_under_the_right_name(world: World) -> None:
    world.identity.resolved["store:1"] = ResolveResponse(customer_id="C")
    world.identity.memberships["customers/C"] = Customer(customer_id="C")
    world.profile.records["customers/C"] = CustomerRecord(customer_id="C", version=1)
    world.results.scores["customers/C/score"] = Score(customer_id="C", score=7)
    world.results.tiers["customers/C/tier"] = Tier(customer_id="C", tier="gold")
    calls = world.calls
    assert calls.resolve(Key(account="store:1")).customer_id == "C"
    assert calls.membership("C").customer_id == "C"
    assert calls.customer("C").version == 1
    assert calls.score("C").score == 7
    assert calls.tier("C").tier == "gold"


def test_pr1_many_are_asked_for_in_batches_and_what_is_missing_is_named(world: World) -> None:
    ids = [f"C{number}" for number in range(2_500)]
    for id_ in ids[:-1]:
        world.profile.records[f"customers/{id_}"] = CustomerRecord(customer_id=id_)
        world.results.tiers[f"customers/{id_}/tier"] = Tier(customer_id=id_)
        world.results.scores[f"customers/{id_}/score"] = Score(customer_id=id_)
        world.identity.memberships[f"customers/{id_}"] = Customer(customer_id=id_)
    calls = world.calls
    for found, suffix in (
        (calls.customers(ids), ""),
        (calls.tiers(ids), "/tier"),
        (calls.scores(ids), "/score"),
        (calls.memberships(ids), ""),
    ):
        assert [each.customer_id for each in found.found] == ids[:-1]
        assert found.not_found == [f"customers/C2499{suffix}"]


def test_many_keys_are_resolved_in_their_order(world: World) -> None:
    world.identity.resolved.update({f"store:{n}": ResolveResponse(customer_id=f"C{n}") for n in range(1_500)})
    answers = world.calls.resolve_all(Key(account=f"store:{n}") for n in range(1_501))
    assert [answer.customer_id for answer in answers] == [*(f"C{n}" for n in range(1_500)), ""]
    assert [len(request.keys) for request in world.identity.asked] == [1_000, 501]


def test_pr3_a_history_is_fetched_page_by_page_and_no_further_than_needed(world: World) -> None:
    world.profile.entries = [TimelineEntry(account_key=f"a:{number}") for number in range(10)]
    history = world.calls.timeline("C", TimelineFilter(kinds=["purchase"]), page_size=4)
    assert [next(history).account_key for _ in range(4)] == ["a:0", "a:1", "a:2", "a:3"]
    assert len(world.profile.asked) == 1
    assert len(list(history)) == 6
    assert [request.page_token for request in world.profile.asked] == ["", "4", "8"]
    assert all(list(request.filter.kinds) == ["purchase"] for request in world.profile.asked)


def test_what_does_not_exist_is_told_with_its_reason(world: World) -> None:
    with pytest.raises(UnknownError, match=r"customer-profile: nobody is known.*CUSTOMER_NOT_FOUND") as caught:
        world.calls.customer("C")
    assert caught.value.reason == "CUSTOMER_NOT_FOUND"
    assert isinstance(caught.value, NotFoundError)


def test_what_a_service_refuses_is_told_with_field_and_reason(world: World) -> None:
    key = Key()
    key.identifier.type, _, key.identifier.value = BLOCKED.partition("=")
    with pytest.raises(RefusedError, match=r"key\.identifier\.value: the rules block it \(INVALID_FIELD\)"):
        world.calls.resolve(key)


def test_a_service_that_is_away_is_told_with_its_address() -> None:
    deployment = Deployment({"RAPPORT_VIP_TIER_ADDRESS": "127.0.0.1:1"})
    with Calls(deployment, deadline_seconds=0.5) as calls, pytest.raises(RapportctlError) as caught:
        calls.tier("C")
    assert "vip-tier did not answer at 127.0.0.1:1" in str(caught.value)
