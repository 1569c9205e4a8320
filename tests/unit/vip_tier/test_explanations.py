"""Why a customer holds its tier: what its score is made of, as advocacy scoring tells it."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from chassis.rpc.deadlines import serving
from chassis.rpc.errors import CallFailed, DependencyUnavailable
from chassis.settings import Settings
from rapport.tier.v1 import tier_pb2 as pb
from tests.unit.vip_tier.advocacy import Advocacy
from tests.unit.vip_tier.world import World, purchase
from tests.unit.wire.merging import merge, stay_apart
from tests.unit.wire.world import JOE
from vip_tier.adapters.advocacy import ADVOCACY
from vip_tier.bootstrap import SERVICE
from vip_tier.config import DEFAULT_PROGRAMME


class Context:
    """A call that has so many seconds left."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def time_remaining(self) -> float:
        return self._seconds


@pytest.fixture
def world() -> World:
    made = World()
    stay_apart(made)
    made.interacted(purchase("e1", JOE, 0.1, "o1", 40_000))
    made.settle()
    return made


def explained(world: World, advocacy: Advocacy, customer: str = "C1") -> pb.ExplainTierResponse:
    request = pb.ExplainTierRequest(name=f"customers/{customer}/tier")
    answer = world.server({ADVOCACY: advocacy}).explain_tier(request, None)
    assert isinstance(answer, pb.ExplainTierResponse)
    return answer


def failed(code: grpc.StatusCode) -> CallFailed:
    return CallFailed(ADVOCACY, code, "", "", {})


def test_ti5_an_explanation_has_what_the_score_is_made_of(world: World) -> None:
    """Told by advocacy scoring, of the customer that answers for a merged-away id."""
    merge(world)
    world.settle()
    advocacy = Advocacy()
    answer = explained(world, advocacy, "C2")
    assert (answer.score.score.score, answer.score.advice[0].action) == (420, "review")
    assert list(answer.missing_services) == []
    assert advocacy.asked == ["customers/C1/score"]


@pytest.mark.parametrize(
    "error",
    [
        DependencyUnavailable(ADVOCACY, grpc.StatusCode.UNAVAILABLE, "", "", {}),
        DependencyUnavailable(ADVOCACY, grpc.StatusCode.DEADLINE_EXCEEDED, "", "", {}),
        failed(grpc.StatusCode.UNIMPLEMENTED),
    ],
)
def test_ti5_an_explanation_without_advocacy_scoring_says_what_is_missing(world: World, error: CallFailed) -> None:
    """The rest is there: it does not fail for want of it."""
    answer = explained(world, Advocacy(error))
    assert list(answer.missing_services) == [ADVOCACY]
    assert not answer.HasField("score")
    assert (answer.tier.tier, answer.next.tier) == ("silver", "gold")


def test_ti5_of_a_customer_without_a_score_nothing_is_missing(world: World) -> None:
    """Advocacy scoring answered: there is none."""
    answer = explained(world, Advocacy(failed(grpc.StatusCode.NOT_FOUND)))
    assert list(answer.missing_services) == []
    assert not answer.HasField("score")


def test_ti5_asking_leaves_time_to_answer(world: World) -> None:
    """Half of what the caller has left, and never more than a second."""
    advocacy = Advocacy()
    for left in (0.6, 30.0):
        with serving(Context(left)):
            explained(world, advocacy)
    assert advocacy.deadlines == [0.3, 1.0]


def test_ti5_a_programme_that_asks_for_no_score_asks_nobody(tmp_path: Path) -> None:
    """What counts for nothing explains nothing."""
    text = DEFAULT_PROGRAMME.read_text()
    for least in ("300", "500", "600"):
        text = text.replace(f"advocacy_score: {least}", f"referrals: {least}")
    rules = tmp_path / "programme.yaml"
    rules.write_text(text)
    settings = Settings.from_environment(
        SERVICE.name, {"RAPPORT_PSEUDONYM_KEY": "a key for tests only", "RAPPORT_VIP_TIER_RULES": str(rules)}
    )

    class Club(World):
        pass

    Club.settings = settings
    made, advocacy = Club(), Advocacy()
    stay_apart(made)
    made.settle()
    explained(made, advocacy)
    assert advocacy.asked == []
