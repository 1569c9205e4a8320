"""What calls are answered with."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from chassis.rpc.errors import RpcError
from chassis.rpc.handlers import handlers
from rapport.tier.v1.tier_pb2 import (
    BatchGetTiersRequest,
    BatchGetTiersResponse,
    GetTierRequest,
    Tier,
)
from tests.unit.vip_tier.world import World, purchase
from tests.unit.wire.world import ANN, JOE, JOE_SHOP
from vip_tier import bootstrap

CONTEXT: Any = None


@pytest.fixture
def world() -> World:
    """C1 has absorbed C2, which had absorbed C3; C4 is alone."""
    made = World()
    made.belongs("C3", "x:3")
    made.belongs("C2", ANN)
    made.belongs("C1", JOE)
    made.belongs("C4", JOE_SHOP)
    made.interacted(purchase("e1", JOE, 0, "o1", 30_000), purchase("e2", ANN, 0, "o2", 40_000))
    made.settle()
    made.merged("C3", "C2")
    made.merged("C2", "C1")
    made.belongs("C1", JOE, ANN, "x:3", absorbed=["C2", "C3"])
    made.settle()
    return made


def get(world: World, name: str) -> Tier:
    return Tier.FromString(world.server().get_tier(GetTierRequest(name=name), CONTEXT))


def batch(world: World, *names: str) -> BatchGetTiersResponse:
    request = BatchGetTiersRequest(names=names)
    return BatchGetTiersResponse.FromString(world.server().batch_get_tiers(request, CONTEXT))


def test_ti10_a_tier_is_answered_as_it_was_published(world: World) -> None:
    """With its figures, byte for byte."""
    assert get(world, "customers/C1/tier") == world.published("C1")[-1]
    assert get(world, "customers/C1/tier").figures.points == 700


@pytest.mark.parametrize("asked", ["C2", "C3"])
def test_a_merged_away_id_answers_with_the_survivors_tier_and_says_so(world: World, asked: str) -> None:
    """Through one merge or several; `merged_from` names the id that was asked for."""
    expected = get(world, "customers/C1/tier")
    expected.merged_from = asked
    assert get(world, f"customers/{asked}/tier") == expected


def test_the_api_is_served_whole() -> None:
    """Every method of the service has an implementation."""
    (descriptor, implementation), *_ = bootstrap.server(World().server_context())
    assert descriptor.name == "VipTierService"
    assert handlers(descriptor, implementation)


def test_nobody_is_not_found() -> None:
    """NOT_FOUND with a reason for programs."""
    with pytest.raises(RpcError) as refused:
        get(World(), "customers/C9/tier")
    assert (refused.value.code, refused.value.reason) == (grpc.StatusCode.NOT_FOUND, "CUSTOMER_NOT_FOUND")


def test_a_survivor_that_was_never_decided_upon_is_not_computed_yet() -> None:
    """The id asked for is known, so it is not nobody."""
    world = World()
    world.merged("C2", "C1")
    world.settle()
    with pytest.raises(RpcError) as refused:
        get(world, "customers/C2/tier")
    assert (refused.value.code, refused.value.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_COMPUTED_YET")


@pytest.mark.parametrize("name", ["", "C1", "customers/C1", "customers//tier", "customers/C1/score"])
def test_a_malformed_name_is_the_callers_mistake(world: World, name: str) -> None:
    """INVALID_ARGUMENT, with the field."""
    with pytest.raises(RpcError) as refused:
        get(world, name)
    assert refused.value.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.metadata == {"field": "name"}


def test_a_batch_answers_in_the_order_of_the_names_and_names_those_not_found(world: World) -> None:
    """A name given twice is answered once, a merged-away id with the survivor."""
    names = [f"customers/{each}/tier" for each in ("C4", "C9", "C3", "C4")]
    answer = batch(world, *names)
    assert [tier.customer_id for tier in answer.tiers] == ["C4", "C1"]
    assert [tier.merged_from for tier in answer.tiers] == ["", "C3"]
    assert list(answer.not_found) == ["customers/C9/tier"]
    assert answer.tiers[0] == get(world, "customers/C4/tier")


def test_a_batch_of_nothing_is_nothing(world: World) -> None:
    """No name, no tier, no error."""
    assert batch(world) == BatchGetTiersResponse()


def test_a_batch_is_bounded(world: World) -> None:
    """A thousand names are served, one more is refused with the limit."""
    names = [f"customers/N{number}/tier" for number in range(1001)]
    assert len(batch(world, *names[:1000]).not_found) == 1000
    with pytest.raises(RpcError) as refused:
        batch(world, *names)
    assert (refused.value.reason, refused.value.metadata["limit"]) == ("BATCH_TOO_LARGE", "1000")


def test_a_circle_of_merges_ends() -> None:
    """Should documents ever contradict each other, a lookup still answers."""
    world = World()
    world.merged("C1", "C2")
    world.merged("C2", "C1")
    world.settle()
    with pytest.raises(RpcError) as refused:
        get(world, "customers/C1/tier")
    assert refused.value.code == grpc.StatusCode.NOT_FOUND
