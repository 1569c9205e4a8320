"""The same crowds and commands as for the real components, in memory; and whether the audit would notice a fault."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from chassis.records import Message
from identity_resolution.adapters.collections import DECIDED
from identity_resolution.config import make_policy
from identity_resolution.domain.customers import Customer
from rapport.identity.v1 import events_pb2 as pb
from tests.e2e.identity.audit import Decided, faults, found_again, told
from tests.e2e.identity.commander import Commander
from tests.e2e.identity.crowd import Crowd, Shares
from tests.unit.identity_resolution.evidence_log import replayed
from tests.unit.identity_resolution.world import ASSIGNMENTS, CUSTOMERS, EVIDENCE, RULES, World, keys

POLICY = make_policy(RULES, keys())


def lived_through(crowd: Crowd, *, commands: float) -> World:
    """A world in which the crowd's evidence was decided, in batches of the dice, with so many commands to each."""
    world, random = World(), Random(crowd.seed)
    commander = Commander.of(crowd, lambda name, ids: world.stores[name].load(ids), random)
    runner = world.runner(flush_records=500)
    for number, evidence in enumerate(crowd.evidence):
        send(world, pb.EvidenceEntry(evidence=evidence))
        if number > 50 and random.random() < commands:
            send(world, pb.EvidenceEntry(command=commander.command()))
        if random.random() < 0.03:
            runner.step()
    runner.run_until_quiet()
    return world


def send(world: World, entry: pb.EvidenceEntry) -> None:
    world.broker.publish([Message(EVIDENCE, b"key", entry.SerializeToString(), (), 0)])


def decided(world: World) -> Decided:
    return Decided.read({name: world.stores[name].everything() for name in DECIDED})


def log(world: World) -> list[pb.EvidenceEntry]:
    return [pb.EvidenceEntry.FromString(record.value or b"") for record in world.broker.records(EVIDENCE)]


@pytest.mark.parametrize("seed", [3, 8])
def test_id3_shared_and_junk_identifiers_make_no_false_merge_and_what_is_refused_is_recorded(seed: int) -> None:
    crowd = Crowd(300, seed, Shares(junk=6), staffed_share=0.0)
    found = decided(lived_through(crowd, commands=0.0))
    assert found_again(found, crowd.people) == (1.0, 1.0)
    rules = {refusal.rule.value for each in found.live for refusal in each.refused.values()}
    assert {"value_limit", "hard_conflict", "contradiction"} <= rules
    assert faults(found, [pb.EvidenceEntry(evidence=each) for each in crowd.evidence], POLICY) == []


@pytest.mark.parametrize("seed", range(3, 6))
def test_id10_with_commands_among_the_evidence_the_customers_are_the_components(seed: int) -> None:
    crowd = Crowd(250, seed)
    world = lived_through(crowd, commands=0.05)
    found = decided(world)
    assert faults(found, log(world), POLICY) == []
    assert told(found, world.broker.records(CUSTOMERS), world.broker.records(ASSIGNMENTS)) == []
    assert found_again(found, crowd.plain) == (1.0, 1.0)
    assert decided(replayed(world)) == found


# -- the audit itself

Plant = Callable[[dict[str, Customer]], None]


def without_a_link(customers: dict[str, Customer]) -> None:
    large = max(customers.values(), key=lambda each: len(each.accounts))
    del large.links[next(identifier for identifier, shown in large.links.items() if len(shown) > 1)]


def torn_apart(customers: dict[str, Customer]) -> None:
    large = max(customers.values(), key=lambda each: len(each.accounts))
    account, born = max(large.accounts.items(), key=lambda item: item[1])
    del large.accounts[account]
    customers[born] = Customer(
        born, accounts={account: born}, links={k: v for k, v in large.links.items() if account in v}
    )


def two_in_one(customers: dict[str, Customer]) -> None:
    one, other = sorted((each for each in customers.values() if not each.merged_into), key=lambda each: each.id)[:2]
    one.absorb(other)


def in_two_customers(customers: dict[str, Customer]) -> None:
    one, other = sorted((each for each in customers.values() if not each.merged_into), key=lambda each: each.id)[:2]
    other.accounts.update(one.accounts)


def astray(customers: dict[str, Customer]) -> None:
    merged = next(each for each in customers.values() if each.merged_into)
    merged.merged_into = next(id_ for id_, each in customers.items() if id_ not in (merged.id, merged.merged_into))


@pytest.mark.parametrize(
    ("plant", "finding"),
    [
        (without_a_link, "neither a link nor a refusal"),
        (torn_apart, "I5"),
        (two_in_one, "I5"),
        (in_two_customers, "belongs to 2 customers"),
        (astray, "leads to"),
    ],
)
def test_the_audit_notices(plant: Plant, finding: str) -> None:
    crowd = Crowd(60, 1, Shares(junk=0), staffed_share=0.0)
    world = lived_through(crowd, commands=0.0)
    entries, found = log(world), decided(world)
    assert faults(found, entries, POLICY) == []
    plant(found.customers)
    assert any(finding in each for each in faults(Decided(found.stored, found.customers), entries, POLICY))


def test_the_audit_notices_a_command_without_an_outcome_and_a_message_that_is_not_told() -> None:
    crowd = Crowd(30, 1)
    world = lived_through(crowd, commands=0.0)
    lost = pb.EvidenceEntry(command=pb.Command(request_id="lost", merge=pb.MergeCommand(customer_ids=["a", "b"])))
    assert len(faults(decided(world), [*log(world), lost], POLICY)) == 1
    customers, assignments = world.broker.records(CUSTOMERS), world.broker.records(ASSIGNMENTS)
    assert told(decided(world), customers, assignments) == []
    assert told(decided(world), customers[:-1], assignments) != []
    assert told(decided(world), customers, assignments[:-1]) != []
