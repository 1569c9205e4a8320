"""What identity resolution gets from the other services: all that they say, and who did not answer."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from chassis.rpc.deadlines import serving
from chassis.rpc.descriptors import methods_of
from chassis.rpc.errors import CallFailed, DependencyUnavailable, RpcError
from identity_resolution.adapters.previews import ADVOCACY, CALLED, DEADLINE_SECONDS, PROFILE, TIER, Previews
from rapport.advocacy.v1.advocacy_pb2 import PreviewScoresResponse, Score
from rapport.common.v1.proposal_pb2 import ProposedCustomer
from rapport.profile.v1.facets_pb2 import SegmentMembership
from rapport.profile.v1.profile_pb2 import CustomerRecord, PreviewCustomersResponse
from rapport.tier.v1.tier_pb2 import PreviewTiersResponse, Tier
from tests.unit.advocacy_scoring import world as advocacy_world
from tests.unit.customer_profile import serving as profile_serving
from tests.unit.customer_profile import world as profile_world
from tests.unit.vip_tier import world as tier_world
from tests.unit.wire.world import ANN, JOE

MERGED = ProposedCustomer(customer_id="C1", account_keys=[JOE, ANN], absorbed=["C2"])


class FakeCaller:
    """Answers by method, or raises. Notes what it was asked and how long it was given."""

    def __init__(self, service: str, *answers: Message, error: Exception | None = None) -> None:
        self._methods = methods_of(CALLED[service])
        self._answers = {type(answer): answer for answer in answers}
        self._error = error
        self.asked: list[Any] = []
        self.deadlines: list[float | None] = []

    def call(
        self, method: str, request: Message, response_type: type[Any], deadline_seconds: float | None = None
    ) -> Any:
        known = self._methods[method]
        assert (known.request, known.response) == (type(request), response_type)
        self.asked.append(request)
        self.deadlines.append(deadline_seconds)
        if self._error:
            raise self._error
        return self._answers.get(response_type, response_type())


class Implementation:
    """Calls a service's own implementation, as its server would."""

    def __init__(self, service: str, implementation: object) -> None:
        self._methods = methods_of(CALLED[service])
        self._implementation = implementation

    def call(
        self, method: str, request: Message, response_type: type[Any], deadline_seconds: float | None = None
    ) -> Any:
        return response_type.FromString(getattr(self._implementation, self._methods[method].attribute)(request, None))


class Context:
    """The call that is being served."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def time_remaining(self) -> float:
        return self._seconds


def fakes(**errors: Exception) -> dict[str, FakeCaller]:
    """Callers by service, which answer for C1; `errors` are by "profile", "advocacy" and "tier"."""
    return {
        PROFILE: FakeCaller(
            PROFILE,
            PreviewCustomersResponse(
                customers=[CustomerRecord(customer_id="C1", segments=[SegmentMembership(segment="fans")])],
                unknown_accounts=["x:1"],
            ),
            error=errors.get("profile"),
        ),
        ADVOCACY: FakeCaller(
            ADVOCACY,
            PreviewScoresResponse(scores=[Score(customer_id="C1", score=420)], unknown_accounts=["x:2", "x:1"]),
            error=errors.get("advocacy"),
        ),
        TIER: FakeCaller(
            TIER, PreviewTiersResponse(tiers=[Tier(customer_id="C1", tier="gold")]), error=errors.get("tier")
        ),
    }


def away(service: str) -> DependencyUnavailable:
    return DependencyUnavailable(service, grpc.StatusCode.DEADLINE_EXCEEDED, "", "", {})


def test_id9_a_preview_has_record_score_and_tier_by_customer() -> None:
    """All three are asked about the same customers; accounts that one of them does not know are named once."""
    callers = fakes()
    result = Previews(callers).preview([MERGED])
    assert (result.records["C1"].customer_id, result.scores["C1"].score, result.tiers["C1"].tier) == ("C1", 420, "gold")
    assert (result.unknown_accounts, result.missing) == (["x:1", "x:2"], [])
    assert [list(caller.asked[0].customers) for caller in callers.values()] == [[MERGED]] * 3


def test_id9_tiers_are_previewed_on_the_scores_and_segments_that_there_would_be() -> None:
    """The tier of a merged customer follows from its new score and record, not from the survivor's old ones."""
    callers = fakes()
    Previews(callers).preview([MERGED])
    assert dict(callers[TIER].asked[0].advocacy_scores) == {"C1": 420}
    assert {name: list(each.segments) for name, each in callers[TIER].asked[0].segments.items()} == {"C1": ["fans"]}


