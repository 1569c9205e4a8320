"""Decisions under crashes, repeats and batch borders: the same records as in an undisturbed run."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from chassis.memory.runner import Crash
from customer_profile.adapters.documents import RECORDS
from rapport.interactions.v1.decision_pb2 import Consent, Decision, FieldByHand
from rapport.profile.v1.profile_pb2 import CustomerRecord
from tests.unit.customer_profile.test_faults import Trap
from tests.unit.customer_profile.world import World, at, facts, interaction, observation
from tests.unit.wire.world import crashing

A, B = "instagram:a", "web_shop:b"


def decision(event_id: str, account: str, minutes: float, **fields: Any) -> Decision:
    return Decision(
        event_id=event_id, account_key=account, decided_at=at(minutes), owner="S-17", reason="asked", **fields
    )


def story() -> list[tuple[str, Decision]]:
    """Agreed, withdrawn and agreed again, on two accounts that become one customer; a field by hand; and mistakes."""
    newsletter = {"purpose": "newsletter", "channel": "email"}
    told = [
        decision("d1", A, 1, consent=Consent(**newsletter, granted=True)),
        decision("d2", B, 3, consent=Consent(**newsletter, granted=False)),
        decision("d3", B, 2, consent=Consent(purpose="newsletter", granted=True)),
        decision("d4", A, 3, consent=Consent(**newsletter, granted=True)),
        decision("d5", A, 1, field=FieldByHand(field="given_name", value="Bea")),
        decision("bad", A, 1, consent=Consent(purpose="News letter", granted=True)),
        decision("d1", A, 9, consent=Consent(purpose="offers", granted=True)),
        decision("d6", B, 4, field=FieldByHand(field="email", value="bea@b.example")),
        decision("d6", B, 4, field=FieldByHand(field="email", value="bea@b.example")),
    ]
    return [(each.account_key, each) for each in told]


def begin(world: World) -> World:
    world.belongs("C1", A)
    world.belongs("C2", B)
    world.interacted(interaction("e1", A, 1), observation("e2", B, 2, given_name="Beatrix", email="b@b.example"))
    for account, told in story():
        world.publish("decisions", account, told.SerializeToString())
    world.merged("C2", "C1")
    world.belongs("C1", A, B, absorbed=["C2"])
    return world


def outcome(world: World) -> dict[str, Any]:
    return {
        "records": {
            id_: facts(CustomerRecord.FromString(each["message"]))
            for id_, each in world.stores[RECORDS].everything().items()
        },
        "published": {id_: facts(world.published(id_)[-1]) for id_ in ("C1", "C2")},
        "rows": {id_: row["body"] for id_, row in world.rows().items()},
        # After a crash a dead letter may be told again under the reason REDELIVERED.
        "dead": {value for _, value in world.dead_letters()},
    }


def undisturbed() -> World:
    world = begin(World())
    world.settle()
    return world


def test_the_story_is_what_it_should_be() -> None:
    """Guards the tests below: what was withdrawn at the same time outranks, repeats count once, mistakes do not."""
    world = undisturbed()
    record = world.record("C1")
    assert [(each.channel, each.granted, each.event_id) for each in record.consents] == [
        ("", True, "d3"),
        ("email", False, "d2"),
    ]
    assert (record.contact.given_name.value, record.contact.email.value) == ("Bea", "bea@b.example")
    told = [each["kind"] for each in world.rows().values()]
    assert (told.count("consent"), told.count("field")) == (4, 2)
    assert [reason for reason, _ in world.dead_letters()] == ["INVALID_FIELD"]


class LoadsAndWrites(Trap):
    """Lets pass what the sweeps for stale personas and records look for: `test_faults` has faults there."""

    def __call__(self, name: str, port: Any) -> Any:
        trapped = super().__call__(name, port)

        class Port:
            def __getattr__(self, method: str) -> Any:
                return getattr(port if method == "find" or name == "recomputation" else trapped, method)

        return Port()


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_a_crash_at_any_load_or_write_changes_nothing(after: bool) -> None:
    """The worker dies at each single one in turn, before or after it took effect."""

    def run(trap: Trap) -> World:
        world = begin(World(wrap=trap))
        runner = world.runner(flush_records=4)
        world.settle_through_crashes(runner)
        return world

    expected = outcome(undisturbed())
    counting = LoadsAndWrites(0, Crash, after=False)
    run(counting)
    assert counting.calls > 20, "the story would have to be longer to show anything"
    for number in range(1, counting.calls + 1):
        assert outcome(run(LoadsAndWrites(number, Crash, after=after))) == expected, f"a crash at call {number}"


@pytest.mark.parametrize("seed", range(15))
def test_decisions_in_any_order_across_accounts_and_batches_give_the_same(seed: int) -> None:
    """Batches of random size, partitions in random order, crashes before commits, everything sent twice."""
    random = Random(seed)
    world = begin(World())
    for account, told in story():
        world.publish("decisions", account, told.SerializeToString())
    runner = world.runner(flush_records=5, random=random, before_commit=crashing(random, 0.2, 3))
    world.settle_through_crashes(runner)
    assert outcome(world) == outcome(undisturbed())


def test_a_record_is_the_same_whatever_the_order_of_decisions_and_interactions_on_an_account() -> None:
    """Where every decision has an id of its own."""
    decisions = [
        decision(f"d{number}", A, number % 4, consent=Consent(purpose="newsletter", granted=number % 3 == 0))
        for number in range(8)
    ]
    records = []
    for order in (1, -1):
        world = World()
        for told in decisions[::order]:
            world.publish("decisions", A, told.SerializeToString())
        world.interacted(*[interaction(f"e{number}", A, number) for number in range(5)][::order])
        world.belongs("C1", A)
        world.settle()
        records.append(facts(world.record("C1")))
    assert records[0] == records[1]
