"""Servers that keep announced states in memory answer as those that ask the store, once announcements have come."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.service import ServerContext
from chassis.stages.cached_states import CachedStates
from chassis.stages.state_cache import StateCache
from rapport.advocacy.v1 import advocacy_pb2
from rapport.interactions.v1.interaction_pb2 import Comment
from rapport.profile.v1 import profile_pb2 as pb
from rapport.tier.v1 import tier_pb2
from tests.unit.customer_profile.four_services import (
    ADVOCACY,
    PROFILE,
    SERVICES,
    TIER,
    Direct,
    FourServices,
    interaction,
)

POST = Comment(post_id="p-1")
PHONE = ("phone", "+4915112345678")
ACCOUNTS = [f"web_shop:{number}" for number in range(4)]


class FromMemory:
    """A further server of a service, over the same store; its level topic is read when the test says so."""

    def __init__(self, world: FourServices, service: str) -> None:
        announced = SERVICES[service].announced
        assert announced is not None
        self._broker = world.broker
        self._topic = world.settings[service].topic(announced.topic)
        self.cache = StateCache(10_000_000, announced.read, lambda: 0.0)
        self.cache.confirm(0.0)
        stores = world.stores[service]
        cached = CachedStates(stores[announced.collection], self.cache)
        others = {name: world.callers[name] for name in SERVICES[service].calls}
        context = ServerContext(
            world.settings[service],
            lambda name: cached if name == announced.collection else stores[name],
            world.clock,
            others,
            world,
        )
        self.caller = Direct(service)
        self.caller.serve(SERVICES[service].server(context))

    def deliver(self) -> None:
        """Hear all that was announced, again where it was heard before: versions tell."""
        for record in self._broker.records(self._topic):
            self.cache.announced((record.key or b"").decode(), record.value)


@pytest.fixture
def world() -> FourServices:
    world = FourServices()
    for number, account in enumerate(ACCOUNTS):
        world.happened(interaction(f"e{number}", account, ("email", f"p{number}@example.com"), comment=POST))
    return world


def names(world: FourServices) -> list[str]:
    return [f"customers/{id_}" for id_ in world.stores[PROFILE]["records"].everything()]


LOOK_UPS: dict[str, tuple[str, str, Any, str, Any, Any]] = {
    PROFILE: (
        "", "GetCustomer", pb.CustomerRecord,
        "BatchGetCustomers", pb.BatchGetCustomersRequest, pb.BatchGetCustomersResponse,
    ),
    ADVOCACY: (
        "/score", "GetScore", advocacy_pb2.Score,
        "BatchGetScores", advocacy_pb2.BatchGetScoresRequest, advocacy_pb2.BatchGetScoresResponse,
    ),
    TIER: (
        "/tier", "GetTier", tier_pb2.Tier,
        "BatchGetTiers", tier_pb2.BatchGetTiersRequest, tier_pb2.BatchGetTiersResponse,
    ),
}  # fmt: skip
REQUESTS: dict[str, Any] = {
    "GetCustomer": pb.GetCustomerRequest,
    "GetScore": advocacy_pb2.GetScoreRequest,
    "GetTier": tier_pb2.GetTierRequest,
}


def answers(caller: Direct, service: str, asked: list[str]) -> list[Any]:
    """Of each look-up of the service, one by one and all at once."""
    behind, get, state, batch_get, request, response = LOOK_UPS[service]
    resources = [name + behind for name in asked]
    one = [caller.call(get, REQUESTS[get](name=resource), state) for resource in resources]
    return [*one, caller.call(batch_get, request(names=resources), response)]


@pytest.mark.parametrize("service", [PROFILE, ADVOCACY, TIER])
def test_from_memory_come_the_stores_answers_also_after_changes_and_a_merge(world: FourServices, service: str) -> None:
    """What was merged away is asked for as well: it answers with the survivor."""
    memory = FromMemory(world, service)
    asked = names(world)
    for _ in range(2):
        assert answers(memory.caller, service, asked) == answers(world.callers[service], service, asked)
    assert len(memory.cache) == len(ACCOUNTS)
    world.happened(
        interaction("f0", ACCOUNTS[0], ("email", "p0@example.com"), PHONE, comment=POST),
        interaction("f1", ACCOUNTS[1], ("email", "p0@example.com"), PHONE, comment=POST),
    )
    memory.deliver()
    told = answers(world.callers[service], service, asked)
    assert len({each.customer_id for each in told[:-1]}) == len(ACCOUNTS) - 1, "two were merged"
    for _ in range(2):
        assert answers(memory.caller, service, asked) == told


def test_after_a_decision_its_server_answers_with_nothing_older_though_nothing_was_announced_to_it(
    world: FourServices,
) -> None:
    memory, other = FromMemory(world, PROFILE), FromMemory(world, PROFILE)
    name = f"customers/{world.customer_of(ACCOUNTS[0]).customer_id}"
    request = pb.GetCustomerRequest(name=name)
    before = memory.caller.call("GetCustomer", request, pb.CustomerRecord)
    assert other.caller.call("GetCustomer", request, pb.CustomerRecord) == before
    after = memory.caller.call(
        "SetConsent",
        pb.SetConsentRequest(
            name=name, purpose="newsletter", channel="email", granted=True, proof="form", owner="lea@example.com",
            reason="asked at the desk", request_id="r1",
        ),
        pb.CustomerRecord,
    )  # fmt: skip
    assert after.version > before.version
    assert memory.caller.call("GetCustomer", request, pb.CustomerRecord) == after
    assert other.caller.call("GetCustomer", request, pb.CustomerRecord) == before, "this one has not heard of it yet"
    other.deliver()
    assert other.caller.call("GetCustomer", request, pb.CustomerRecord) == after
