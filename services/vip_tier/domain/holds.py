"""Tiers that are held above what the figures give, so that a merge lowers none.

Nothing is copied and nothing taken back. What absorbed customers held is read from their frozen results for as long as
the membership names them. What the surviving accounts would have by themselves is computed anew each time, for as long
as they have company. So an undo, which restores the membership, restores the tiers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vip_tier.domain.holding import Holding, OwnHold
from vip_tier.domain.programme import Programme
from vip_tier.domain.situation import Situation


class Hold(NamedTuple):
    """A rank, and the customer for whose sake it is held."""

    rank: int
    held_from: str


def strongest(programme: Programme, situation: Situation, own: tuple[OwnHold, ...]) -> Hold:
    """The highest rank that the customer holds for the sake of what was before a merge; rank -1 where there is none.

    Among customers that held the same tier, the one that qualified for it itself is named; among those, the eldest.
    """
    candidates = sorted(_candidates(programme, situation, own), key=lambda each: (-each[0].rank, each[1], each[0]))
    return candidates[0][0] if candidates else Hold(-1, "")


def _candidates(programme: Programme, situation: Situation, own: tuple[OwnHold, ...]) -> Iterator[tuple[Hold, bool]]:
    """Holds, each with whether it was inherited."""
    for customer, holding in situation.absorbed.items():
        yield Hold(programme.rank_of(holding.tier), customer), bool(holding.held_from)
    for hold in own:
        alone = situation.figures(programme, hold.before, hold.advocacy_score)
        yield Hold(programme.qualify(alone), situation.customer), False


def still_valid(own: tuple[OwnHold, ...], accounts: tuple[str, ...]) -> tuple[OwnHold, ...]:
    """The holds whose accounts are all still here, and not alone."""
    present = set(accounts)
    return tuple(hold for hold in own if set(hold.before) < present)


def holds_against_a_merge(
    programme: Programme, situation: Situation, previous: Holding, rank: int
) -> tuple[OwnHold, ...]:
    """New holds, where accounts came and `rank`, which is left without them, is lower than those before would have.

    They are asked what they qualify for by themselves, on the score they had: what they lose for another reason, say a
    return, is not held.
    """
    here = set(situation.accounts)
    candidates = (
        OwnHold(before, previous.figures.advocacy_score) for before in previous.memberships if set(before) < here
    )
    return tuple(
        hold
        for hold in candidates
        if programme.qualify(situation.figures(programme, hold.before, hold.advocacy_score)) > rank
    )
