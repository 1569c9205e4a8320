"""People's commands, from the request to what they change, and why some are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml

from chassis.rpc.errors import RpcError
from identity_resolution.config import DEFAULT_RULES
from rapport.identity.v1 import decisions_pb2 as decisions
from rapport.identity.v1 import events_pb2 as events
from rapport.identity.v1 import service_pb2 as identity
from rapport.stewardship.v1 import stewardship_pb2 as pb
from tests.unit.identity_resolution.stewards import MANDATE, NOBODY, A, B, C, D, Steward, observed, refusal, town
from tests.unit.identity_resolution.world import EVIDENCE, START, interaction

MUST, CANNOT = events.CONSTRAINT_KIND_MUST_LINK, events.CONSTRAINT_KIND_CANNOT_LINK
HOUSEHOLD, STAFF = events.RELATIONSHIP_KIND_HOUSEHOLD, events.RELATIONSHIP_KIND_EMPLOYER
NAMES = [f"customers/{NOBODY}", f"customers/{'1' * 26}"]


def people(steward: Steward) -> set[frozenset[str]]:
    return steward.world.people()


def sets(*groups: tuple[str, ...]) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups}


def test_id6_a_merge_by_a_person_makes_customers_one_and_says_who_said_so() -> None:
    steward = town()
    decision = steward.merge(A, C)
    assert people(steward) == sets((A, B, C), (D,))
    assert decision.kind == decisions.DECISION_KIND_MERGE_BY_PERSON
    assert (decision.owner, decision.reason, decision.request_id) == ("S-17", "she told us", "r-1")
    assert [list(each.account_keys) for each in decision.before] == [[A, B], [C]]
    assert [list(each.account_keys) for each in decision.after] == [sorted([A, B, C])]


def test_id6_a_split_holds_also_when_the_same_evidence_comes_again() -> None:
    steward = town()
    steward.split(A, B)
    steward.world.send(interaction("9", "x:9", ("cookie", "c-1")), interaction("10", B, ("cookie", "c-1")))
    steward.world.settle()
    assert not any({A, B} <= group for group in people(steward))


def test_id10_undo_takes_a_merge_back_and_says_so_in_it() -> None:
    steward = town()
    before = steward.customer(C)
    merge = steward.merge(A, C)
    undo = steward.undo(merge)
    assert people(steward) == sets((A, B), (C,), (D,))
    assert steward.customer(C) == before
    listed = steward.api.list_decisions(pb.ListDecisionsRequest(parent=steward.name(A)), None).decisions
    assert [(each.name, each.undone_by) for each in listed[:2]] == [(undo.name, ""), (merge.name, undo.name)]


def test_id10_undo_in_part_takes_only_some_accounts_back() -> None:
    steward = town()
    merge = steward.merge(A, C, D)
    steward.undo(merge, D)
    assert people(steward) == sets((A, B, C), (D,))


def test_id10_an_undo_can_be_undone() -> None:
    steward = town()
    undo = steward.undo(steward.merge(A, C))
    steward.undo(undo)
    assert refusal(steward.api.undo, pb.UndoRequest(name=undo.name, **steward.mandate())).reason == "ALREADY_UNDONE"


def test_id6_a_constraint_is_told_with_the_decision_that_it_led_to() -> None:
    steward = town()
    answer = steward.constrain(CANNOT, A, B)
    assert people(steward) == sets((A,), (B,), (C,), (D,))
    assert [list(side.account_keys) for side in answer.constraint.sides] == [[A], [B]]
    assert (answer.constraint.owner, list(answer.decision.constraints)) == ("S-17", [answer.constraint.name])
    removed = pb.RemoveConstraintRequest(name=answer.constraint.name, **steward.mandate())
    assert steward.api.remove_constraint(removed, None).decision.kind == decisions.DECISION_KIND_CONSTRAINT
    assert people(steward) == sets((A, B), (C,), (D,))


def test_id6_a_constraint_ends_at_its_time() -> None:
    steward = town()
    request = pb.AddConstraintRequest(kind=CANNOT, account_keys=[A, B], **steward.mandate())
    request.expire_time.FromDatetime(START.replace(year=2027))
    constraint = steward.api.add_constraint(request, None).constraint
    assert constraint.expire_time == request.expire_time
    steward.world.clock.set(START.replace(year=2028))
    steward.world.settle()
    assert people(steward) == sets((A, B), (C,), (D,))


@pytest.mark.parametrize("accepted", [True, False])
def test_id7_a_suggestion_that_a_person_decides_is_one_no_longer(*, accepted: bool) -> None:
    steward = suggesting()
    (suggestion,) = steward.api.list_suggestions(pb.ListSuggestionsRequest(), None).suggestions
    request = pb.DecideSuggestionRequest(name=suggestion.name, accepted=accepted, **steward.mandate())
    steward.api.decide_suggestion(request, None)
    assert any({"x:1", "x:2"} <= group for group in people(steward)) is accepted
    assert not steward.api.list_suggestions(pb.ListSuggestionsRequest(), None).suggestions
    state = decisions.SUGGESTION_STATE_ACCEPTED if accepted else decisions.SUGGESTION_STATE_REJECTED
    (decided,) = steward.api.list_suggestions(pb.ListSuggestionsRequest(state=state), None).suggestions
    assert (decided.name, decided.state) == (suggestion.name, state)
    again = pb.DecideSuggestionRequest(name=suggestion.name, accepted=not accepted, **steward.mandate())
    assert refusal(steward.api.decide_suggestion, again).reason == "SUGGESTION_DECIDED"


def suggesting() -> Steward:
    """The town, and two accounts that share an e-mail address, with two birth dates."""
    steward = town()
    mail = ("email", "maria@example.com")
    steward.world.send(observed("21", "x:1", mail, date_of_birth="1984-02-29", given_name="Maria"))
    steward.world.settle()
    steward.world.send(observed("22", "x:2", mail, date_of_birth="1991-07-15", given_name="Maria"))
    steward.world.settle()
    return steward


def test_id11_a_value_that_a_person_blocks_ties_nothing_until_it_is_unblocked() -> None:
    steward = town()
    cookie = identity.IdentifierValue(type="cookie", value="c-1")
    steward.api.block_identifier(pb.BlockIdentifierRequest(identifier=cookie, **steward.mandate()), None)
    assert people(steward) == sets((A,), (B,), (C,), (D,))
    request = pb.BlockIdentifierRequest(identifier=cookie, unblock=True, **steward.mandate())
    assert steward.api.block_identifier(request, None).decision.kind == decisions.DECISION_KIND_REEVALUATION
    assert people(steward) == sets((A, B), (C,), (D,))


def test_id12_a_relationship_links_customers_without_making_them_one() -> None:
    steward = town()
    request = pb.AddRelationshipRequest(
        kind=HOUSEHOLD, name=steward.name(A), other_name=steward.name(C), **steward.mandate()
    )
    made = steward.api.add_relationship(request, None).relationship
    assert people(steward) == sets((A, B), (C,), (D,))
    assert (made.customer_id, made.other_customer_id) == (steward.customer(A), steward.customer(C))
    assert (made.kind, made.owner, made.reason) == (HOUSEHOLD, "S-17", "she told us")
    steward.api.remove_relationship(pb.RemoveRelationshipRequest(name=made.name, **steward.mandate()), None)
    asked = pb.ListRelationshipsRequest(parent=steward.name(A))
    assert not steward.api.list_relationships(asked, None).relationships


def test_id12_a_relationship_to_an_organisation_names_it() -> None:
    steward = town()
    request = pb.AddRelationshipRequest(
        kind=events.RELATIONSHIP_KIND_AGENCY, name=steward.name(D), organisation="North Star", **steward.mandate()
    )
    made = steward.api.add_relationship(request, None).relationship
    assert (made.account_key, made.organisation, made.other_customer_id) == (D, "North Star", "")


def test_id12_a_relationship_asked_for_again_after_a_merge_is_the_same_one() -> None:
    """The account that stands for a customer is the one it was named by, whoever has it now."""
    steward = town()
    request = pb.AddRelationshipRequest(kind=STAFF, name=steward.name(C), organisation="us", **steward.mandate("staff"))
    first = steward.api.add_relationship(request, None).relationship
    steward.merge(A, C)
    again = steward.api.add_relationship(request, None).relationship
    assert (again.name, again.account_key) == (first.name, C)
    assert again.customer_id == steward.customer(A)


def under_other_rules(steward: Steward, folder: Path, type_: str, per_value: int) -> Steward:
    """The same town, under rules by which more accounts than so many make a value of the type shared."""
    rules = yaml.safe_load(DEFAULT_RULES.read_text(encoding="utf-8"))
    rules["identifiers"][type_].setdefault("limits", {})["per_value"] = {"ever": per_value}
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump(rules), encoding="utf-8")
    steward.world.settings = replace(steward.world.settings, rules=path)
    return Steward(steward.world)


def test_id11_a_dry_run_foresees_what_deciding_again_under_other_rules_does(tmp_path: Path) -> None:
    steward = under_other_rules(town(), tmp_path, "cookie", 1)
    names = [steward.name(A), steward.name(D)]
    before = {name: store.everything() for name, store in steward.world.stores.items()}
    written = steward.world.broker.written
    foreseen = steward.api.reevaluate(pb.ReevaluateRequest(names=names, dry_run=True), None).decision
    assert {name: store.everything() for name, store in steward.world.stores.items()} == before
    assert (steward.world.broker.written, people(steward)) == (written, sets((A, B), (C,), (D,)))
    done = steward.api.reevaluate(pb.ReevaluateRequest(names=names, **steward.mandate()), None).decision
    assert people(steward) == sets((A,), (B,), (C,), (D,))
    assert (foreseen.name, done.name != "") == ("", True)
    assert (foreseen.kind, list(foreseen.before), list(foreseen.after)) == (
        decisions.DECISION_KIND_REEVALUATION,
        list(done.before),
        list(done.after),
    )


def test_id11_a_dry_run_has_no_decision_where_nothing_would_change() -> None:
    steward = town()
    answer = steward.api.reevaluate(pb.ReevaluateRequest(names=[steward.name(A)], dry_run=True), None)
    assert not answer.HasField("decision")


def test_id6_a_command_given_again_has_the_first_ones_outcome() -> None:
    steward = town()
    request = pb.MergeRequest(names=[steward.name(A), steward.name(C)], **steward.mandate())
    first = steward.api.merge(request, None)
    written = steward.world.broker.written
    assert steward.api.merge(request, None) == first
    assert steward.world.broker.written == written


def test_id6_another_command_under_a_used_request_id_is_refused() -> None:
    steward = town()
    steward.merge(A, C, request_id="same")
    error = refusal(
        steward.api.merge, pb.MergeRequest(names=[steward.name(A), steward.name(D)], **steward.mandate("same"))
    )
    assert (error.code, error.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


@pytest.mark.parametrize(
    ("method", "make", "code", "reason", "metadata"),
    [
        ("merge", lambda s: pb.MergeRequest(names=[s.name(A), NAMES[0]]), "NOT_FOUND", "CUSTOMER_NOT_FOUND",
         {"field": "names[1]"}),
        ("merge", lambda s: pb.MergeRequest(names=[s.name(A), s.name(D)]), "FAILED_PRECONDITION", "CONSTRAINT_FORBIDS",
         {"constraint": "constraints/{kept_apart}"}),
        ("split", lambda s: pb.SplitRequest(name=s.name(A), account_keys=[A, B]), "INVALID_ARGUMENT", "INVALID_FIELD",
         {"field": "account_keys"}),
        ("split", lambda s: pb.SplitRequest(name=s.name(A), account_keys=["x:nobody"]), "INVALID_ARGUMENT",
         "INVALID_FIELD", {"field": "account_keys"}),
        ("undo", lambda s: pb.UndoRequest(name=f"decisions/{NOBODY}"), "NOT_FOUND", "RESOURCE_NOT_FOUND",
         {"field": "name"}),
        ("add_constraint", lambda s: pb.AddConstraintRequest(kind=MUST, account_keys=[A, "x:nobody"]), "NOT_FOUND",
         "CUSTOMER_NOT_FOUND", {"field": "account_keys[1]"}),
        ("remove_constraint", lambda s: pb.RemoveConstraintRequest(name=f"constraints/{NOBODY}"), "NOT_FOUND",
         "RESOURCE_NOT_FOUND", {"field": "name"}),
        ("decide_suggestion", lambda s: pb.DecideSuggestionRequest(name=f"suggestions/{NOBODY}"), "NOT_FOUND",
         "RESOURCE_NOT_FOUND", {"field": "name"}),
        ("remove_relationship", lambda s: pb.RemoveRelationshipRequest(name=f"relationships/{NOBODY}"), "NOT_FOUND",
         "RESOURCE_NOT_FOUND", {"field": "name"}),
        ("add_relationship", lambda s: pb.AddRelationshipRequest(kind=STAFF, name=NAMES[0], organisation="us"),
         "NOT_FOUND", "CUSTOMER_NOT_FOUND", {"field": "name"}),
        ("reevaluate", lambda s: pb.ReevaluateRequest(names=[f"customers/{NOBODY}"]), "NOT_FOUND", "CUSTOMER_NOT_FOUND",
         {"field": "names[0]"}),
        ("reevaluate", lambda s: pb.ReevaluateRequest(names=[f"customers/{NOBODY}"], dry_run=True), "NOT_FOUND",
         "CUSTOMER_NOT_FOUND", {"field": "names[0]"}),
    ],
)  # fmt: skip
def test_id6_a_command_that_cannot_be_carried_out_is_refused_with_its_reason(
    method: str, make: Any, code: str, reason: str, metadata: dict[str, str]
) -> None:
    steward = town()
    kept_apart = steward.constrain(CANNOT, A, D).constraint.name.removeprefix("constraints/")
    request = make(steward)
    for name, value in steward.mandate().items():
        setattr(request, name, value)
    error = refusal(getattr(steward.api, method), request)
    assert (error.code.name, error.reason) == (code, reason)
    assert error.metadata == {name: value.format(kept_apart=kept_apart) for name, value in metadata.items()}


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        ("merge", pb.MergeRequest(names=NAMES[:1]), "names"),
        ("merge", pb.MergeRequest(names=[NAMES[0], NAMES[0]]), "names"),
        ("merge", pb.MergeRequest(names=[NAMES[0], "customers/joe"]), "names[1]"),
        ("merge", pb.MergeRequest(names=NAMES, owner=" "), "owner"),
        ("merge", pb.MergeRequest(names=NAMES, owner="o" * 129), "owner"),
        ("merge", pb.MergeRequest(names=NAMES, reason="r" * 1001), "reason"),
        ("merge", pb.MergeRequest(names=NAMES, request_id="with blanks"), "request_id"),
        ("merge", pb.MergeRequest(names=NAMES, request_id="expiry/x"), "request_id"),
        ("merge", pb.MergeRequest(names=NAMES, request_id="r" * 129), "request_id"),
        ("split", pb.SplitRequest(name=NAMES[0]), "account_keys"),
        ("split", pb.SplitRequest(name=NAMES[0], account_keys=["joe"]), "account_keys[0]"),
        ("split", pb.SplitRequest(name=NAMES[0], account_keys=["x:" + "y" * 600]), "account_keys[0]"),
        ("split", pb.SplitRequest(name=NAMES[0], account_keys=["x:y"] * 501), "account_keys"),
        ("undo", pb.UndoRequest(name="decisions/1"), "name"),
        ("add_constraint", pb.AddConstraintRequest(account_keys=[A, B]), "kind"),
        ("add_constraint", pb.AddConstraintRequest(kind=MUST, account_keys=[A, A]), "account_keys"),
        ("remove_constraint", pb.RemoveConstraintRequest(name="decisions/1"), "name"),
        ("add_relationship", pb.AddRelationshipRequest(name=NAMES[0], organisation="us"), "kind"),
        ("add_relationship", pb.AddRelationshipRequest(kind=HOUSEHOLD, name=NAMES[0]), "organisation"),
        (
            "add_relationship",
            pb.AddRelationshipRequest(kind=HOUSEHOLD, name=NAMES[0], other_name=NAMES[0]),
            "other_name",
        ),
        (
            "add_relationship",
            pb.AddRelationshipRequest(kind=HOUSEHOLD, name=NAMES[0], organisation="o" * 257),
            "organisation",
        ),
        ("block_identifier", pb.BlockIdentifierRequest(), "identifier.type"),
        ("reevaluate", pb.ReevaluateRequest(), "names"),
        ("reevaluate", pb.ReevaluateRequest(names=NAMES[:1] * 101), "names"),
    ],
)
def test_a_malformed_command_is_refused_by_field_and_never_enters_the_log(
    method: str, request_: Any, field: str
) -> None:
    steward = town()
    for name, value in steward.mandate().items():
        if not getattr(request_, name):
            setattr(request_, name, value)
    written = steward.world.broker.written
    error = refusal(getattr(steward.api, method), request_)
    assert (error.code, error.metadata["field"]) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert steward.world.broker.written == written


@pytest.mark.parametrize("missing", ["owner", "reason", "request_id"])
def test_id6_a_command_for_which_nobody_answers_is_refused(missing: str) -> None:
    steward = town()
    mandate = {name: value for name, value in {**MANDATE, "request_id": "r"}.items() if name != missing}
    error = refusal(steward.api.merge, pb.MergeRequest(names=NAMES, **mandate))
    assert error.metadata["field"] == missing


@pytest.mark.parametrize("seconds", [0, int(START.timestamp()), 2**62])
def test_a_constraint_that_expires_in_the_past_or_never_ends_is_refused(seconds: int) -> None:
    steward = town()
    request = pb.AddConstraintRequest(kind=MUST, account_keys=[A, B], **steward.mandate())
    request.expire_time.seconds = seconds
    assert refusal(steward.api.add_constraint, request).metadata["field"] == "expire_time"


def test_accounts_are_named_as_the_source_has_them_or_by_rapports_own_keys() -> None:
    """A mailbox by its address, or by the hash that stands for it: both name one account."""
    steward = town()
    steward.world.send(interaction("31", "email:Maria@Example.com"))
    steward.world.settle()
    (key,) = [each for each in steward.world.assignments() if each.startswith("email:")]
    steward.constrain(MUST, A, "email:maria@example.com")
    assert steward.customer(key) == steward.customer(A)
    steward.split(A, key)
    assert steward.customer(key) != steward.customer(A)


def test_no_command_carries_a_personal_value_into_the_log() -> None:
    steward = town()
    mail = identity.IdentifierValue(type="email", value="maria@example.com")
    steward.api.block_identifier(pb.BlockIdentifierRequest(identifier=mail, **steward.mandate()), None)
    with pytest.raises(RpcError):
        steward.constrain(CANNOT, A, "email:maria@example.com")
    assert not [record for record in steward.world.broker.records(EVIDENCE) if b"maria" in (record.value or b"")]
