"""What a merge, a split or an undo would make of scores, asked before it is done."""

from __future__ import annotations

from datetime import timedelta

from rapport.advocacy.v1.advocacy_pb2 import PreviewScoresRequest, PreviewScoresResponse, Score
from rapport.common.v1.proposal_pb2 import ProposedCustomer
from rapport.interactions.v1.interaction_pb2 import SENTIMENT_POSITIVE
from tests.unit.advocacy_scoring.world import World, deed, facts
from tests.unit.wire.merging import APART, MERGED, PARTED, merge, part, stay_apart, undo
from tests.unit.wire.world import ANN, JOE, JOE_SHOP


def apart() -> World:
    """Joe with two accounts and Ann, who are heard enough on one day for caps to bind what they do together."""
    world = World()
    stay_apart(world)
    for number in range(6):
        world.interacted(
            deed(f"j{number}", JOE, 0.1, "share", followers=100),
            deed(f"s{number}", JOE_SHOP, 0.2, "review", rating=5, sentiment=SENTIMENT_POSITIVE),
            deed(f"a{number}", ANN, 0.3, "share", followers=40),
        )
    world.clock.advance(timedelta(days=20))
    world.settle()
    return world


def preview(world: World, *customers: ProposedCustomer) -> PreviewScoresResponse:
    request = PreviewScoresRequest(customers=customers)
    return PreviewScoresResponse.FromString(world.server().preview_scores(request, None))


def previewed(world: World, *customers: ProposedCustomer) -> dict[str, Score]:
    return {score.customer_id: facts(score) for score in preview(world, *customers).scores}


def published(world: World, *customers: str) -> dict[str, Score]:
    return {customer: facts(world.published(customer)[-1]) for customer in customers}


def test_id9_the_preview_of_a_merge_is_the_score_that_is_then_published() -> None:
    """With its breakdown: caps of one customer, decay up to the same day."""
    world = apart()
    foreseen = previewed(world, MERGED)
    merge(world)
    world.settle()
    assert foreseen == published(world, "C1")
    assert foreseen["C1"].followers == 140
    assert any(component.capped_milli for component in foreseen["C1"].components)


def test_id9_the_preview_of_an_undo_is_what_is_then_published_and_what_was_before() -> None:
    """Both customers of one call are as if there had been no merge."""
    world = apart()
    before = published(world, "C1", "C2")
    merge(world)
    world.settle()
    foreseen = previewed(world, *APART)
    undo(world)
    world.settle()
    assert foreseen == published(world, "C1", "C2") == before


def test_id9_a_split_to_a_customer_that_never_was_is_previewed_too() -> None:
    """An account that came to its customer at once has none of its own before."""
    world = apart()
    foreseen = previewed(world, *PARTED)
    part(world)
    world.settle()
    assert foreseen == published(world, "C1", "C5")


def test_id9_a_preview_is_of_the_day_on_which_it_is_asked() -> None:
    """What has decayed since the scores were stored is not counted."""
    world = apart()
    world.clock.advance(timedelta(days=90))
    foreseen = previewed(world, MERGED)["C1"]
    merge(world)
    world.settle()
    assert foreseen == published(world, "C1")["C1"]


def test_id9_a_preview_writes_nothing() -> None:
    """The store is as it was; a server has nothing to publish with."""
    world = apart()
    stored = world.everything()
    preview(world, MERGED)
    preview(world, *APART)
    assert world.everything() == stored


def test_a_preview_says_that_it_is_none_of_the_published_states() -> None:
    """Versions are 0; accounts that nothing is known of are named and count for nothing."""
    world = apart()
    answer = preview(world, ProposedCustomer(customer_id="C2", account_keys=["x:nobody", ANN]))
    assert list(answer.unknown_accounts) == ["x:nobody"]
    (score,) = answer.scores
    assert (score.name, score.version, score.membership_version) == ("customers/C2/score", 0, 0)
    assert facts(score) == facts(world.score("C2"))
