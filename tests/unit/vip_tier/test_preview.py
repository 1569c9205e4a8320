"""What a merge, a split or an undo would make of tiers, asked before it is done."""

from __future__ import annotations

from random import Random

import pytest

from chassis.rpc.errors import RpcError
from rapport.common.v1.proposal_pb2 import ProposedCustomer
from rapport.tier.v1.tier_pb2 import PreviewTiersRequest, PreviewTiersResponse, Tier
from tests.unit.vip_tier.world import World, facts, purchase, returned
from tests.unit.wire.merging import APART, MERGED, PARTED, merge, part, stay_apart, undo
from tests.unit.wire.world import ANN, JOE, JOE_SHOP

PLATINUM = [purchase("p1", ANN, 0.1, "p1", 300_000)]
SILVER = [purchase("s1", JOE, 0.1, "s1", 20_000), purchase("s2", JOE_SHOP, 0.2, "s2", 10_000)]


def apart() -> World:
    """Joe with two accounts and silver, Ann with platinum for points and a score."""
    world = World()
    stay_apart(world)
    world.interacted(*SILVER, *PLATINUM)
    world.scored("C1", 100)
    world.scored("C2", 650)
    world.settle()
    return world


def score(world: World, **scores: int) -> None:
    for customer, points in scores.items():
        world.scored(customer, points)
    world.settle()


def preview(world: World, *customers: ProposedCustomer, **scores: int) -> PreviewTiersResponse:
    request = PreviewTiersRequest(customers=customers, advocacy_scores=scores)
    return PreviewTiersResponse.FromString(world.server().preview_tiers(request, None))


def previewed(world: World, *customers: ProposedCustomer, **scores: int) -> dict[str, Tier]:
    """The tiers, without what is not known before: when it will have happened."""
    return {tier.customer_id: facts(tier) for tier in preview(world, *customers, **scores).tiers}


def published(world: World, *customers: str) -> dict[str, Tier]:
    return {customer: facts(world.published(customer)[-1]) for customer in customers}


def test_id9_the_preview_of_a_merge_is_the_tier_that_is_then_published() -> None:
    """Before the score of the merged customer has arrived, and with it."""
    world = apart()
    at_once, at_last = previewed(world, MERGED), previewed(world, MERGED, C1=200)
    merge(world)
    world.scored("C2", 0, merged_into="C1")
    world.settle()
    assert at_once == published(world, "C1")
    score(world, C1=200)
    assert at_last == published(world, "C1")
    assert at_last["C1"].figures.advocacy_score == 200


def test_id9_ti7_the_preview_of_a_merge_lowers_no_tier() -> None:
    """What the absorbed customer holds is held, though the figures together give less."""
    world = apart()
    world.interacted(returned("p2", JOE_SHOP, 0.5, "r2", 60_000))
    world.settle()
    tier = previewed(world, MERGED, C1=0)["C1"]
    assert (tier.tier, tier.held_from, tier.qualified_tier) == ("platinum", "C2", "gold")
    assert list(tier.benefits) == list(world.tier("C2").benefits)


def test_id9_the_preview_of_an_undo_is_what_is_then_published_and_what_was_before() -> None:
    """Both customers of one call; with the scores that they will have, both are as they were before the merge."""
    world = apart()
    before = published(world, "C1", "C2")
    merge(world)
    world.scored("C2", 0, merged_into="C1")
    score(world, C1=200)
    at_once, at_last = previewed(world, *APART), previewed(world, *APART, C1=100, C2=650)
    undo(world)
    world.settle()
    assert at_once == published(world, "C1", "C2")
    score(world, C1=100, C2=650)
    assert at_last == published(world, "C1", "C2") == before


def test_id9_a_split_to_a_customer_that_never_was_is_previewed_too() -> None:
    """An account that came to its customer at once has none of its own before."""
    world = apart()
    foreseen = previewed(world, *PARTED, C1=0, C5=0)
    part(world)
    score(world, C1=0, C5=0)
    assert foreseen == published(world, "C1", "C5")


@pytest.mark.parametrize("seed", range(12))
def test_id9_previews_are_right_for_any_history(seed: int) -> None:
    """Whatever was bought, given back and scored: merge and undo are published as previewed."""
    random = Random(seed)
    world = World()
    stay_apart(world)
    for number in range(12):
        make = random.choice([purchase, purchase, returned])
        amount = random.choice([1, 24_999, 50_000, 150_000])
        world.interacted(make(f"e{number}", random.choice([JOE, JOE_SHOP, ANN]), 0.1, f"n{number}", amount))
        score(world, **{random.choice(["C1", "C2"]): random.choice([0, 300, 500, 700])})
    first, second, both = (random.choice([0, 400, 600]) for _ in range(3))
    foreseen = previewed(world, MERGED, C1=both)
    merge(world)
    world.scored("C2", 0, merged_into="C1")
    score(world, C1=both)
    assert foreseen == published(world, "C1")
    foreseen = previewed(world, *APART, C1=first, C2=second)
    undo(world)
    score(world, C1=first, C2=second)
    assert foreseen == published(world, "C1", "C2")


def test_id9_a_preview_writes_nothing() -> None:
    """The store is as it was; a server has nothing to publish with."""
    world = apart()
    stored = world.everything()
    preview(world, MERGED, C1=900)
    preview(world, *APART)
    assert world.everything() == stored


def test_a_preview_says_that_it_is_none_of_the_published_states() -> None:
    """Versions and sequence are 0; accounts that nothing is known of are named and count for nothing."""
    world = apart()
    stranger = ProposedCustomer(customer_id="C2", account_keys=["x:nobody", ANN])
    answer = preview(world, stranger)
    assert list(answer.unknown_accounts) == ["x:nobody"]
    (tier,) = answer.tiers
    assert (tier.name, tier.version, tier.sequence, tier.membership_version) == ("customers/C2/tier", 0, 0, 0)
    assert facts(tier) == facts(world.tier("C2"))


@pytest.mark.parametrize("scores", [{"C1": -1}, {"C1": 1001}, {"C9": 100}])
def test_a_score_that_cannot_be_is_the_callers_mistake(scores: dict[str, int]) -> None:
    """Out of range, or of a customer that is not proposed."""
    with pytest.raises(RpcError) as refused:
        preview(apart(), MERGED, **scores)
    assert (refused.value.code.name, refused.value.metadata["field"]) == ("INVALID_ARGUMENT", "advocacy_scores")
