"""Rules that are promoted: who may, what becomes of records, and how far that is."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest

from customer_profile.adapters.documents import RECORDS
from customer_profile.config import DEFAULT_RULES
from rapport.profile.v1 import administration_pb2 as pb
from tests.unit.customer_profile.rules_of_tests import administration, promote, recomputation, rules_with
from tests.unit.customer_profile.serving import refused
from tests.unit.customer_profile.world import World, interaction, purchase
from tests.unit.wire.world import ANN, JOE

COUNT = {"trait": "said", "function": "count"}
OTHERS = rules_with([COUNT])


@pytest.fixture
def world() -> World:
    """Two customers, who have done something."""
    world = World()
    world.interacted(interaction("e1"), interaction("e2", ANN), purchase("e3", ANN, 1, "o1", 500))
    world.belongs("C1", JOE)
    world.belongs("C2", ANN)
    world.settle()
    return world


def done(world: World) -> pb.Recomputation:
    """Let a worker go on until everything is computed anew."""
    runner = world.runner()
    for _ in range(20):
        runner.run_until_quiet()
        told = recomputation(world)
        if told.done:
            return told
        world.clock.advance(timedelta(seconds=11))
    raise AssertionError("computing anew never ends")


def request(world: World, **fields: object) -> pb.PromoteRulesRequest:
    version = administration(world).get_rules(pb.GetRulesRequest(), None).version
    asked = {"text": OTHERS, "expected_version": version, "owner": "crm", "reason": "why not"} | fields
    return pb.PromoteRulesRequest(**asked)


def test_pr6_without_promotion_the_services_own_file_is_in_force(world: World) -> None:
    """As it was written, comments included; and everything is computed by it."""
    found = administration(world).get_rules(pb.GetRulesRequest(), None)
    assert (found.text, found.owner, found.reason) == (DEFAULT_RULES.read_text(encoding="utf-8"), "", "")
    assert not found.HasField("promote_time")
    assert world.record("C1").rules_version == found.version == done(world).version


def test_pr6_a_change_of_rules_computes_everybody_anew(world: World) -> None:
    """Nothing happens to the customers meanwhile; the worker learns of the rules by itself."""
    runner = world.runner()
    runner.run_until_quiet()
    before = world.record("C1").version
    version = promote(world, OTHERS)
    told = recomputation(world)
    assert (told.version, told.persona_parts_done, told.record_parts_done, told.done) == (version, 0, 0, False)
    runner.run_until_quiet()
    for customer, count in (("C1", 1), ("C2", 2)):
        record = world.record(customer)
        assert (record.rules_version, record.traits["said"].number) == (version, count)
        assert set(record.traits) == {"said"}
    assert world.record("C1").version > before
    told = done(world)
    assert (told.personas, told.records, told.parts) == (2, 2, 256)


def test_pr6_the_stream_goes_on_meanwhile(world: World) -> None:
    """What arrives after the promotion is counted by the new rules at once, and what came before is added to it."""
    runner = world.runner()
    promote(world, OTHERS)
    world.interacted(*(interaction(f"n{number}", f"tiktok:new{number}", number) for number in range(5)))
    world.interacted(interaction("n9", JOE, 9))
    for number in range(5):
        world.belongs(f"N{number}", f"tiktok:new{number}")
    while runner.step():
        pass
    assert [world.record(f"N{number}").traits["said"].number for number in range(5)] == [1] * 5
    done(world)
    assert world.record("C1").traits["said"].number == 2


def test_pr6_rules_that_change_only_conditions_read_no_rows(world: World) -> None:
    """Personas lack nothing then; records are computed anew."""
    promote(world, OTHERS)
    done(world)
    world.stores["timeline"].delete(list(world.rows()))
    version = promote(world, rules_with([COUNT], segments=[{"segment": "all", "when": {"trait": "said"}}]))
    assert done(world).personas == 0
    assert [each.segment for each in world.record("C2").segments] == ["all"]
    assert (world.record("C2").rules_version, world.record("C2").traits["said"].number) == (version, 2)


def test_pr6_going_back_to_the_rules_before_gives_the_records_before(world: World) -> None:
    """All of it is counted again from the rows."""
    before = world.record("C2").traits
    promote(world, OTHERS)
    done(world)
    promote(world, DEFAULT_RULES.read_text(encoding="utf-8"))
    done(world)
    assert world.record("C2").traits == before


def test_pr6_who_expects_other_rules_than_those_in_force_is_refused(world: World) -> None:
    """Of two people who change the same file the second one learns of the first."""
    first = request(world)
    administration(world).promote_rules(first, None)
    error = refused(administration(world).promote_rules, request(world, expected_version=first.expected_version))
    assert (error.code, error.reason) == (grpc.StatusCode.ABORTED, "RULES_CHANGED")
    assert error.metadata["field"] == "expected_version"


@pytest.mark.parametrize("field", ["expected_version", "owner", "reason", "text"])
def test_a_promotion_without_any_of_its_fields_is_refused(world: World, field: str) -> None:
    """Nobody puts rules in force without saying who and why."""
    error = refused(administration(world).promote_rules, request(world, **{field: " " if field != "text" else ""}))
    assert (error.code, error.metadata["field"]) == (grpc.StatusCode.INVALID_ARGUMENT, field)


def test_pr6_rules_with_mistakes_are_refused_with_their_places(world: World) -> None:
    """Also where they are only checked."""
    wrong = rules_with([{"trait": "t", "function": "sum", "attribute": "channel"}])
    for fields in ({}, {"validate_only": True}):
        error = refused(administration(world).promote_rules, request(world, text=wrong, **fields))
        assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_RULES")
        assert error.metadata["field"] == "text"
        assert "rules.yaml:" in error.message
    assert administration(world).get_rules(pb.GetRulesRequest(), None).owner == ""


def test_pr6_a_check_changes_nothing_and_says_which_version_the_rules_would_have(world: World) -> None:
    """Nothing else than the text is needed for it."""
    checked = administration(world).promote_rules(pb.PromoteRulesRequest(text=OTHERS, validate_only=True), None)
    assert administration(world).get_rules(pb.GetRulesRequest(), None).version != checked.version
    assert promote(world, OTHERS) == checked.version


def test_pr6_a_record_that_an_older_worker_wrote_afterwards_is_found_in_time(world: World) -> None:
    """A worker that was deposed may have written by the rules that it knew: the slots are looked through again."""
    promote(world, OTHERS)
    done(world)
    runner = world.runner()
    runner.run_until_quiet()
    document = world.document("C1")
    document["rev"] += 1
    document["index"]["rules"] = "1-old"
    assert not world.stores[RECORDS].compare_and_set([document])
    runner.run_until_quiet()
    assert world.document("C1")["index"]["rules"] == "1-old"
    world.clock.advance(timedelta(minutes=16))
    runner.run_until_quiet()
    assert world.document("C1")["index"]["rules"] == recomputation(world).version


def test_pr6_workers_that_share_the_slots_are_done_together(world: World) -> None:
    """Each tells of its own slots, and the whole is done when the last of them is."""
    promote(world, OTHERS)
    one, other = world.runner(), world.runner()
    everything = one.partitions
    one.assign([each for each in everything if each.partition % 2])
    other.assign([each for each in everything if not each.partition % 2])
    one.run_until_quiet()
    assert recomputation(world).persona_parts_done == 128
    for _ in range(10):
        other.run_until_quiet()
        one.run_until_quiet()
        world.clock.advance(timedelta(seconds=11))
    assert recomputation(world).done
