"""What admission forwards, what it drops, and what it remembers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chassis import cloudevents
from chassis.errors import Conflict
from chassis.memory.runner import Crash
from chassis.records import Message
from identity_resolution.domain.account import Account
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Observation
from tests.unit.identity_resolution.world import IDENTIFIED, INTERACTIONS, SETTINGS, START, World, interaction, keys

JOE = "instagram:joe"


def test_an_interaction_is_forwarded_with_its_account_its_origin_and_the_time_of_admission() -> None:
    world = World()
    world.send(interaction("1", "email:Joe@Example.com"))
    world.settle()
    (record,) = world.broker.records(INTERACTIONS)
    (forwarded,) = world.forwarded()
    assert forwarded.account_key == keys().account("email", "joe@example.com")
    assert forwarded.interaction == interaction("1", "email:Joe@Example.com")
    origin = forwarded.origin
    assert (origin.epoch, origin.topic, origin.partition, origin.offset) == (1, "interactions", record.partition, 0)
    assert forwarded.admitted_at.ToDatetime(START.tzinfo) == START


def test_a_forwarded_record_is_keyed_by_account_and_carries_cloudevents_headers_and_the_trace() -> None:
    world = World()
    trace = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    sent = interaction("1", JOE)
    world.broker.publish([Message(INTERACTIONS, b"k", sent.SerializeToString(), (("other", b"x"), trace))])
    world.settle()
    (record,) = world.broker.records(IDENTIFIED)
    attributes = cloudevents.parse(record.headers)
    assert record.key == JOE.encode()
    assert attributes.type == IdentifiedInteraction.DESCRIPTOR.full_name
    assert attributes.source == "/rapport/identity-resolution"
    assert attributes.time == START
    assert trace in record.headers
    assert "other" not in dict(record.headers)


def test_the_interactions_bytes_pass_through_with_fields_that_this_version_does_not_know() -> None:
    world = World()
    unknown = interaction("1", JOE).SerializeToString() + b"\xf2\x3f\x03new"
    world.broker.publish([Message(INTERACTIONS, b"k", unknown)])
    world.settle()
    (forwarded,) = world.forwarded()
    assert forwarded.interaction.SerializeToString() == unknown


def test_in3_a_repeated_event_id_is_forwarded_once_and_counted() -> None:
    world = World()
    world.send(interaction("1", JOE), interaction("2", JOE), interaction("1", JOE))
    world.settle()
    world.send(interaction("2", JOE))
    world.settle()
    assert [each.interaction.event_id for each in world.forwarded()] == ["1", "2"]
    assert world.account(JOE).repeats == 2


def test_in3_the_same_event_id_of_another_account_is_another_event() -> None:
    world = World()
    world.send(interaction("1", JOE), interaction("1", "instagram:ann"))
    world.settle()
    assert len(world.forwarded()) == 2


@pytest.mark.parametrize("crashes", [1, 3])
def test_in3_a_redelivered_batch_is_forwarded_again_with_the_same_origins(crashes: int) -> None:
    world = World()
    world.send(interaction("1", JOE), interaction("2", JOE), interaction("1", JOE))
    runner = world.runner()
    for _ in range(crashes):
        crash_before_commit(runner)
        runner.restart(world.handlers())
    runner.run_until_quiet()
    told = [(each.interaction.event_id, each.origin.offset) for each in world.forwarded()]
    assert told == [("1", 0), ("2", 1)] * (crashes + 1)
    assert world.account(JOE).repeats == 1


def test_in3_nothing_is_remembered_before_it_is_forwarded() -> None:
    """A crash between the two must not turn an interaction that nobody has seen into a repeat."""
    world = World()
    world.send(interaction("1", JOE))
    runner = world.runner()
    world.broker.fail(times=100)
    with pytest.raises(Exception, match="away"):
        runner.step()
    assert world.stores["accounts"].everything() == {}
    world.broker.fail(times=0)
    world.settle()
    assert [each.interaction.event_id for each in world.forwarded()] == ["1"]


def test_only_what_is_new_of_an_account_becomes_evidence() -> None:
    world = World()
    mail, phone = ("email", "joe@example.com"), ("phone", "+4915112345678")
    world.send(
        interaction("1", JOE),
        interaction("2", JOE, mail),
        interaction("3", JOE, ("email", "JOE@example.com")),
        interaction("4", JOE, mail, phone, phone),
        interaction("5", JOE),
    )
    world.settle()
    world.send(interaction("6", JOE, phone))
    world.settle()
    shown = [(each.event_id, [claim.type for claim in each.claims]) for each in world.evidence()]
    assert shown == [("1", []), ("2", ["email"]), ("4", ["phone"])]


def test_evidence_names_the_interaction_that_showed_it_and_goes_to_one_partition() -> None:
    world = World()
    world.send(interaction("1", JOE, ("email", "joe@example.com")))
    world.settle()
    (evidence,) = world.evidence()
    (claim,) = evidence.claims
    assert claim.key == keys().identifier("email", "joe@example.com")
    assert evidence.occurred_at.ToDatetime(START.tzinfo) == START
    assert (evidence.account_key, evidence.event_id, evidence.origin.offset) == (JOE, "1", 0)


def test_a_forms_email_and_phone_are_claims_as_well() -> None:
    world = World()
    form = Observation(email="joe@example.com", phone="+4915112345678")
    world.send(interaction("1", JOE, observation=form), interaction("2", "instagram:ann", observation=Observation()))
    world.settle()
    assert sorted(len(each.claims) for each in world.evidence()) == [0, 2]


@pytest.mark.parametrize(
    ("account", "claim", "ties"),
    [
        ("email:joe@example.com", ("email", "joe@example.com"), True),
        ("phone:+4915112345678", ("phone", "+49 1511 2345678"), True),
        ("sms:+4915112345678", ("phone", "+49 1511 2345678"), True),
        ("email:info@example.com", ("email", "info@example.com"), False),
        ("web_shop:joe@example.com", ("email", "joe@example.com"), False),
    ],
)
def test_a_personal_account_id_is_an_identifier_in_itself(account: str, claim: tuple[str, str], ties: bool) -> None:
    world = World()
    world.send(interaction("1", account), interaction("2", JOE, claim))
    world.settle()
    assert len(world.people()) == (1 if ties else 2)


def test_many_interactions_of_an_account_in_a_batch_cost_one_write() -> None:
    world = World()
    written: list[int] = []

    class Counting:
        def __init__(self, documents: Any) -> None:
            self.documents = documents

        def __getattr__(self, name: str) -> Any:
            return getattr(self.documents, name)

        def compare_and_set(self, documents: list[Any]) -> set[str]:
            written.append(len(documents))
            lost: set[str] = self.documents.compare_and_set(documents)
            return lost

    world.wrap = lambda name, port: Counting(port) if name == "accounts" else port
    world.send(*(interaction(str(number), JOE) for number in range(50)))
    world.settle()
    assert written == [1]


def test_an_account_that_another_worker_wrote_is_read_again_and_nothing_is_lost() -> None:
    world = World()
    world.send(interaction("1", JOE))
    zombie = world.runner()
    zombie.run_until_quiet()
    world.send(interaction("2", JOE))
    world.settle()
    world.send(interaction("2", JOE), interaction("3", JOE))
    resets = counted_resets(zombie.handlers[0])
    zombie.step()
    assert resets == [1]
    assert world.account(JOE).repeats == 1
    assert list(world.account(JOE).seen) == ["1", "2", "3"]


def test_a_lost_write_is_a_conflict() -> None:
    world = World()
    world.send(interaction("1", JOE))
    runner = world.runner(attempts=1)
    world.stores["accounts"].compare_and_set([{"_id": JOE, "rev": 1, "body": b""}])
    admission: Any = runner.handlers[0]
    admission._ports.accounts.load = lambda keys: {key: Account(key) for key in keys}
    with pytest.raises(Conflict):
        runner.step()


def test_an_epoch_too_high_for_origins_is_refused_at_start() -> None:
    world = World(settings=replace(SETTINGS, epoch=1 << 16))
    with pytest.raises(ValueError, match="origin out of range"):
        world.handlers()


def counted_resets(handler: Any) -> list[int]:
    resets: list[int] = []
    reset = handler.reset

    def counting() -> None:
        resets.append(1)
        reset()

    handler.reset = counting
    return resets


def crash_before_commit(runner: Any) -> None:
    def crash(_: object) -> None:
        raise Crash

    runner.before_commit = crash
    admission = runner.handlers[0]
    with pytest.raises(Crash):
        runner._flush(admission, runner._collect(admission))
    runner.before_commit = None
