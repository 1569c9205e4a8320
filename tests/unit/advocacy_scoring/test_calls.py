"""What is computed when it is asked for: reasons, what if, lists, other rules beside those in force."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from advocacy_scoring.config import DEFAULT_RULES, rules_of
from advocacy_scoring.domain.comparison import compare
from chassis.rpc.errors import RpcError
from rapport.advocacy.v1.advocacy_pb2 import STANDING_DETRACTOR, ExplainScoreResponse
from rapport.advocacy.v1.breakdown_pb2 import AUDIENCE_BAND_MICRO, CAUSE_RULES, TREND_RISING
from rapport.advocacy.v1.queries_pb2 import (
    ExplainScoreRequest,
    HypotheticalDeeds,
    ListDetractorsRequest,
    ListTopAdvocatesRequest,
    SimulateScoreRequest,
)
from rapport.advocacy.v1.rules_pb2 import CompareRulesRequest, GetRulesRequest, PromoteRulesRequest
from rapport.interactions.v1.interaction_pb2 import INTENT_DEFENCE, INTENT_DETRACTION, Address, Observation
from tests.unit.advocacy_scoring.world import World, deed
from tests.unit.wire.world import JOE, by_account, days_after

DAY = timedelta(days=1)
PEOPLE = 6
CONTEXT: Any = None
TEXT = DEFAULT_RULES.read_text(encoding="utf-8")
NEW_TEXT = TEXT.replace("weight_milli: 25000", "weight_milli: 45000")


@pytest.fixture
def world() -> World:
    """C1 to C5, each with one defence of the brand more than the one before; C6 warns others."""
    made = World()
    made.clock.advance(DAY * 10)
    for number in range(1, PEOPLE):
        made.belongs(f"C{number}", f"x:{number}")
        for times in range(number):
            made.interacted(
                deed(f"e{times}", f"x:{number}", times, "reply", intent=INTENT_DEFENCE, followers=number * 5_000)
            )
    made.belongs("C6", "x:6")
    made.interacted(deed("bad", "x:6", 9, "comment", intent=INTENT_DETRACTION, visibility=1, followers=50_000))
    form = Observation(address=Address(lines=["Torstr. 1"], postal_code="10115", country="DE"))
    made.interacted(by_account("form", "x:5", days_after(1), observation=form))
    made.settle()
    return made


def explained(world: World, customer: str, **more: Any) -> ExplainScoreResponse:
    request = ExplainScoreRequest(name=f"customers/{customer}/score", **more)
    answer = world.server().explain_score(request, CONTEXT)
    assert isinstance(answer, ExplainScoreResponse)
    return answer


def top(world: World, **wanted: Any) -> list[str]:
    answer = world.server().list_top_advocates(ListTopAdvocatesRequest(**wanted), CONTEXT)
    return [each.customer_id for each in answer.advocates]


def refusal(call: Any) -> RpcError:
    with pytest.raises(RpcError) as refused:
        call()
    return refused.value


def test_ad4_an_explanation_is_the_exact_score_of_the_day_asked_for(world: World) -> None:
    """Closed form: for a later day it is what will be stored once that day has come, without any event."""
    later = days_after(100)
    foreseen = explained(world, "C3", as_of_time=later).score
    world.clock.advance(DAY * 90)
    now = explained(world, "C3").score
    assert now == foreseen
    assert now.raw_milli < explained(world, "C3", as_of_time=days_after(10)).score.raw_milli
    world.publish("touched.advocacy-scoring", "C3", b"")
    world.settle()
    assert world.exact("C3").raw_milli == foreseen.raw_milli


def test_ad4_an_explanation_says_what_would_raise_the_score(world: World) -> None:
    """The deed that brings most first; and what it says comes true."""
    answer = explained(world, "C1")
    assert answer.advice[0].action == "referral"
    by_action = {each.action: each.points for each in answer.advice}
    assert all(points >= 0 for points in by_action.values())
    world.interacted(deed("more", "x:1", 10, "share"))
    world.settle()
    assert world.exact("C1").score == answer.score.score + by_action["share"]
    assert answer.missing_milli > 0


def test_ad4_an_action_whose_cap_is_reached_brings_nothing_today(world: World) -> None:
    """And the explanation says that there is no room."""
    for number in range(5):
        world.interacted(deed(f"s{number}", "x:1", 10, "share"))
    world.settle()
    (share,) = [each for each in explained(world, "C1").advice if each.action == "share"]
    assert (share.points, share.room_milli) == (0, 0)


def test_what_if_deeds_happened_is_what_a_score_becomes_when_they_do(world: World) -> None:
    """Also with more followers; nothing is stored."""
    before = world.everything()
    request = SimulateScoreRequest(
        name="customers/C2/score", deeds=[HypotheticalDeeds(action="share", number=2)], followers=40_000
    )
    answer = world.server().simulate_score(request, CONTEXT)
    assert world.everything() == before
    world.interacted(*(deed(f"s{number}", "x:2", 10, "share", followers=40_000) for number in range(2)))
    world.settle()
    assert (answer.current_score < answer.simulated_score) is True
    assert answer.simulated_score == world.exact("C2").score
    assert answer.score.amplifier.followers == 40_000


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"deeds": [HypotheticalDeeds(action="shares", number=1)]}, "deeds[0].action"),
        ({"deeds": [HypotheticalDeeds(action="share")]}, "deeds[0].number"),
        ({"deeds": [HypotheticalDeeds(action="share", number=1, days_ago=-1)]}, "deeds[0].days_ago"),
        ({"followers": 3}, "followers"),
        ({}, "deeds"),
    ],
)
def test_what_if_refuses_what_it_cannot_imagine(world: World, wrong: dict[str, Any], field: str) -> None:
    """INVALID_ARGUMENT, with the field."""
    request = SimulateScoreRequest(name="customers/C2/score", **wrong)
    error = refusal(lambda: world.server().simulate_score(request, CONTEXT))
    assert (error.code.name, error.metadata["field"]) == ("INVALID_ARGUMENT", field)


def test_top_advocates_come_by_score_in_pages(world: World) -> None:
    """The highest first; a page ends where the next one begins."""
    assert top(world) == ["C5", "C4", "C3", "C2", "C1"]
    request = ListTopAdvocatesRequest(page_size=2)
    pages = []
    while True:
        answer = world.server().list_top_advocates(request, CONTEXT)
        pages.append([each.customer_id for each in answer.advocates])
        if not answer.next_page_token:
            break
        request.page_token = answer.next_page_token
    assert pages == [["C5", "C4"], ["C3", "C2"], ["C1"]]


def test_top_advocates_can_be_narrowed(world: World) -> None:
    """By band, country and trend; what nobody has is empty, and a mask leaves fields out."""
    assert top(world, band=AUDIENCE_BAND_MICRO) == ["C5", "C4", "C3", "C2"]
    assert top(world, country="de") == ["C5"]
    assert top(world, trend=TREND_RISING) == ["C5", "C4", "C3", "C2", "C1"]
    assert top(world, niche="fashion") == []
    answer = world.server().list_top_advocates(ListTopAdvocatesRequest(read_mask=FieldMask(paths=["score"])), CONTEXT)
    assert answer.advocates[0].score > 0
    assert not answer.advocates[0].customer_id


def test_ad8_detractors_come_by_whom_they_reach(world: World) -> None:
    """Who speaks for the brand is not among them, and a detractor not among advocates."""
    world.belongs("C8", "x:8")
    world.interacted(deed("bad", "x:8", 9, "comment", intent=INTENT_DETRACTION, visibility=1, followers=90_000))
    world.settle()
    found = world.server().list_detractors(ListDetractorsRequest(), CONTEXT).detractors
    assert [each.customer_id for each in found] == ["C8", "C6"]
    assert found[0].bad_audience > found[1].bad_audience > 500
    least = ListDetractorsRequest(least_audience=found[0].bad_audience)
    assert [each.customer_id for each in world.server().list_detractors(least, CONTEXT).detractors] == ["C8"]


def test_a_merged_away_customer_is_in_no_list(world: World) -> None:
    """Its accounts count for the survivor."""
    world.merged("C5", "C4")
    world.belongs("C4", "x:4", "x:5", absorbed=["C5"])
    world.settle()
    assert top(world) == ["C4", "C3", "C2", "C1"]


@pytest.mark.parametrize(
    ("call", "wrong", "reason"),
    [
        ("list_top_advocates", ListTopAdvocatesRequest(page_token="x"), "INVALID_PAGE_TOKEN"),
        ("list_top_advocates", ListTopAdvocatesRequest(country="DEU"), "INVALID_FIELD"),
        ("list_top_advocates", ListTopAdvocatesRequest(read_mask=FieldMask(paths=["x"])), "UNKNOWN_FIELD_IN_MASK"),
        ("list_detractors", ListDetractorsRequest(page_size=-1), "INVALID_FIELD"),
        ("list_detractors", ListDetractorsRequest(least_audience=-1), "INVALID_FIELD"),
        ("explain_score", ExplainScoreRequest(name="customers/C9/score"), "CUSTOMER_NOT_FOUND"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(world: World, call: str, wrong: Any, reason: str) -> None:
    """A code for programs."""
    assert refusal(lambda: getattr(world.server(), call)(wrong, CONTEXT)).reason == reason


def promote(world: World, text: str, expected: str) -> Any:
    request = PromoteRulesRequest(yaml=text, expected_version=expected, owner="crm", reason="defence counts more")
    return world.server().promote_rules(request, CONTEXT)


def test_ad9_other_rules_are_tried_out_over_live_history(world: World) -> None:
    """Every customer by both, with what moves them; nothing is stored."""
    before = world.everything()
    answer = world.server().compare_rules(CompareRulesRequest(yaml=NEW_TEXT), CONTEXT)
    assert world.everything() == before
    assert {each.customer_id for each in answer.comparisons} == {f"C{number}" for number in range(1, PEOPLE + 1)}
    (third,) = [each for each in answer.comparisons if each.customer_id == "C3"]
    assert (third.current_score, third.proposed_score > third.current_score) == (world.exact("C3").score, True)
    assert third.differences[0].part == "defence"
    assert answer.proposed_version != answer.current_version == world.exact("C3").rules_version


def test_ad9_the_comparison_goes_through_all_customers_in_pages(world: World) -> None:
    """A page has as many as it takes to be full; together they have everybody once."""
    request = CompareRulesRequest(yaml=NEW_TEXT, page_size=2)
    found: list[str] = []
    while True:
        answer = world.server().compare_rules(request, CONTEXT)
        found += [each.customer_id for each in answer.comparisons]
        if not answer.next_page_token:
            break
        request.page_token = answer.next_page_token
    assert sorted(found) == [f"C{number}" for number in range(1, PEOPLE + 1)]


def test_ad9_promoted_rules_hold_for_the_whole_history_of_everybody(world: World) -> None:
    """What was foreseen comes true; what is announced says that the rules are the reason."""
    server = world.server()
    foreseen = {
        each.customer_id: each.proposed_score
        for each in server.compare_rules(CompareRulesRequest(yaml=NEW_TEXT), CONTEXT).comparisons
    }
    version = server.get_rules(GetRulesRequest(), CONTEXT).version
    promoted = promote(world, NEW_TEXT, version)
    world.clock.advance(timedelta(seconds=10))
    runner = world.runner()
    for _ in range(40):
        runner.run_until_quiet()
        runner.idle()
    runner.run_until_quiet()
    assert {customer: world.exact(customer).score for customer in foreseen} == foreseen
    assert {world.exact(customer).rules_version for customer in foreseen} == {promoted.version}
    assert CAUSE_RULES in world.score("C3").causes
    assert world.server().get_rules(GetRulesRequest(), CONTEXT).owner == "crm"


def test_ad9_rules_are_promoted_only_over_those_that_they_were_compared_with(world: World) -> None:
    """Whoever was slower compares anew."""
    version = world.server().get_rules(GetRulesRequest(), CONTEXT).version
    promote(world, NEW_TEXT, version)
    error = refusal(lambda: promote(world, TEXT, version))
    assert (error.code.name, error.reason) == ("FAILED_PRECONDITION", "RULES_CHANGED")


def test_ad9_rules_with_a_mistake_are_refused_with_line_and_column(world: World) -> None:
    """Neither compared nor promoted."""
    wrong = TEXT.replace("publish_step", "publish_stp", 2)
    error = refusal(lambda: world.server().compare_rules(CompareRulesRequest(yaml=wrong), CONTEXT))
    assert error.reason == "INVALID_RULES"
    assert "did you mean 'publish_step'" in error.message
    version = world.server().get_rules(GetRulesRequest(), CONTEXT).version
    assert refusal(lambda: promote(world, wrong, version)).reason == "INVALID_RULES"


def test_ad9_a_comparison_of_equal_rules_moves_nobody() -> None:
    """Only what differs is a difference."""
    rules = rules_of(TEXT).value
    found = compare(rules, rules, {}, 20_000)
    assert (found.current, found.proposed, found.differences) == (0, 0, ())


def test_ad7_employees_are_listed_apart(world: World) -> None:
    """By their own score, and among customers no more."""
    server = world.server()
    version = server.get_rules(GetRulesRequest(), CONTEXT).version
    promote(world, TEXT.replace("accounts: []", "accounts: ['x:4']"), version)
    world.clock.advance(timedelta(seconds=10))
    runner = world.runner()
    for _ in range(40):
        runner.idle()
    runner.run_until_quiet()
    assert top(world) == ["C5", "C3", "C2", "C1"]
    assert top(world, employees=True) == ["C4"]
    assert (world.score("C4").is_employee, world.score("C4").score) == (True, 0)
    assert world.score("C4").employee_score > 0
    assert world.score("C6").standing == STANDING_DETRACTOR
    assert JOE not in world.personas()
