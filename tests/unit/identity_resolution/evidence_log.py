"""Logs of evidence for tests, what they must lead to, and whether they did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import networkx

from identity_resolution.adapters.collections import DECIDED
from rapport.identity.v1.events_pb2 import CUSTOMER_STATE_LIVE, CUSTOMER_STATE_MERGED, Customer
from tests.unit.identity_resolution.world import EVIDENCE, SERVICE, World

Shown = list[tuple[str, list[str]]]
A, B, C = "instagram:a", "web_shop:b", "store:c"
MAIL, PHONE = "tie:h_1", "tie:h_2"
"""Of a type that the rules do not limit, as all in these logs: who is one person is a matter of the graph alone."""

TOWN: Shown = [
    (A, [MAIL]), (B, [PHONE]), (C, ["tie:h_3"]), (B, [MAIL]), ("x:1", []), (C, [PHONE]),
    ("x:2", [MAIL, "tie:h_8"]), ("x:3", ["tie:h_9"]), (A, [MAIL]),
    ("x:1", ["tie:h_9", "tie:h_8"]), ("x:4", ["tie:h_7"]),
]  # fmt: skip
"""New accounts, joins, merges of merged ones, and repetitions."""


def components(log: Iterable[tuple[str, list[str]]]) -> set[frozenset[str]]:
    """The accounts that identifiers tie together, as an independent library finds them."""
    graph: Any = networkx.Graph()
    entries = list(log)
    for account, identifiers in entries:
        graph.add_node(account)
        graph.add_edges_from((account, identifier) for identifier in identifiers)
    accounts = {account for account, _ in entries}
    return {frozenset(accounts & part) for part in networkx.connected_components(graph)}


def decided(log: Shown, **options: Any) -> World:
    """A world in which the log was decided, without trouble."""
    world = World()
    world.show(*log)
    world.settle(**options)
    return world


def replayed(world: World) -> World:
    """Another world that decides the same log from its beginning, with an empty store."""
    again = World(broker=world.broker)
    again.broker.rewind(SERVICE, again.broker.partitions(EVIDENCE)[0], 0)
    again.settle()
    return again


def check(world: World, log: Shown) -> None:
    """Customers are the components; documents, topics and ids agree on them."""
    assert world.people() == components(log)
    documents = {name: world.stores[name].everything() for name in ("customers", "memberships", "identifiers")}
    for id_, told in world.customers().items():
        assert Customer.FromString(documents["customers"][id_]["message"]) == told
        if told.state == CUSTOMER_STATE_LIVE:
            assert id_ == min(member.birth_id for member in told.accounts)
        else:
            assert told.state == CUSTOMER_STATE_MERGED
            assert (len(told.accounts), told.merged_into < id_) == (0, True)
            assert id_ in world.customers()[survivor(world, id_)].absorbed
    owners = {member.account_key: id_ for id_, told in world.customers().items() for member in told.accounts}
    assert {key: each["customer"] for key, each in documents["memberships"].items()} == owners
    assert {key: told.customer_id for key, told in world.assignments().items()} == owners
    for account, identifiers in log:
        for identifier in identifiers:
            assert account in documents["identifiers"][identifier]["accounts"]


def survivor(world: World, id_: str) -> str:
    while (told := world.customers()[id_]).merged_into:
        id_ = told.merged_into
    return id_


def stored(world: World) -> dict[str, Any]:
    """All that decisions have led to, as the store has it."""
    return {name: world.stores[name].everything() for name in DECIDED}
