"""What calls are answered with."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from advocacy_scoring import bootstrap
from chassis.rpc.errors import RpcError
from chassis.rpc.handlers import handlers
from rapport.advocacy.v1.advocacy_pb2 import (
    BatchGetScoresRequest,
    BatchGetScoresResponse,
    GetScoreRequest,
    Score,
)
from rapport.advocacy.v1.breakdown_pb2 import Amplifier
from tests.unit.advocacy_scoring.world import World, deed
from tests.unit.wire.world import ANN, JOE, JOE_SHOP

CONTEXT: Any = None


@pytest.fixture
def world() -> World:
    """C1 has absorbed C2, which had absorbed C3; C4 is alone."""
    made = World()
    made.belongs("C3", "x:3")
    made.belongs("C2", ANN)
    made.belongs("C1", JOE)
    made.belongs("C4", JOE_SHOP)
    made.interacted(deed("e1", JOE, 0, "share"), deed("e2", ANN, 0, "mention"))
    made.settle()
    made.merged("C3", "C2")
    made.merged("C2", "C1")
    made.belongs("C1", JOE, ANN, "x:3", absorbed=["C2", "C3"])
    made.settle()
    return made


def get(world: World, name: str) -> Score:
    return Score.FromString(world.server().get_score(GetScoreRequest(name=name), CONTEXT))


def batch(world: World, *names: str) -> BatchGetScoresResponse:
    request = BatchGetScoresRequest(names=names)
    return BatchGetScoresResponse.FromString(world.server().batch_get_scores(request, CONTEXT))


def test_ad4_a_score_is_answered_as_it_was_published(world: World) -> None:
    """With its breakdown, byte for byte."""
    assert get(world, "customers/C1/score") == world.published("C1")[-1]
    assert get(world, "customers/C1/score").raw_milli == 18_000


def test_ad4_a_mask_leaves_of_scores_what_it_names(world: World) -> None:
    """One or many; of a part its fields, and all of it where the mask is a star."""
    names, whole = ["customers/C1/score", "customers/C9/score"], world.published("C1")[-1]
    mask = FieldMask(paths=["score", "amplifier.followers"])
    one = Score.FromString(world.server().get_score(GetScoreRequest(name=names[0], read_mask=mask), CONTEXT))
    assert one == Score(score=whole.score, amplifier=Amplifier(followers=whole.amplifier.followers))
    request = BatchGetScoresRequest(names=names, read_mask=mask)
    many = BatchGetScoresResponse.FromString(world.server().batch_get_scores(request, CONTEXT))
    assert many == BatchGetScoresResponse(scores=[one], not_found=names[1:])
    star = GetScoreRequest(name=names[0], read_mask=FieldMask(paths=["*"]))
    assert Score.FromString(world.server().get_score(star, CONTEXT)) == whole


def test_a_mask_of_fields_that_no_score_has_is_refused(world: World) -> None:
    mask = FieldMask(paths=["score", "nose"])
    requests = (
        ("get_score", GetScoreRequest(name="customers/C1/score", read_mask=mask)),
        ("batch_get_scores", BatchGetScoresRequest(names=["customers/C1/score"], read_mask=mask)),
    )
    for call, request in requests:
        with pytest.raises(RpcError) as refused:
            getattr(world.server(), call)(request, CONTEXT)
        assert (refused.value.reason, refused.value.metadata["field"]) == ("UNKNOWN_FIELD_IN_MASK", "nose")


@pytest.mark.parametrize("asked", ["C2", "C3"])
def test_a_merged_away_id_answers_with_the_survivors_score_and_says_so(world: World, asked: str) -> None:
    """Through one merge or several; `merged_from` names the id that was asked for."""
    expected = get(world, "customers/C1/score")
    expected.merged_from = asked
    assert get(world, f"customers/{asked}/score") == expected


def test_the_api_is_served_whole() -> None:
    """Every method of the service has an implementation."""
    (descriptor, implementation), *_ = bootstrap.server(World().server_context())
    assert descriptor.name == "AdvocacyScoringService"
    assert handlers(descriptor, implementation)


def test_nobody_is_not_found() -> None:
    """NOT_FOUND with a reason for programs."""
    with pytest.raises(RpcError) as refused:
        get(World(), "customers/C9/score")
    assert (refused.value.code, refused.value.reason) == (grpc.StatusCode.NOT_FOUND, "CUSTOMER_NOT_FOUND")


def test_a_survivor_that_was_never_scored_is_not_computed_yet() -> None:
    """The id asked for is known, so it is not nobody."""
    world = World()
    world.merged("C2", "C1")
    world.settle()
    with pytest.raises(RpcError) as refused:
        get(world, "customers/C2/score")
    assert (refused.value.code, refused.value.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_COMPUTED_YET")


@pytest.mark.parametrize("name", ["", "C1", "customers/C1", "customers//score", "customers/C1/tier"])
def test_a_malformed_name_is_the_callers_mistake(world: World, name: str) -> None:
    """INVALID_ARGUMENT, with the field."""
    with pytest.raises(RpcError) as refused:
        get(world, name)
    assert refused.value.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.metadata == {"field": "name"}


def test_a_batch_answers_in_the_order_of_the_names_and_names_those_not_found(world: World) -> None:
    """A name given twice is answered once, a merged-away id with the survivor."""
    names = [f"customers/{each}/score" for each in ("C4", "C9", "C3", "C4")]
    answer = batch(world, *names)
    assert [score.customer_id for score in answer.scores] == ["C4", "C1"]
    assert [score.merged_from for score in answer.scores] == ["", "C3"]
    assert list(answer.not_found) == ["customers/C9/score"]
    assert answer.scores[0] == get(world, "customers/C4/score")


def test_a_batch_of_nothing_is_nothing(world: World) -> None:
    """No name, no score, no error."""
    assert batch(world) == BatchGetScoresResponse()


def test_a_batch_is_bounded(world: World) -> None:
    """A thousand names are served, one more is refused with the limit."""
    names = [f"customers/N{number}/score" for number in range(1001)]
    assert len(batch(world, *names[:1000]).not_found) == 1000
    with pytest.raises(RpcError) as refused:
        batch(world, *names)
    assert (refused.value.reason, refused.value.metadata["limit"]) == ("BATCH_TOO_LARGE", "1000")


def test_a_circle_of_merges_ends() -> None:
    """Should documents ever contradict each other, a lookup still answers."""
    world = World()
    world.merged("C1", "C2")
    world.merged("C2", "C1")
    world.settle()
    with pytest.raises(RpcError) as refused:
        get(world, "customers/C1/score")
    assert refused.value.code == grpc.StatusCode.NOT_FOUND