@pytest.mark.parametrize("absent", ["profile", "advocacy", "tier"])
def test_id9_a_service_that_does_not_answer_is_named_and_the_others_are_heard(absent: str) -> None:
    """An answer that says what is missing helps more than none."""
    service = {"profile": PROFILE, "advocacy": ADVOCACY, "tier": TIER}[absent]
    result = Previews(fakes(**{absent: away(service)})).preview([MERGED])
    assert result.missing == [service]
    heard = {PROFILE: result.records, ADVOCACY: result.scores, TIER: result.tiers}
    assert [name for name, states in heard.items() if not states] == [service]


def test_a_service_of_an_older_version_is_missing_too() -> None:
    """While an upgrade rolls out, one of them may not know the call yet."""
    error = CallFailed(TIER, grpc.StatusCode.UNIMPLEMENTED, "", "", {})
    assert Previews(fakes(tier=error)).preview([MERGED]).missing == [TIER]


def test_with_nobody_there_the_answer_is_empty_and_says_so() -> None:
    """Three names, no error."""
    result = Previews(fakes(profile=away(PROFILE), advocacy=away(ADVOCACY), tier=away(TIER))).preview([MERGED])
    assert sorted(result.missing) == sorted(CALLED)
    assert not result.records
    assert not result.unknown_accounts


def test_a_refusal_is_the_callers_to_see() -> None:
    """What is too large for one service is too large for the preview: it is not passed off as missing."""
    refusal = CallFailed(ADVOCACY, grpc.StatusCode.INVALID_ARGUMENT, "BATCH_TOO_LARGE", "too many", {"limit": "500"})
    with pytest.raises(RpcError) as refused:
        Previews(fakes(advocacy=refusal)).preview([MERGED])
    assert (refused.value.code, refused.value.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "BATCH_TOO_LARGE")
    assert refused.value.metadata == {"limit": "500"}


def test_every_call_has_a_deadline() -> None:
    """Of its own where nobody waits."""
    callers = fakes()
    Previews(callers).preview([MERGED])
    assert [caller.deadlines for caller in callers.values()] == [[DEADLINE_SECONDS]] * 3


def test_calls_leave_time_to_say_what_is_missing() -> None:
    """Of the 1.5 seconds that the caller has, each call gets a share, and one is left for the answer."""
    callers = fakes()
    with serving(Context(1.5)):
        Previews(callers).preview([MERGED])
    # The clock of this call stands still, so what the calls before did not take is shared anew.
    assert [callers[name].deadlines[0] for name in (ADVOCACY, PROFILE, TIER)] == [0.375, 0.5, 0.75]


def test_what_is_said_now_is_asked_in_the_same_way() -> None:
    """By the ids asked for, also where the survivor answers for a merged-away one; nothing said, nothing there."""
    result = Previews(served(merged_away=True)).current(["C1", "C2", "C9"])
    assert sorted(result.records) == sorted(result.scores) == sorted(result.tiers) == ["C1", "C2"]
    assert (result.records["C2"].customer_id, result.records["C2"].merged_from) == ("C1", "C2")
    assert result.missing == []


def served(*, merged_away: bool = False) -> dict[str, Implementation]:
    """The three services' own implementations: Joe shares, Ann buys."""
    profile, advocacy, tier = profile_world.World(), advocacy_world.World(), tier_world.World()
    for world in (profile, advocacy, tier):
        world.belongs("C1", JOE)
        world.belongs("C2", ANN)
        world.interacted(
            *(advocacy_world.deed(f"e{number}", JOE, number, "share") for number in range(20)),
            tier_world.purchase("p1", ANN, 0.1, "o1", 60_000),
        )
        world.settle()
        if merged_away:
            world.merged("C2", "C1")
            world.belongs("C1", JOE, ANN, absorbed=["C2"])
            world.settle()
    return {
        PROFILE: Implementation(PROFILE, profile_serving.serve(profile)),
        ADVOCACY: Implementation(ADVOCACY, advocacy.server()),
        TIER: Implementation(TIER, tier.server()),
    }


def test_id9_the_three_services_together_preview_a_merge() -> None:
    """Joe's score and Ann's points: each of the services counts both, and the tier follows from both."""
    result = Previews(served()).preview([MERGED])
    assert result.missing == []
    assert result.unknown_accounts == []
    assert (result.scores["C1"].actions, result.records["C1"].activity.interactions) == (20, 21)
    figures = result.tiers["C1"].figures
    assert (figures.points, figures.advocacy_score) == (600, result.scores["C1"].score)
