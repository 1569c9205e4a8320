"""What a merge would change, before it is done: what the other services say, and what holds the rules back."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from chassis.rpc.descriptors import methods_of
from chassis.rpc.errors import CallFailed
from identity_resolution.adapters.previews import ADVOCACY, CALLED, PROFILE, TIER
from rapport.advocacy.v1 import advocacy_pb2 as advocacy
from rapport.identity.v1 import decisions_pb2 as decisions
from rapport.identity.v1 import events_pb2 as events
from rapport.profile.v1 import profile_pb2 as profile
from rapport.stewardship.v1 import stewardship_pb2 as pb
from rapport.tier.v1 import tier_pb2 as tier
from tests.unit.identity_resolution.stewards import NOBODY, A, B, C, D, Steward, refusal, town


class Saying:
    """A service that says of each customer how many accounts it was told of; of those that are, that it knows them."""

    def __init__(self, service: str) -> None:
        self._known = methods_of(CALLED[service])

    def call(self, method: str, request: Any, response_type: type[Any], deadline_seconds: float | None = None) -> Any:
        assert self._known[method].response is response_type
        preview = method.startswith("Preview")
        said = (
            [(each.customer_id, len(each.account_keys)) for each in request.customers]
            if preview
            else [(name.split("/")[1], 0) for name in request.names]
        )
        if response_type in (advocacy.PreviewScoresResponse, advocacy.BatchGetScoresResponse):
            return response_type(scores=[advocacy.Score(customer_id=id_, score=number) for id_, number in said])
        if response_type in (tier.PreviewTiersResponse, tier.BatchGetTiersResponse):
            return response_type(tiers=[tier.Tier(customer_id=id_, tier=f"of {number}") for id_, number in said])
        return response_type(
            customers=[profile.CustomerRecord(customer_id=id_, version=number) for id_, number in said]
        )


class Away:
    """A service that does not answer."""

    def __init__(self, service: str) -> None:
        self._service = service

    def call(self, *_: Any, **__: Any) -> Any:
        raise CallFailed(self._service, grpc.StatusCode.UNAVAILABLE, "", "", {})


def asking(**callers: Any) -> Steward:
    """The town, with services that answer unless another caller is given."""
    answering = {PROFILE: Saying(PROFILE), ADVOCACY: Saying(ADVOCACY), TIER: Saying(TIER)}
    return Steward(town().world, {**answering, **callers})


def preview(steward: Steward, *accounts: str) -> pb.PreviewMergeResponse:
    request = pb.PreviewMergeRequest(names=[steward.name(each) for each in accounts])
    answer: pb.PreviewMergeResponse = steward.api.preview_merge(request, None)
    return answer


def test_id9_a_preview_has_the_customers_as_they_are_and_the_one_that_they_would_be() -> None:
    steward = asking()
    answer = preview(steward, A, C, D)
    assert answer.customer_id == steward.customer(A)
    assert list(answer.account_keys) == sorted([A, B, C, D])
    assert [each.customer_id for each in answer.before] == [steward.customer(each) for each in (A, C, D)]
    assert {each.tier.tier for each in answer.before} == {"of 0"}
    after = answer.after
    assert (after.record.version, after.score.score, after.tier.tier) == (4, 4, "of 4")
    assert list(answer.missing_services) == []
    assert len(steward.world.people()) == 3


def test_id9_a_service_that_does_not_answer_is_named_and_fails_nothing() -> None:
    steward = asking(**{TIER: Away(TIER)})
    answer = preview(steward, A, C)
    assert list(answer.missing_services) == [TIER]
    assert answer.after.HasField("score")
    assert not answer.after.HasField("tier")
    assert not answer.before[0].HasField("tier")


def test_id9_a_preview_says_what_would_hold_the_rules_back() -> None:
    steward = asking()
    steward.constrain(events.CONSTRAINT_KIND_CANNOT_LINK, A, C)
    rules = {each.rule for each in preview(steward, A, C, D).held_back}
    assert rules == {decisions.REFUSAL_RULE_CANNOT_LINK}
    assert len(preview(steward, C, D).held_back) == 0


def test_id9_a_merge_looks_as_its_preview_said() -> None:
    steward = asking()
    foreseen = preview(steward, A, C)
    steward.merge(A, C)
    customer = steward.world.customers()[foreseen.customer_id]
    assert [each.account_key for each in customer.accounts] == list(foreseen.account_keys)


def test_id9_customers_that_would_be_too_large_are_refused_as_the_merge_would_be() -> None:
    steward = asking()
    for start in (0, 300):
        steward.world.show(*((f"x:{number}", [f"tie:h_{start}"]) for number in range(start, start + 300)))
    steward.world.settle()
    request = pb.PreviewMergeRequest(names=[steward.name("x:0"), steward.name("x:300")])
    error = refusal(steward.api.preview_merge, request)
    merge = pb.MergeRequest(names=request.names, **steward.mandate())
    refused = refusal(steward.api.merge, merge)
    for each in (error, refused):
        assert (each.code, each.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CUSTOMER_TOO_LARGE")
        assert each.metadata == {"limit": "500"}


@pytest.mark.parametrize(
    ("names", "code", "field"),
    [
        ([], "INVALID_ARGUMENT", "names"),
        ([f"customers/{NOBODY}"], "INVALID_ARGUMENT", "names"),
        ([f"customers/{NOBODY}", f"customers/{'1' * 26}"], "NOT_FOUND", "names[0]"),
        ([f"customers/{str(number) * 26}" for number in range(10)] * 2, "INVALID_ARGUMENT", "names"),
    ],
)
def test_a_preview_of_nobody_of_one_or_of_too_many_is_refused(names: list[str], code: str, field: str) -> None:
    error = refusal(asking().api.preview_merge, pb.PreviewMergeRequest(names=names))
    assert (error.code.name, error.metadata["field"]) == (code, field)
